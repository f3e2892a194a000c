/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going on with another piece of stack: Windows amd64. The caller sees to the
 * TEB's bounds.
 */
#include "asm.h"

	.text

/*
 * void gort__morestack(gort_func *fn, void *arg, void *hi)
 * In: rcx, rdx, r8. Clobbers what a call does.
 * Unwind: an rbp frame, and rbp stays on the old stack.
 */
HIDDEN_FUNC(gort__morestack)
	.seh_proc gort__morestack
	pushq	%rbp
	.seh_pushreg %rbp
	movq	%rsp, %rbp
	.seh_setframe %rbp, 0
	.seh_endprologue
	andq	$-16, %r8
	leaq	-32(%r8), %rsp
	movq	%rcx, %rax
	movq	%rdx, %rcx
	call	*%rax
	leaq	(%rbp), %rsp
	popq	%rbp
	ret
	.seh_endproc
END(gort__morestack)
