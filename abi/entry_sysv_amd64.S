/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort__entry: where every exported function of a module is entered and left,
 * System V amd64. See Note [Entered calls] in abi.h.
 */
#include "asm.h"

/* offsets in the slow path's register save area, from rsp */
#define ARGS_RET 0
#define ARGS_GPR 8
#define ARGS_SLOT 56
#define ARGS_SIZE 64

	/* enum gort__xstate, abi.h */
	.data
	.p2align 2
	PRIVATE(gort__xstate)
SYM(gort__xstate):
	.long	XSTATE_UNKNOWN
	END(gort__xstate)

	.text

/*
 * gort__entry
 * In: r11 = the slot (struct gort__slot_head), all argument registers and
 * stack arguments as the caller of the exported function left them, (rsp) =
 * return address. Calls the slot's target with exactly those and returns to
 * the caller with the target's results. Preserves what the psABI says a call
 * preserves; rax (the vector count of a variadic call) reaches the target.
 * Clobbers r10, r11; after the call rcx.
 * Stack: while the body runs nothing of ours is on it; its return address
 * points here, the caller's is in the frame that rbx points to.
 * Unwind: return address at 0(rbx), rbx at 8(rbx) (FRAME_PC, FRAME_BX), rsp
 * as it is. The personality takes the frame off when an exception passes.
 *
 * Note [The CFA of an entered call]
 * While the body runs the entry has no bytes on the stack, so its caller's sp
 * is its own, and the CFA would be the CFA of the body. Unwinders tell frames
 * apart by that: libgcc would take the entry for the handler's frame when its
 * caller has the handler. So the CFA is given as one byte higher, between the
 * body's and the caller's, and rsp has a rule of its own.
 */
	.p2align 6
FUNC(gort__entry)
	.cfi_startproc
	PERSONALITY(gort__entry_personality)
	LANDING
	/* the slot waits on the stack: a register that the caller loops on, as
	   rbx may be, should go through memory once, not twice */
	pushq	%r11
	.cfi_adjust_cfa_offset 8
	movq	SYM(gort__tls_offset)(%rip), %r10
	testq	%r10, %r10
	jz	L(slow)
	movq	TLS_WORD(%r10), %r10
	testq	%r10, %r10
	jz	L(slow)
	movq	CTX_TOP(%r10), %r11
	cmpq	CTX_LIMIT(%r10), %r11
	jae	L(slow)
	/* take the frame first: a signal handler may use those above it */
	addq	$FRAME_SIZE, CTX_TOP(%r10)
	movq	%rbx, FRAME_BX(%r11)
	movq	%r11, %rbx
	/* DW_CFA_expression rbx: breg3 + FRAME_BX */
	.cfi_escape 0x10, 0x03, 0x02, 0x73, FRAME_BX
	/* rbx = frame, r10 = ctx */
	movq	%r10, FRAME_CTX(%rbx)
	movq	(%rsp), %r11
	movq	SLOT_TARGET(%r11), %r11
	movq	TARGET_IMAGE(%r11), %r10
	movq	%r11, FRAME_TARGET(%rbx)
	movq	%r10, FRAME_IMAGE(%rbx)
	/*
	 * Published. The drainer's barrier stands for a fence here: either it
	 * sees this frame, or this sees the gate closed or the target given to
	 * another version: Note [Targets belong to slots], slot.c.
	 */
	cmpb	$GATE_OPEN, IMAGE_GATE(%r10)
	jne	L(retreat)
	cmpq	TARGET_IMAGE(%r11), %r10
	jne	L(retreat)
	movl	IMAGE_INDEX(%r10), %r10d
	movq	FRAME_CTX(%rbx), %r11
	movq	CTX_CALLS(%r11), %r11
	incq	(%r11,%r10,8)
	movq	FRAME_TARGET(%rbx), %r11
	addq	$8, %rsp		/* the slot */
	.cfi_adjust_cfa_offset -8
L(go):
	/* rbx = frame with the caller's rbx in it, r11 = target */
	popq	FRAME_PC(%rbx)
	/* DW_CFA_expression rip: breg3 + FRAME_PC */
	.cfi_escape 0x10, 0x10, 0x02, 0x73, FRAME_PC
	/* see Note [The CFA of an entered call]; val_expression rsp: breg7 */
	.cfi_def_cfa_offset 1
	.cfi_escape 0x16, 0x07, 0x02, 0x77, 0x00
	movq	%rsp, FRAME_SP(%rbx)
	/* the body returns to the begin of a cache line: a cycle less */
	.org	SYM(gort__entry) + 2 * 64 - 4, 0x90
	call	*TARGET_BODY(%r11)
	movq	FRAME_IMAGE(%rbx), %r11
	movq	FRAME_CTX(%rbx), %r10
	pushq	FRAME_PC(%rbx)
	.cfi_restore %rsp
	.cfi_def_cfa_offset 8
	.cfi_rel_offset %rip, 0
	movq	$0, FRAME_IMAGE(%rbx)
	movq	FRAME_BX(%rbx), %rcx
	movq	%rbx, CTX_TOP(%r10)
	movq	%rcx, %rbx
	.cfi_restore %rbx
	cmpb	$0, IMAGE_DRAIN(%r11)
	jne	entry_wake
	ret

	/* not this version any more: give the frame back */
	.cfi_adjust_cfa_offset 8
	.cfi_escape 0x10, 0x03, 0x02, 0x73, FRAME_BX
L(retreat):
	movq	FRAME_CTX(%rbx), %r10
	movq	$0, FRAME_IMAGE(%rbx)
	movq	%rbx, %r11
	movq	FRAME_BX(%rbx), %rbx
	.cfi_restore %rbx
	movq	%r11, CTX_TOP(%r10)

L(slow):
	popq	%r11
	.cfi_adjust_cfa_offset -8
	jmp	entry_slow
	.cfi_endproc
END(gort__entry)

/*
 * entry_slow: asks C, with every argument register kept. In: r11 = slot, the
 * return address on the stack. Not entered yet, so a function of its own to
 * unwinders, without the personality: waiting at the gate may be cancelled, and
 * a refusal may panic.
 */
LOCAL_FUNC(entry_slow)
	.cfi_startproc
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	movq	%rsp, %rbx
	.cfi_def_cfa %rbx, 16
	subq	$ARGS_SIZE, %rsp
	andq	$-64, %rsp
	movq	%rax, ARGS_RET(%rsp)
	movq	%rdi, ARGS_GPR+0(%rsp)
	movq	%rsi, ARGS_GPR+8(%rsp)
	movq	%rdx, ARGS_GPR+16(%rsp)
	movq	%rcx, ARGS_GPR+24(%rsp)
	movq	%r8, ARGS_GPR+32(%rsp)
	movq	%r9, ARGS_GPR+40(%rsp)
	movq	%r11, ARGS_SLOT(%rsp)
	movq	%rsp, %rdi		/* args */
	subq	$XSAVE_SIZE, %rsp
	call	vectors_save
	pushq	%rdi
	pushq	%rdi			/* keep 16-alignment */
	movq	%rdi, %rsi
	movq	ARGS_SLOT(%rdi), %rdi
	call	SYM(gort__enter_slow)
	movq	%rax, %r11		/* frame, or NULL: refused */
	popq	%r10
	popq	%r10			/* args */
	call	vectors_load
	movq	ARGS_RET(%r10), %rax
	movq	ARGS_GPR+0(%r10), %rdi
	movq	ARGS_GPR+8(%r10), %rsi
	movq	ARGS_GPR+16(%r10), %rdx
	movq	ARGS_GPR+24(%r10), %rcx
	movq	ARGS_GPR+32(%r10), %r8
	movq	ARGS_GPR+40(%r10), %r9
	movq	%rbx, %rsp
	.cfi_def_cfa %rsp, 16
	movq	ARGS_SLOT(%r10), %r10
	testq	%r11, %r11
	jz	L(refused)
	popq	FRAME_BX(%r11)
	.cfi_adjust_cfa_offset -8
	movq	%r11, %rbx
	.cfi_escape 0x10, 0x03, 0x02, 0x73, FRAME_BX
	movq	FRAME_TARGET(%rbx), %r11
	jmp	L(go)		/* as if taken there */

	/* zero in every result register, or rax as C set it; r10 = slot */
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
L(refused):
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	xorl	%edx, %edx
	pxor	%xmm0, %xmm0
	pxor	%xmm1, %xmm1
	testl	$EX_ST0, SLOT_FLAGS(%r10)
	jz	1f
	fldz
1:	ret
	.cfi_endproc
END(entry_slow)

/*
 * entry_wake: leaving an image that somebody drains: keep the results, wake it.
 * In: the results, the return address on the stack. The frame is gone, so a
 * function of its own, too. What runs below may use vector registers, and clear
 * what it does not use of them.
 */
LOCAL_FUNC(entry_wake)
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rax
	pushq	%rdx
	subq	$XSAVE_SIZE, %rsp
	andq	$-64, %rsp
	call	vectors_save
	call	SYM(gort__leave_slow)
	call	vectors_load
	movq	-8(%rbp), %rax
	movq	-16(%rbp), %rdx
	leave
	.cfi_def_cfa %rsp, 8
	.cfi_restore %rbp
	ret
	.cfi_endproc
END(entry_wake)

/*
 * vectors_save, vectors_load: the vector registers to and from the XSAVE_SIZE
 * bytes above the return address, which are 64-aligned. Clobber rax, rdx,
 * flags; the first also rcx.
 */
LOCAL_FUNC(vectors_save)
	.cfi_startproc
	cmpl	$XSTATE_UNKNOWN, SYM(gort__xstate)(%rip)
	jne	L(probed)
	call	xstate_probe
L(probed):
	cmpl	$XSTATE_XSAVEC, SYM(gort__xstate)(%rip)
	jne	L(fxsave)
	movl	$XSAVE_MASK, %eax
	xorl	%edx, %edx
	/* XRSTOR wants the reserved part of the header to be zero */
	movq	%rdx, 8+XSAVE_HEADER+16(%rsp)
	movq	%rdx, 8+XSAVE_HEADER+24(%rsp)
	movq	%rdx, 8+XSAVE_HEADER+32(%rsp)
	movq	%rdx, 8+XSAVE_HEADER+40(%rsp)
	movq	%rdx, 8+XSAVE_HEADER+48(%rsp)
	movq	%rdx, 8+XSAVE_HEADER+56(%rsp)
	xsavec64 8(%rsp)
	ret
L(fxsave):
	fxsave64 8(%rsp)
	ret
	.cfi_endproc
END(vectors_save)

LOCAL_FUNC(vectors_load)
	.cfi_startproc
	cmpl	$XSTATE_XSAVEC, SYM(gort__xstate)(%rip)
	jne	L(fxrstor)
	movl	$XSAVE_MASK, %eax
	xorl	%edx, %edx
	xrstor64 8(%rsp)
	ret
L(fxrstor):
	fxrstor64 8(%rsp)
	ret
	.cfi_endproc
END(vectors_load)

/*
 * xstate_probe: sets gort__xstate by CPUID, where gort__xstate_init could not.
 * Clobbers rax, rcx, rdx, flags; saves rbx, since CPUID writes it. Two threads
 * may both do it.
 */
LOCAL_FUNC(xstate_probe)
	.cfi_startproc
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	movl	$1, %eax
	cpuid
	btl	$27, %ecx		/* OSXSAVE */
	movl	$XSTATE_FXSAVE, %ecx
	jnc	1f
	movl	$0xd, %eax
	movl	$1, %ecx
	cpuid
	movl	$XSTATE_FXSAVE, %ecx
	btl	$1, %eax		/* XSAVEC */
	jnc	1f
	movl	$XSTATE_XSAVEC, %ecx
1:	movl	%ecx, SYM(gort__xstate)(%rip)
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	ret
	.cfi_endproc
END(xstate_probe)
