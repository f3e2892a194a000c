/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calling code that keeps no register: arm64 (AAPCS64 6.1: x19-x29, sp and
 * the low halves of v8-v15 belong to the caller).
 */
#include "asm.h"

#define FRAME 160

	.text

.macro SAVE
	stp	x29, x30, [sp, #-FRAME]!
	.cfi_def_cfa_offset FRAME
	.cfi_offset x29, -FRAME
	.cfi_offset x30, 8 - FRAME
	mov	x29, sp
	stp	x19, x20, [sp, #16]
	.cfi_offset x19, 16 - FRAME
	.cfi_offset x20, 24 - FRAME
	stp	x21, x22, [sp, #32]
	.cfi_offset x21, 32 - FRAME
	.cfi_offset x22, 40 - FRAME
	stp	x23, x24, [sp, #48]
	.cfi_offset x23, 48 - FRAME
	.cfi_offset x24, 56 - FRAME
	stp	x25, x26, [sp, #64]
	.cfi_offset x25, 64 - FRAME
	.cfi_offset x26, 72 - FRAME
	stp	x27, x28, [sp, #80]
	.cfi_offset x27, 80 - FRAME
	.cfi_offset x28, 88 - FRAME
	stp	d8, d9, [sp, #96]
	.cfi_offset 72, 96 - FRAME
	.cfi_offset 73, 104 - FRAME
	stp	d10, d11, [sp, #112]
	.cfi_offset 74, 112 - FRAME
	.cfi_offset 75, 120 - FRAME
	stp	d12, d13, [sp, #128]
	.cfi_offset 76, 128 - FRAME
	.cfi_offset 77, 136 - FRAME
	stp	d14, d15, [sp, #144]
	.cfi_offset 78, 144 - FRAME
	.cfi_offset 79, 152 - FRAME
.endm

.macro RESTORE
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #FRAME
	.cfi_def_cfa_offset 0
	.cfi_restore x19
	.cfi_restore x20
	.cfi_restore x21
	.cfi_restore x22
	.cfi_restore x23
	.cfi_restore x24
	.cfi_restore x25
	.cfi_restore x26
	.cfi_restore x27
	.cfi_restore x28
	.cfi_restore x29
	.cfi_restore x30
.endm

/*
 * void gort__crosscall(void (*fn)(void *arg), void *arg)
 * In: x0, x1. fn gets arg in x0. Preserves x19-x29, d8-d15, whatever fn does
 * to them. Unwind: a frame by sp, as fn may destroy x29.
 */
FUNC(gort__crosscall)
	.cfi_startproc
	LANDING
	SAVE
	mov	x9, x0
	mov	x0, x1
	blr	x9
	RESTORE
	ret
	.cfi_endproc
END(gort__crosscall)

/*
 * void gort__crosscall2(void (*fn)(void *arg, int argsize, uintptr_t ctxt),
 *     void *arg, int argsize, uintptr_t ctxt)
 * In: x0, x1, w2, x3. fn gets x0 = arg, w1 = argsize, x2 = ctxt. Else as
 * gort__crosscall.
 */
FUNC(gort__crosscall2)
	.cfi_startproc
	LANDING
	SAVE
	mov	x9, x0
	mov	x0, x1
	mov	w1, w2
	mov	x2, x3
	blr	x9
	RESTORE
	ret
	.cfi_endproc
END(gort__crosscall2)
