/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running deferred calls in the frame that deferred them: 386, System V
 * and Windows. See gort/jmpdefer.h.
 */
#include "asm.h"

/* bytes of the call of gort__deferreturn (e8 rel32), and with what loads the
   GOT pointer before it (e8 rel32, 81 c3 imm32) */
#define CALL_SIZE 5
#define CALL_SIZE_PIC 16

	.text

/*
 * gort__deferreturn, gort__deferreturn_pic: not C. In: esi = the address of a
 * list of records, the sequence of GORT__DEFERRETURN around the call, with
 * room for an argument on the stack. With an empty list it returns. Else it
 * takes off the newest and jumps to its function, which will return to the
 * call again; in position-independent code to what loads the GOT pointer into
 * ebx for it, as Go's does: the function need not have kept ebx. Clobbers
 * what a call does. Unwind: a leaf.
 */
FUNC(gort__deferreturn)
	.cfi_startproc
	LANDING
	movl	$CALL_SIZE, %ecx
.Lrun:
	movl	(%esi), %edx
	testl	%edx, %edx
	jz	1f
	movl	DEFER_LINK(%edx), %eax
	movl	%eax, (%esi)
	movl	DEFER_ARG(%edx), %eax
	movl	%eax, 4(%esp)
	movl	DEFER_FN(%edx), %eax
	jmp	SYM(gort__jmpdefer)
1:	ret
	.cfi_endproc
END(gort__deferreturn)

#ifdef __ELF__
FUNC(gort__deferreturn_pic)
	.cfi_startproc
	LANDING
	movl	$CALL_SIZE_PIC, %ecx
	jmp	.Lrun
	.cfi_endproc
END(gort__deferreturn_pic)
#endif

/*
 * gort__jmpdefer: not C; from gort__deferreturn only. In: eax = fn, ecx =
 * bytes to go back, (esp) = the address after the call. Unwind: a leaf.
 */
HIDDEN_FUNC(gort__jmpdefer)
	.cfi_startproc
	subl	%ecx, (%esp)
	jmp	*%eax
	.cfi_endproc
END(gort__jmpdefer)
