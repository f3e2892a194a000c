/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going on with another piece of stack: arm64.
 */
#include "asm.h"

	.text

/*
 * void gort__morestack(gort_func *fn, void *arg, void *hi)
 * In: x0, x1, x2. Clobbers what a call does.
 * Unwind: a frame record on the old stack, where x29 stays; the second name
 * is for gdb: see morestack_sysv_amd64.S.
 */
HIDDEN_FUNC(gort__morestack)
__morestack:
	.cfi_startproc
	PERSONALITY(gort__morestack_personality)
	LANDING
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset x29, -16
	.cfi_offset x30, -8
	mov	x29, sp
	.cfi_def_cfa x29, 16
	and	x2, x2, #-16
	mov	sp, x2
	mov	x9, x0
	mov	x0, x1
	blr	x9
	mov	sp, x29
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa sp, 0
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
END(gort__morestack)
