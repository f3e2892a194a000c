/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running deferred calls in the frame that deferred them: System V amd64.
 * See gort/jmpdefer.h.
 */
#include "asm.h"

/* bytes of the call of gort__deferreturn: e8 rel32 */
#define CALL_SIZE 5

	.text

/*
 * gort__deferreturn: not C. In: rbx = the address of a list of records, the
 * sequence of GORT__DEFERRETURN around the call. With an empty list it
 * returns. Else it takes off the newest and jumps to its function, which will
 * return to the call again. Clobbers what a call does. Unwind: a leaf.
 */
FUNC(gort__deferreturn)
	.cfi_startproc
	LANDING
	movq	(%rbx), %rax
	testq	%rax, %rax
	jz	1f
	movq	DEFER_LINK(%rax), %rcx
	movq	DEFER_ARG(%rax), %rdi
	movq	DEFER_FN(%rax), %rax
	movq	%rcx, (%rbx)
	jmp	SYM(gort__jmpdefer)
1:	ret
	.cfi_endproc
END(gort__deferreturn)

/*
 * gort__jmpdefer: not C; from gort__deferreturn only. In: rax = fn, rdi =
 * arg, (rsp) = the address after the call of gort__deferreturn. Unwind: a
 * leaf, whose return address may be at the call or after it: both lie in the
 * same row.
 */
HIDDEN_FUNC(gort__jmpdefer)
	.cfi_startproc
	subq	$CALL_SIZE, (%rsp)
	jmp	*%rax
	.cfi_endproc
END(gort__jmpdefer)
