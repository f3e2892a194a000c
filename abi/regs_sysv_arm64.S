/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a frame's registers and going on with them: arm64.
 */
#include "asm.h"

/* K_..., cpu_arm64.h: two registers each */
#define REGS_X19 (REGS_R + 0)
#define REGS_X21 (REGS_R + 16)
#define REGS_X23 (REGS_R + 32)
#define REGS_X25 (REGS_R + 48)
#define REGS_X27 (REGS_R + 64)
#define REGS_X29 (REGS_R + 80)
#define REGS_D8 (REGS_R + 96)
#define REGS_D10 (REGS_R + 112)
#define REGS_D12 (REGS_R + 128)
#define REGS_D14 (REGS_R + 144)

	.text

/*
 * void gort__getregs(struct gort__regs *regs)
 * In: x0. Stores the caller's callee-saved registers, its sp and the return
 * address, also as what x30 will hold. Clobbers x9.
 */
HIDDEN_FUNC(gort__getregs)
	.cfi_startproc
	LANDING
	mov	x9, sp
	stp	x30, x9, [x0, #REGS_PC]
	stp	x19, x20, [x0, #REGS_X19]
	stp	x21, x22, [x0, #REGS_X21]
	stp	x23, x24, [x0, #REGS_X23]
	stp	x25, x26, [x0, #REGS_X25]
	stp	x27, x28, [x0, #REGS_X27]
	stp	x29, x30, [x0, #REGS_X29]
	stp	d8, d9, [x0, #REGS_D8]
	stp	d10, d11, [x0, #REGS_D10]
	stp	d12, d13, [x0, #REGS_D12]
	stp	d14, d15, [x0, #REGS_D14]
	ret
	.cfi_endproc
END(gort__getregs)

/*
 * _Noreturn void gort__call_from(const struct gort__regs *regs,
 *     void (*fn)(void *), void *arg)
 * In: x0, x1, x2. Jumps to fn with x0 = arg, the frame's registers and its pc
 * in x30.
 */
HIDDEN_FUNC(gort__call_from)
	.cfi_startproc
	.cfi_undefined x30
	LANDING
	ldp	x30, x9, [x0, #REGS_PC]
	ldp	x19, x20, [x0, #REGS_X19]
	ldp	x21, x22, [x0, #REGS_X21]
	ldp	x23, x24, [x0, #REGS_X23]
	ldp	x25, x26, [x0, #REGS_X25]
	ldp	x27, x28, [x0, #REGS_X27]
	ldr	x29, [x0, #REGS_X29]
	ldp	d8, d9, [x0, #REGS_D8]
	ldp	d10, d11, [x0, #REGS_D10]
	ldp	d12, d13, [x0, #REGS_D12]
	ldp	d14, d15, [x0, #REGS_D14]
	mov	sp, x9
	mov	x16, x1
	mov	x0, x2
	br	x16
	.cfi_endproc
END(gort__call_from)

/*
 * _Noreturn void gort__return_to(const struct gort__regs *regs,
 *     const struct gort__result *r)
 * In: x0, x1. Goes on at the frame's pc with its registers, and r in the
 * registers of results; all is read before the stack pointer moves.
 */
HIDDEN_FUNC(gort__return_to)
	.cfi_startproc
	.cfi_undefined x30
	LANDING
	ldr	q0, [x1, #RESULT_FP]
	ldp	x10, x11, [x1, #RESULT_GPR]
	ldp	x30, x9, [x0, #REGS_PC]
	ldp	x19, x20, [x0, #REGS_X19]
	ldp	x21, x22, [x0, #REGS_X21]
	ldp	x23, x24, [x0, #REGS_X23]
	ldp	x25, x26, [x0, #REGS_X25]
	ldp	x27, x28, [x0, #REGS_X27]
	ldr	x29, [x0, #REGS_X29]
	ldp	d8, d9, [x0, #REGS_D8]
	ldp	d10, d11, [x0, #REGS_D10]
	ldp	d12, d13, [x0, #REGS_D12]
	ldp	d14, d15, [x0, #REGS_D14]
	mov	sp, x9
	mov	x0, x10
	mov	x1, x11
	ret
	.cfi_endproc
END(gort__return_to)

/*
 * void gort__defer_slow(struct gort__scope *s, gort_func *fn, void *arg)
 * In: x0, x1, x2. Stores the caller's registers in a new scope, as gort__getregs
 * does, and goes on in gort__defer_noted with the same arguments.
 */
FUNC(gort__defer_slow)
	.cfi_startproc
	LANDING
	ldr	x9, [x0, #SCOPE_NEXT]
	cbnz	x9, 1f
	mov	x9, sp
	add	x10, x0, #SCOPE_REGS
	stp	x30, x9, [x10, #REGS_PC]
	stp	x19, x20, [x10, #REGS_X19]
	stp	x21, x22, [x10, #REGS_X21]
	stp	x23, x24, [x10, #REGS_X23]
	stp	x25, x26, [x10, #REGS_X25]
	stp	x27, x28, [x10, #REGS_X27]
	stp	x29, x30, [x10, #REGS_X29]
	stp	d8, d9, [x10, #REGS_D8]
	stp	d10, d11, [x10, #REGS_D10]
	stp	d12, d13, [x10, #REGS_D12]
	stp	d14, d15, [x10, #REGS_D14]
1:	b	SYM(gort__defer_noted)
	.cfi_endproc
END(gort__defer_slow)
