/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running deferred calls in the frame that deferred them: Windows amd64. See
 * gort/jmpdefer.h and jmpdefer_sysv_amd64.S.
 */
#include "asm.h"

/* bytes of the call of gort__deferreturn: e8 rel32, perhaps to a thunk */
#define CALL_SIZE 5

	.text

/*
 * gort__deferreturn: not C. In: rbx = the address of a list of records, home
 * space on the stack. With an empty list it returns. Else it takes off the
 * newest and jumps to its function, which will return to the call again.
 * Clobbers what a call does. Unwind: a leaf.
 */
FUNC(gort__deferreturn)
	.seh_proc gort__deferreturn
	.seh_endprologue
	movq	(%rbx), %rax
	testq	%rax, %rax
	jz	1f
	movq	DEFER_LINK(%rax), %rdx
	movq	DEFER_ARG(%rax), %rcx
	movq	DEFER_FN(%rax), %rax
	movq	%rdx, (%rbx)
	jmp	SYM(gort__jmpdefer)
1:	ret
	.seh_endproc
END(gort__deferreturn)

/*
 * gort__jmpdefer: not C; from gort__deferreturn only. In: rax = fn, rcx =
 * arg, (rsp) = the address after the call. Unwind: a leaf.
 */
HIDDEN_FUNC(gort__jmpdefer)
	.seh_proc gort__jmpdefer
	.seh_endprologue
	subq	$CALL_SIZE, (%rsp)
	jmp	*%rax
	.seh_endproc
END(gort__jmpdefer)
