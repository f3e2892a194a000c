/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going on with another piece of stack: 386, System V and Windows, where
 * the caller sees to the TEB's bounds.
 */
#include "asm.h"

	.text

/*
 * void gort__morestack(gort_func *fn, void *arg, void *hi)
 * In: on the stack. Clobbers what a call does. No global is used, so it is
 * the same in position-independent code.
 * Unwind: an ebp frame, and ebp stays on the old stack; the second name is
 * for gdb: see morestack_sysv_amd64.S.
 */
HIDDEN_FUNC(gort__morestack)
__morestack:
	.cfi_startproc
	PERSONALITY(gort__morestack_personality)
	LANDING
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	movl	12(%ebp), %eax
	movl	16(%ebp), %ecx
	andl	$-16, %ecx
	leal	-16(%ecx), %esp
	movl	%eax, (%esp)
	call	*8(%ebp)
	movl	%ebp, %esp
	popl	%ebp
	.cfi_def_cfa %esp, 4
	ret
	.cfi_endproc
END(gort__morestack)
