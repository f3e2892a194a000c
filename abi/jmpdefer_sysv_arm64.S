/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running deferred calls in the frame that deferred them: arm64.
 * See gort/jmpdefer.h.
 */
#include "asm.h"

	.text

/*
 * gort__deferreturn: not C. In: x19 = the address of a list of records, the
 * sequence of GORT__DEFERRETURN around the call. With an empty list it
 * returns. Else it takes off the newest and jumps to its function, which will
 * return to the call again. Clobbers what a call does. Unwind: a leaf.
 */
FUNC(gort__deferreturn)
	.cfi_startproc
	LANDING
	ldr	x9, [x19]
	cbz	x9, 1f
	ldr	x10, [x9, #DEFER_LINK]
	ldp	x16, x0, [x9, #DEFER_FN]	/* and DEFER_ARG */
	str	x10, [x19]
	b	SYM(gort__jmpdefer)
1:	ret
	.cfi_endproc
END(gort__deferreturn)

/*
 * gort__jmpdefer: not C; from gort__deferreturn only. In: x16 = fn, x0 = arg,
 * x30 = the address after the call, a bl. Unwind: a leaf.
 */
HIDDEN_FUNC(gort__jmpdefer)
	.cfi_startproc
	sub	x30, x30, #4
	br	x16
	.cfi_endproc
END(gort__jmpdefer)
