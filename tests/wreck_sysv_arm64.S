/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See wreck.h: arm64. x19-x29, d8-d15.
 */
	.section .note.GNU-stack, "", @progbits
	.text

	.type wreck_all, %function
wreck_all:
	mov	x17, x0
	mov	x0, #-1
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29
	mov	x\n, x0
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 31
	fmov	d\n, x0
	.endr
	cbz	x17, 1f
	br	x17
1:	mov	x17, x0
	ret
	.size wreck_all, . - wreck_all

/* void wreck_call(wreck_via *via, const uintptr_t *before, uintptr_t *after)
   x0, x1, x2 */
	.globl wreck_call
	.type wreck_call, %function
wreck_call:
	stp	x29, x30, [sp, #-176]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	str	x2, [sp, #160]
	mov	x9, x0
	ldp	x19, x20, [x1]
	ldp	x21, x22, [x1, #16]
	ldp	x23, x24, [x1, #32]
	ldp	x25, x26, [x1, #48]
	ldp	x27, x28, [x1, #64]
	ldr	x29, [x1, #80]
	ldp	d8, d9, [x1, #88]
	ldp	d10, d11, [x1, #104]
	ldp	d12, d13, [x1, #120]
	ldp	d14, d15, [x1, #136]
	adr	x0, wreck_all
	mov	x1, #0
	blr	x9
	ldr	x2, [sp, #160]
	stp	x19, x20, [x2]
	stp	x21, x22, [x2, #16]
	stp	x23, x24, [x2, #32]
	stp	x25, x26, [x2, #48]
	stp	x27, x28, [x2, #64]
	str	x29, [x2, #80]
	stp	d8, d9, [x2, #88]
	stp	d10, d11, [x2, #104]
	stp	d12, d13, [x2, #120]
	stp	d14, d15, [x2, #136]
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #176
	ret
	.size wreck_call, . - wreck_call
