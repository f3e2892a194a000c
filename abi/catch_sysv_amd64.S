/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boundary: a frame that panics and exceptions stop at; System V amd64.
 * Also where a hardware fault is turned into a panic.
 */
#include "asm.h"

	.text

/* below rbp: rbx r12 r13 r14 r15, the cookie; keeps rsp 16-aligned */
#define CATCH_FRAME 48

/*
 * int gort__catch(gort_func *fn, void *arg, struct gort__ctx *ctx)
 * In: rdi, rsi, rdx; the ctx has room for a frame. Out: eax = 0, or 1 when
 * gort__catch_land came here. Saves every callee-saved register, so landing
 * needs no unwinder. At (rsp) stands the address of its frame while fn runs,
 * by which a frame that longjmp left behind is told from a live one.
 * Unwind: an ordinary rbp frame; the personality stops exceptions here.
 */
HIDDEN_FUNC(gort__catch)
	.cfi_startproc
	PERSONALITY(gort__catch_personality)
	LANDING
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	.cfi_offset %rbx, -24
	pushq	%r12
	.cfi_offset %r12, -32
	pushq	%r13
	.cfi_offset %r13, -40
	pushq	%r14
	.cfi_offset %r14, -48
	pushq	%r15
	.cfi_offset %r15, -56
	movq	CTX_TOP(%rdx), %rbx
	addq	$FRAME_SIZE, CTX_TOP(%rdx)
	movq	$0, FRAME_IMAGE(%rbx)
	movq	$0, FRAME_TARGET(%rbx)
	movq	%rdx, FRAME_CTX(%rbx)
	pushq	%rbx			/* the cookie */
	movq	%rsp, FRAME_SP(%rbx)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	movq	FRAME_CTX(%rbx), %rdx
	movq	%rbx, CTX_TOP(%rdx)
	xorl	%eax, %eax
L(out):
	movq	-8(%rbp), %rbx
	movq	-16(%rbp), %r12
	movq	-24(%rbp), %r13
	movq	-32(%rbp), %r14
	movq	-40(%rbp), %r15
	leave
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_endproc
END(gort__catch)

/*
 * _Noreturn void gort__catch_land(void *sp)
 * In: rdi = FRAME_SP of a boundary whose frame is off the frame stack.
 * Continues in gort__catch as if fn had returned, with eax = 1.
 */
HIDDEN_FUNC(gort__catch_land)
	.cfi_startproc
	.cfi_undefined %rip
	LANDING
	movq	%rdi, %rsp
	leaq	CATCH_FRAME(%rdi), %rbp
	movl	$1, %eax
	jmp	L(out)
	.cfi_endproc
END(gort__catch_land)

/*
 * gort__sigpanic: entered by returning from a signal handler that set rip to
 * it, with (rsp) = the pc of the fault and every other register as at the
 * fault. A signal frame to unwinders: its return address is the faulting
 * instruction itself, not the one after a call (DWARF 5, 6.4.4).
 */
HIDDEN_FUNC(gort__sigpanic)
	.cfi_startproc
	.cfi_signal_frame
	LANDING
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	leaq	8(%rbp), %rdi
	andq	$-16, %rsp
	cld
	call	SYM(gort__sigpanic_c)
	hlt
	.cfi_endproc
END(gort__sigpanic)
