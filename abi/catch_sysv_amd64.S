/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boundary: a frame that panics and exceptions stop at; System V amd64.
 * Also where a hardware fault is turned into a panic.
 */
#include "asm.h"

	.text

/* below rbp: rbx r12 r13 r14 r15, struct gort__outside; rsp is 16-aligned */
#define CATCH_FRAME (40 + OUTSIDE_SIZE)

/*
 * int gort__catch(gort_func *fn, void *arg, struct gort__ctx *ctx,
 *	struct gort_error *err)
 * In: rdi, rsi, rdx, rcx; the ctx has room for a frame. Out: eax = 0, or what
 * gort__catch_landed returned after gort__catch_land came here. Saves every
 * callee-saved register, so landing needs no unwinder. At (rsp) stands the
 * address of its frame while fn runs, by which a frame that longjmp left behind
 * is told from a live one. The scopes stay in a register, too: gort_try in a
 * loop should not wait for a word that went through memory twice.
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
	movq	CTX_SCOPES(%rdx), %r12
	movq	%rdx, %r13
	/* struct gort__outside, from its end: offsets.h */
	pushq	%r12
	pushq	CTX_PANIC(%rdx)
	pushq	CTX_SEG(%rdx)
	pushq	%rcx
	pushq	%rbx			/* the cookie */
	leaq	FRAME_SIZE(%rbx), %rax
	movq	$0, CTX_SCOPES(%rdx)
	movq	%rax, CTX_TOP(%rdx)
	movq	%rsp, FRAME_SP(%rbx)
	movq	$0, FRAME_IMAGE(%rbx)
	movq	%rdx, FRAME_CTX(%rbx)
	movq	$0, FRAME_TARGET(%rbx)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
PRIVATE_ENTRY(gort__catch_called)
	movq	%rbx, CTX_TOP(%r13)
	movq	%r12, CTX_SCOPES(%r13)
	xorl	%eax, %eax
L(out):
	movq	-8(%rbp), %rbx
	movq	-16(%rbp), %r12
	movq	-24(%rbp), %r13
	movq	-32(%rbp), %r14
	movq	-40(%rbp), %r15
	.cfi_remember_state
	leave
	.cfi_def_cfa %rsp, 8
	ret
	.cfi_restore_state
L(landed):
	movq	%rsp, %rdi
	call	SYM(gort__catch_landed)
	jmp	L(out)
	.cfi_endproc
END(gort__catch)

/*
 * _Noreturn void gort__catch_land(void *sp)
 * In: rdi = FRAME_SP of a boundary.
 * Continues in gort__catch, behind the call of fn.
 */
HIDDEN_FUNC(gort__catch_land)
	.cfi_startproc
	.cfi_undefined %rip
	LANDING
	movq	%rdi, %rsp
	leaq	CATCH_FRAME(%rdi), %rbp
	jmp	L(landed)
	.cfi_endproc
END(gort__catch_land)

/*
 * gort__sigpanic: entered by returning from a signal handler that set rip to
 * it, with (rsp) = the pc of the fault and every other register as at the
 * fault. A signal frame to unwinders: its return address is the faulting
 * instruction itself, not the one after a call (DWARF 5, 6.4.4). What else
 * functions of Windows' convention keep is saved as by gort__msbridge.
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
	pushq	%rdi
	pushq	%rsi
	subq	$160, %rsp
	movups	%xmm6, -176(%rbp)
	movups	%xmm7, -160(%rbp)
	movups	%xmm8, -144(%rbp)
	movups	%xmm9, -128(%rbp)
	movups	%xmm10, -112(%rbp)
	movups	%xmm11, -96(%rbp)
	movups	%xmm12, -80(%rbp)
	movups	%xmm13, -64(%rbp)
	movups	%xmm14, -48(%rbp)
	movups	%xmm15, -32(%rbp)
	leaq	8(%rbp), %rdi
	andq	$-16, %rsp
	CLEAN_STATE
	call	SYM(gort__sigpanic_c)
PRIVATE_ENTRY(gort__sigpanic_called)
	hlt
	.cfi_endproc
END(gort__sigpanic)
