/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going on with another piece of stack: System V amd64.
 */
#include "asm.h"

	.text

/*
 * void gort__morestack(gort_func *fn, void *arg, void *hi)
 * In: rdi, rsi, rdx. Clobbers what a call does.
 * Unwind: an rbp frame, and rbp stays on the old stack, so the segment
 * boundary is like any other call to unwinders that take sp as it comes. gdb
 * wants the outer frame at the higher address unless the function has the
 * name that it knows from gcc's split stacks: hence the local second name.
 */
HIDDEN_FUNC(gort__morestack)
__morestack:
	.cfi_startproc
	PERSONALITY(gort__morestack_personality)
	LANDING
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	andq	$-16, %rdx
	movq	%rdx, %rsp
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	movq	%rbp, %rsp
	popq	%rbp
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_endproc
END(gort__morestack)
