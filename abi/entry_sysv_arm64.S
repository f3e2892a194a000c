/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort__entry: where every exported function of a module is entered and left,
 * arm64. See Note [Entered calls] in abi.h, and Note [The CFA of an entered
 * call] in entry_sysv_amd64.S.
 *
 * Note [Frames on a weakly ordered machine]
 * Who drains an image reads the frames of other threads. These orders make
 * that right; amd64 gives each of them to plain loads and stores.
 * 1. Publish, then look at the gate. The machine may do it the other way
 *    round, and no instruction here forbids it: the drainer closes the gate
 *    and then has every thread interrupted by a full barrier (membarrier(2)),
 *    which falls on one point of this program. Before the look at the gate:
 *    the gate is seen closed. After it: the frame is visible to the drainer.
 * 2. Look at the gate, then at the target's image again, then read the
 *    target's body. A target that serves another version by now, or an image
 *    record that is another module's, was written before that gate opened:
 *    the gate's load acquires. What is read before it hangs together by
 *    addresses.
 * 3. The body, then the frame's image cleared: the store releases. Else the
 *    drainer could unmap what loads of the body still wait for.
 * 4. The image cleared, then the frame given back: this store releases as
 *    well, and what a next call stores to the same word comes after it. So
 *    whoever sees a frame in use finds NULL or its user's image there, not
 *    that of a call that has left.
 * 5. Frame given back, then a look at whether somebody drains: as 1, since the
 *    drainer says so before its barrier.
 */
#include "asm.h"

/* the slow path's frame, from sp: record, struct gort__args, q0-q7 */
#define SLOW_ARGS 16
#define SLOW_X0 24
#define SLOW_X8 88
#define SLOW_Q0 96
#define SLOW_FRAME 224

/* leaving with results, from sp: record, x0 and x1, q0-q3 */
#define WAKE_X0 16
#define WAKE_Q0 32
#define WAKE_FRAME 96

	.text

/*
 * gort__entry
 * In: x17 = the slot (struct gort__slot_head), all argument registers, x8 and
 * stack arguments as the caller of the exported function left them, x30 =
 * return address. Calls the slot's target with exactly those and returns to
 * the caller with the target's results. Preserves what AAPCS64 says a call
 * preserves. Before the call it uses x9-x13 and x17.
 * Stack: while the body runs nothing of ours is on it; its return address
 * points here, the caller's is in the frame that x19 points to.
 * Unwind: x30 at 0(x19), x19 at 8(x19) (FRAME_PC, FRAME_BX), sp as it is. The
 * personality takes the frame off when an exception passes.
 */
	.p2align 6
FUNC(gort__entry)
	.cfi_startproc
	PERSONALITY(gort__entry_personality)
	LANDING
	LOAD_PAGE(x9, gort__tls_offset)
	ldr	x9, [x9, PAGE_OFFSET(gort__tls_offset)]
	cbz	x9, entry_slow
	THREAD_POINTER(x10)
	ldr	x9, [x10, x9]
	cbz	x9, entry_slow
	ldp	x10, x11, [x9, #CTX_TOP]	/* and CTX_LIMIT */
	cmp	x10, x11
	b.hs	entry_slow
	/* take the frame first: a signal handler may use those above it */
	add	x11, x10, #FRAME_SIZE
	str	x11, [x9, #CTX_TOP]
	str	x19, [x10, #FRAME_BX]
	mov	x19, x10
	/* DW_CFA_expression x19: breg19 + FRAME_BX */
	.cfi_escape 0x10, 0x13, 0x02, 0x83, FRAME_BX
	/* x19 = frame, x17 = slot, x9 = ctx, x10 = target, x11 = image */
	ldr	x10, [x17, #SLOT_TARGET]
	ldr	x11, [x10, #TARGET_IMAGE]
	stp	x9, x10, [x19, #FRAME_CTX]	/* and FRAME_TARGET */
	str	x11, [x19, #FRAME_IMAGE]
	/* published: see Note [Frames on a weakly ordered machine] */
	ldarb	w12, [x11]			/* IMAGE_GATE */
	cmp	w12, #GATE_OPEN
	b.ne	L(retreat)
	ldr	x12, [x10, #TARGET_IMAGE]
	cmp	x12, x11
	b.ne	L(retreat)
	ldr	x12, [x9, #CTX_CALLS]
	ldr	w13, [x11, #IMAGE_INDEX]
	add	x12, x12, x13, lsl #3
	ldr	x13, [x12]
	add	x13, x13, #1
	str	x13, [x12]
L(go):
	/* x19 = frame with the caller's x19 in it, x10 = target */
	mov	x9, sp
	str	x30, [x19, #FRAME_PC]
	str	x9, [x19, #FRAME_SP]
	ldr	x9, [x10, #TARGET_BODY]
	/* DW_CFA_expression x30: breg19 + FRAME_PC */
	.cfi_escape 0x10, 0x1e, 0x02, 0x83, FRAME_PC
	/* see Note [The CFA of an entered call]; val_expression sp: breg31 */
	.cfi_def_cfa_offset 1
	.cfi_escape 0x16, 0x1f, 0x02, 0x8f, 0x00
	blr	x9
	ldr	x30, [x19, #FRAME_PC]
	.cfi_restore x30
	.cfi_restore sp
	.cfi_def_cfa_offset 0
	ldp	x11, x9, [x19, #FRAME_IMAGE]	/* and FRAME_CTX */
	mov	x10, x19
	add	x12, x19, #FRAME_IMAGE
	stlr	xzr, [x12]
	ldr	x19, [x10, #FRAME_BX]
	.cfi_restore x19
	stlr	x10, [x9]			/* CTX_TOP */
	ldrb	w12, [x11, #IMAGE_DRAIN]
	cbnz	w12, L(wake)
	ret

	/* leaving an image that somebody drains: keep the results, wake it */
L(wake):
	stp	x29, x30, [sp, #-WAKE_FRAME]!
	.cfi_def_cfa_offset WAKE_FRAME
	.cfi_offset x29, -WAKE_FRAME
	.cfi_offset x30, 8 - WAKE_FRAME
	mov	x29, sp
	stp	x0, x1, [sp, #WAKE_X0]
	stp	q0, q1, [sp, #WAKE_Q0]
	stp	q2, q3, [sp, #WAKE_Q0 + 32]
	bl	SYM(gort__leave_slow)
	ldp	x0, x1, [sp, #WAKE_X0]
	ldp	q0, q1, [sp, #WAKE_Q0]
	ldp	q2, q3, [sp, #WAKE_Q0 + 32]
	ldp	x29, x30, [sp], #WAKE_FRAME
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	ret

	/* not this version any more: give the frame back */
	.cfi_escape 0x10, 0x13, 0x02, 0x83, FRAME_BX
L(retreat):
	str	xzr, [x19, #FRAME_IMAGE]
	mov	x10, x19
	ldr	x19, [x10, #FRAME_BX]
	.cfi_restore x19
	stlr	x10, [x9]			/* CTX_TOP */
	b	entry_slow
	.cfi_endproc
END(gort__entry)

/*
 * entry_slow: asks C, with every argument register kept. In: x17 = slot,
 * x30 = return address. Not entered yet, so a function of its own to
 * unwinders, without the personality: waiting at the gate may be cancelled,
 * and a refusal may panic. Arguments in scalable vectors are not kept.
 * Unwind: a frame record.
 */
LOCAL_FUNC(entry_slow)
	.cfi_startproc
	stp	x29, x30, [sp, #-SLOW_FRAME]!
	.cfi_def_cfa_offset SLOW_FRAME
	.cfi_offset x29, -SLOW_FRAME
	.cfi_offset x30, 8 - SLOW_FRAME
	mov	x29, sp
	str	xzr, [sp, #SLOW_ARGS]
	stp	x0, x1, [sp, #SLOW_X0]
	stp	x2, x3, [sp, #SLOW_X0 + 16]
	stp	x4, x5, [sp, #SLOW_X0 + 32]
	stp	x6, x7, [sp, #SLOW_X0 + 48]
	str	x8, [sp, #SLOW_X8]
	stp	q0, q1, [sp, #SLOW_Q0]
	stp	q2, q3, [sp, #SLOW_Q0 + 32]
	stp	q4, q5, [sp, #SLOW_Q0 + 64]
	stp	q6, q7, [sp, #SLOW_Q0 + 96]
	mov	x0, x17
	add	x1, sp, #SLOW_ARGS
	bl	SYM(gort__enter_slow)
	cbz	x0, L(refused)
	mov	x9, x0			/* the frame */
	ldp	x0, x1, [sp, #SLOW_X0]
	ldp	x2, x3, [sp, #SLOW_X0 + 16]
	ldp	x4, x5, [sp, #SLOW_X0 + 32]
	ldp	x6, x7, [sp, #SLOW_X0 + 48]
	ldr	x8, [sp, #SLOW_X8]
	ldp	q0, q1, [sp, #SLOW_Q0]
	ldp	q2, q3, [sp, #SLOW_Q0 + 32]
	ldp	q4, q5, [sp, #SLOW_Q0 + 64]
	ldp	q6, q7, [sp, #SLOW_Q0 + 96]
	.cfi_remember_state
	ldp	x29, x30, [sp], #SLOW_FRAME
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	str	x19, [x9, #FRAME_BX]
	mov	x19, x9
	.cfi_escape 0x10, 0x13, 0x02, 0x83, FRAME_BX
	ldr	x10, [x19, #FRAME_TARGET]
	b	L(go)		/* as if taken there */

	/* zero in every result register, or x0 as C set it */
	.cfi_restore_state
L(refused):
	ldr	x0, [sp, #SLOW_ARGS]
	ldp	x29, x30, [sp], #SLOW_FRAME
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	mov	x1, #0
	movi	v0.2d, #0
	movi	v1.2d, #0
	movi	v2.2d, #0
	movi	v3.2d, #0
	ret
	.cfi_endproc
END(entry_slow)
