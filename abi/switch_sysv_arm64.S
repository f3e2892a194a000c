/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Switching stacks: arm64. See gort/switch.h, switch.h and, for the reasons,
 * switch_sysv_amd64.S. Jumps go by x16, so they may land on a `bti c`.
 */
#include "asm.h"

/* what gort_switch and gort_mcall have on the parked stack, from sp: the
   frame record, x19-x28, d8-d15 */
#define PARKED 160

/* DWARF for the Arm 64-bit Architecture 4.1: x0-x30, 31 sp, 72 d8; DWARF 5,
   7.7.1 */
#define DW_OP_deref 0x06
#define DW_OP_plus_uconst 0x23
#define DW_OP_breg0 0x70
#define DW_OP_breg19 0x83
#define DW_CFA_def_cfa_expression 0x0f
#define DW_CFA_expression 0x10
#define PARKED_ULEB 0xa0, 0x01

	.data
	PRIVATE(gort__switch_watch)
SYM(gort__switch_watch):
	.byte	0

	.text

/* Go to `to` if somebody watches. Clobbers x9. */
.macro IF_WATCHED to
	LOAD_PAGE(x9, gort__switch_watch)
	ldrb	w9, [x9, PAGE_OFFSET(gort__switch_watch)]
	cbnz	w9, \to
.endm

/* Push what calls preserve and park in the gobuf at x0. Clobbers x9, x10. */
.macro PARK
	stp	x29, x30, [sp, #-PARKED]!
	.cfi_def_cfa_offset PARKED
	.cfi_offset x29, -PARKED
	.cfi_offset x30, 8 - PARKED
	stp	x19, x20, [sp, #16]
	.cfi_offset x19, 16 - PARKED
	.cfi_offset x20, 24 - PARKED
	stp	x21, x22, [sp, #32]
	.cfi_offset x21, 32 - PARKED
	.cfi_offset x22, 40 - PARKED
	stp	x23, x24, [sp, #48]
	.cfi_offset x23, 48 - PARKED
	.cfi_offset x24, 56 - PARKED
	stp	x25, x26, [sp, #64]
	.cfi_offset x25, 64 - PARKED
	.cfi_offset x26, 72 - PARKED
	stp	x27, x28, [sp, #80]
	.cfi_offset x27, 80 - PARKED
	.cfi_offset x28, 88 - PARKED
	stp	d8, d9, [sp, #96]
	.cfi_offset 72, 96 - PARKED
	.cfi_offset 73, 104 - PARKED
	stp	d10, d11, [sp, #112]
	.cfi_offset 74, 112 - PARKED
	.cfi_offset 75, 120 - PARKED
	stp	d12, d13, [sp, #128]
	.cfi_offset 76, 128 - PARKED
	.cfi_offset 77, 136 - PARKED
	stp	d14, d15, [sp, #144]
	.cfi_offset 78, 144 - PARKED
	.cfi_offset 79, 152 - PARKED
	adr	x9, L(back)
	mov	x10, sp
	stp	x9, x10, [x0, #GOBUF_PC]	/* and GOBUF_SP */
	str	x29, [x0, #GOBUF_FP]
	/* CFA = *(x0 + GOBUF_SP) + PARKED */
	.cfi_escape DW_CFA_def_cfa_expression, 6, DW_OP_breg0, GOBUF_SP, DW_OP_deref, DW_OP_plus_uconst, PARKED_ULEB
.endm

/*
 * void gort_switch(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: x0, x1. Parks the caller in from, goes on with to; returns when
 * somebody goes on with from. Preserves what AAPCS64 says a call preserves.
 * Unwind: an ordinary frame; once the stack pointer is the other's, by the
 * words in from.
 */
FUNC(gort_switch)
	.cfi_startproc
	LANDING
	IF_WATCHED L(switch_watched)
	b	L(raw)
L(switch_watched):
	b	SYM(gort__switch_watched)
	.cfi_endproc
END(gort_switch)

/* gort__switch_raw: the same, whoever watches. */
HIDDEN_FUNC(gort__switch_raw)
	.cfi_startproc
	LANDING
L(raw):
	PARK
	ldp	x16, x10, [x1, #GOBUF_PC]
	ldr	x29, [x1, #GOBUF_FP]
	mov	sp, x10
	br	x16
	.cfi_def_cfa sp, PARKED
	nop
L(back):
	LANDING
	ldp	d14, d15, [sp, #144]
	ldp	d12, d13, [sp, #128]
	ldp	d10, d11, [sp, #112]
	ldp	d8, d9, [sp, #96]
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #PARKED
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
	ret
	.cfi_endproc
END(gort__switch_raw)

/*
 * void gort_switch_fp(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: x0, x1. gort_switch, with FPCR kept on the parked stack. Clobbers as
 * that. Unwind: a frame record.
 */
FUNC(gort_switch_fp)
	.cfi_startproc
	LANDING
	stp	x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset x29, -32
	.cfi_offset x30, -24
	mov	x29, sp
	mrs	x9, fpcr
	str	x9, [sp, #16]
	IF_WATCHED 1f
	bl	L(raw)
	b	2f
1:	bl	SYM(gort__switch_watched)
2:	ldr	x9, [sp, #16]
	msr	fpcr, x9
	ldp	x29, x30, [sp], #32
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
END(gort_switch_fp)

/*
 * _Noreturn void gort_gogo(struct gort_gobuf *to)
 * In: x0. Goes on with to; every register but its three words is lost.
 * Unwind: the caller's frame, through x10 once the stack is the other's.
 */
FUNC(gort_gogo)
	.cfi_startproc
	LANDING
	IF_WATCHED L(gogo_watched)
	b	L(gogo)
L(gogo_watched):
	b	SYM(gort__gogo_watched)
	.cfi_endproc
END(gort_gogo)

HIDDEN_FUNC(gort__gogo_raw)
	.cfi_startproc
	LANDING
L(gogo):
	mov	x10, sp
	.cfi_def_cfa x10, 0
	mov	x11, x29
	.cfi_register x29, x11
	ldp	x16, x12, [x0, #GOBUF_PC]
	ldr	x29, [x0, #GOBUF_FP]
	mov	sp, x12
	br	x16
	.cfi_endproc
END(gort__gogo_raw)

/*
 * void gort_gosave(struct gort_gobuf *buf)
 * In: x0. The return address, and sp and fp as after the return. Clobbers
 * x9, and where somebody watches what a call does. Unwind: a leaf.
 */
FUNC(gort_gosave)
	.cfi_startproc
	LANDING
	mov	x9, sp
	stp	x30, x9, [x0, #GOBUF_PC]
	str	x29, [x0, #GOBUF_FP]
	IF_WATCHED 1f
	ret
1:	b	SYM(gort__gosave_watched)
	.cfi_endproc
END(gort_gosave)

/*
 * void gort_mcall(struct gort_gobuf *from, struct gort_gobuf *to,
 *     gort_func *fn, void *arg)
 * In: x0, x1, x2, x3. Parks the caller in from as gort_switch does, then
 * calls fn(arg) below to's stack pointer. fn does not return.
 * Unwind: until the stack is the other's, the caller; then to, whose three
 * words are found through x19.
 */
FUNC(gort_mcall)
	.cfi_startproc
	LANDING
	IF_WATCHED L(mcall_watched)
	b	L(mcall)
L(mcall_watched):
	b	SYM(gort__mcall_watched)
	.cfi_endproc
END(gort_mcall)

HIDDEN_FUNC(gort__mcall_raw)
	.cfi_startproc
	LANDING
L(mcall):
	PARK
	mov	x19, x1
	ldr	x10, [x19, #GOBUF_SP]
	ldr	x29, [x19, #GOBUF_FP]
	mov	sp, x10
	/* CFA = *(x19 + GOBUF_SP); x30 and x29 at x19 + ... */
	.cfi_escape DW_CFA_def_cfa_expression, 3, DW_OP_breg19, GOBUF_SP, DW_OP_deref
	.cfi_escape DW_CFA_expression, 30, 2, DW_OP_breg19, GOBUF_PC
	.cfi_escape DW_CFA_expression, 29, 2, DW_OP_breg19, GOBUF_FP
	.cfi_undefined x19
	.cfi_undefined x20
	.cfi_undefined x21
	.cfi_undefined x22
	.cfi_undefined x23
	.cfi_undefined x24
	.cfi_undefined x25
	.cfi_undefined x26
	.cfi_undefined x27
	.cfi_undefined x28
	mov	x0, x3
	blr	x2
	bl	SYM(gort__badmcall)
	brk	#0
	.cfi_endproc
END(gort__mcall_raw)

/*
 * gort__gostart: where a new stack begins; not called. In: [sp] = arg, fn;
 * x29 = 0. Calls fn(arg), which does not return. Unwind: the outermost frame.
 * Contexts start at the second instruction.
 */
HIDDEN_FUNC(gort__gostart)
	.cfi_startproc
	.cfi_undefined x30
	nop
	LANDING
	ldp	x0, x1, [sp]
	IF_WATCHED 1f
	blr	x1
	bl	SYM(gort__badgostart)
1:	bl	SYM(gort__gostart_watched)
	brk	#0
	.cfi_endproc
END(gort__gostart)
