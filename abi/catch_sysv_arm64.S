/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boundary: a frame that panics and exceptions stop at; arm64. Also where
 * a hardware fault is turned into a panic.
 */
#include "asm.h"

	.text

/* from sp: struct gort__outside, a pad, the frame record, x19-x28, d8-d15 */
#define CATCH_RECORD (OUTSIDE_SIZE + 8)
#define CATCH_X19 64
#define CATCH_D8 144
#define CATCH_FRAME 208

/*
 * int gort__catch(gort_func *fn, void *arg, struct gort__ctx *ctx,
 *	struct gort_error *err)
 * In: x0 to x3; the ctx has room for a frame. Out: w0 = 0, or what
 * gort__catch_landed returned after gort__catch_land came here. Saves every
 * callee-saved register, so landing needs no unwinder. At [sp] stands the
 * address of its frame while fn runs, by which a frame that longjmp left behind
 * is told from a live one.
 * Unwind: CFA by sp, so that a walk that came by frame records finds sp; the
 * personality stops exceptions here.
 */
HIDDEN_FUNC(gort__catch)
	.cfi_startproc
	PERSONALITY(gort__catch_personality)
	LANDING
	sub	sp, sp, #CATCH_FRAME
	.cfi_def_cfa_offset CATCH_FRAME
	stp	x29, x30, [sp, #CATCH_RECORD]
	.cfi_offset x29, CATCH_RECORD - CATCH_FRAME
	.cfi_offset x30, CATCH_RECORD + 8 - CATCH_FRAME
	add	x29, sp, #CATCH_RECORD
	stp	x19, x20, [sp, #CATCH_X19]
	.cfi_offset x19, CATCH_X19 - CATCH_FRAME
	.cfi_offset x20, CATCH_X19 + 8 - CATCH_FRAME
	stp	x21, x22, [sp, #CATCH_X19 + 16]
	.cfi_offset x21, CATCH_X19 + 16 - CATCH_FRAME
	.cfi_offset x22, CATCH_X19 + 24 - CATCH_FRAME
	stp	x23, x24, [sp, #CATCH_X19 + 32]
	.cfi_offset x23, CATCH_X19 + 32 - CATCH_FRAME
	.cfi_offset x24, CATCH_X19 + 40 - CATCH_FRAME
	stp	x25, x26, [sp, #CATCH_X19 + 48]
	.cfi_offset x25, CATCH_X19 + 48 - CATCH_FRAME
	.cfi_offset x26, CATCH_X19 + 56 - CATCH_FRAME
	stp	x27, x28, [sp, #CATCH_X19 + 64]
	.cfi_offset x27, CATCH_X19 + 64 - CATCH_FRAME
	.cfi_offset x28, CATCH_X19 + 72 - CATCH_FRAME
	stp	d8, d9, [sp, #CATCH_D8]
	.cfi_offset d8, CATCH_D8 - CATCH_FRAME
	.cfi_offset d9, CATCH_D8 + 8 - CATCH_FRAME
	stp	d10, d11, [sp, #CATCH_D8 + 16]
	.cfi_offset d10, CATCH_D8 + 16 - CATCH_FRAME
	.cfi_offset d11, CATCH_D8 + 24 - CATCH_FRAME
	stp	d12, d13, [sp, #CATCH_D8 + 32]
	.cfi_offset d12, CATCH_D8 + 32 - CATCH_FRAME
	.cfi_offset d13, CATCH_D8 + 40 - CATCH_FRAME
	stp	d14, d15, [sp, #CATCH_D8 + 48]
	.cfi_offset d14, CATCH_D8 + 48 - CATCH_FRAME
	.cfi_offset d15, CATCH_D8 + 56 - CATCH_FRAME
	ldr	x19, [x2, #CTX_TOP]
	ldp	x10, x20, [x2, #CTX_PANIC]	/* and CTX_SCOPES */
	ldr	x11, [x2, #CTX_SEG]
	mov	x21, x2
	stp	x19, x3, [sp, #OUTSIDE_FRAME]	/* the cookie; and OUTSIDE_ERR */
	stp	x11, x10, [sp, #OUTSIDE_SEG]	/* and OUTSIDE_PANIC */
	str	x20, [sp, #OUTSIDE_SCOPES]
	str	xzr, [x2, #CTX_SCOPES]
	add	x9, x19, #FRAME_SIZE
	str	x9, [x2, #CTX_TOP]
	mov	x9, sp
	stp	x9, xzr, [x19, #FRAME_SP]	/* and FRAME_IMAGE */
	stp	x2, xzr, [x19, #FRAME_CTX]	/* and FRAME_TARGET */
	mov	x9, x0
	mov	x0, x1
	blr	x9
PRIVATE_ENTRY(gort__catch_called)
	str	x19, [x21, #CTX_TOP]
	str	x20, [x21, #CTX_SCOPES]
	mov	w0, #0
L(out):
	ldp	x19, x20, [sp, #CATCH_X19]
	ldp	x21, x22, [sp, #CATCH_X19 + 16]
	ldp	x23, x24, [sp, #CATCH_X19 + 32]
	ldp	x25, x26, [sp, #CATCH_X19 + 48]
	ldp	x27, x28, [sp, #CATCH_X19 + 64]
	ldp	d8, d9, [sp, #CATCH_D8]
	ldp	d10, d11, [sp, #CATCH_D8 + 16]
	ldp	d12, d13, [sp, #CATCH_D8 + 32]
	ldp	d14, d15, [sp, #CATCH_D8 + 48]
	ldp	x29, x30, [sp, #CATCH_RECORD]
	.cfi_remember_state
	add	sp, sp, #CATCH_FRAME
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_restore_state
L(landed):
	mov	x0, sp
	bl	SYM(gort__catch_landed)
	b	L(out)
	.cfi_endproc
END(gort__catch)

/*
 * _Noreturn void gort__catch_land(void *sp)
 * In: x0 = FRAME_SP of a boundary.
 * Continues in gort__catch, behind the call of fn.
 */
HIDDEN_FUNC(gort__catch_land)
	.cfi_startproc
	.cfi_undefined x30
	LANDING
	mov	sp, x0
	add	x29, sp, #CATCH_RECORD
	b	L(landed)
	.cfi_endproc
END(gort__catch_land)

/* what gort__ucontext_call (ucontext_linux_arm64.c) leaves at sp */
#define FAULT_X29 0	/* room for it */
#define FAULT_PC 8
#define FAULT_X30 16
#define FAULT_FRAME 32

/*
 * gort__sigpanic: entered by returning from a signal handler that set pc to
 * it and sp FAULT_FRAME lower, with every other register as at the fault. A
 * signal frame to unwinders: its return address is the faulting instruction
 * itself, not the one after a call (DWARF 5, 6.4.4). x30 belongs to the
 * faulting function, which may be a leaf: so the return address has a column
 * of its own, 96, as in libgcc's handling of the kernel's signal frames.
 */
HIDDEN_FUNC(gort__sigpanic)
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column 96
	.cfi_def_cfa_offset FAULT_FRAME
	.cfi_offset 96, FAULT_PC - FAULT_FRAME
	.cfi_offset x30, FAULT_X30 - FAULT_FRAME
	LANDING
	str	x29, [sp, #FAULT_X29]
	.cfi_offset x29, FAULT_X29 - FAULT_FRAME
	mov	x29, sp
	.cfi_def_cfa_register x29
	add	x0, sp, #FAULT_FRAME
	bl	SYM(gort__sigpanic_c)
	udf	#0
	.cfi_endproc
END(gort__sigpanic)
