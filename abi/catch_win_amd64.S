/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boundary: a frame that panics and exceptions stop at; Windows amd64.
 * Also where a hardware fault is turned into a panic.
 */
#include "asm.h"

	.text

/* from rsp: home, struct gort__outside (COOKIE_WORD), a pad, xmm6 to xmm15, a
   pad */
#define CATCH_OUTSIDE 32
#define CATCH_XMM (CATCH_OUTSIDE + OUTSIDE_SIZE + 8)
#define CATCH_FRAME (CATCH_XMM + 160 + 8)

/*
 * int gort__catch(gort_func *fn, void *arg, struct gort__ctx *ctx,
 *	struct gort_error *err)
 * In: rcx, rdx, r8, r9; the ctx has room for a frame. Out: eax = 0, or what
 * gort__catch_landed returned after gort__catch_land or gort__catch_caught came
 * here. Saves every preserved register, so landing needs no unwinder. Above the
 * home space at (rsp) stands the address of its frame while fn runs, by which a
 * frame that longjmp left behind is told from a live one.
 * Unwind: an ordinary frame without a frame register, so that its address is
 * FRAME_SP; the handler stops exceptions here.
 */
HIDDEN_FUNC(gort__catch)
	.seh_proc gort__catch
	.seh_handler gort__catch_handler, @except, @unwind
	pushq	%rbp
	.seh_pushreg %rbp
	pushq	%rbx
	.seh_pushreg %rbx
	pushq	%rsi
	.seh_pushreg %rsi
	pushq	%rdi
	.seh_pushreg %rdi
	pushq	%r12
	.seh_pushreg %r12
	pushq	%r13
	.seh_pushreg %r13
	pushq	%r14
	.seh_pushreg %r14
	pushq	%r15
	.seh_pushreg %r15
	subq	$CATCH_FRAME, %rsp
	.seh_stackalloc CATCH_FRAME
	movaps	%xmm6, CATCH_XMM+0(%rsp)
	.seh_savexmm %xmm6, CATCH_XMM+0
	movaps	%xmm7, CATCH_XMM+16(%rsp)
	.seh_savexmm %xmm7, CATCH_XMM+16
	movaps	%xmm8, CATCH_XMM+32(%rsp)
	.seh_savexmm %xmm8, CATCH_XMM+32
	movaps	%xmm9, CATCH_XMM+48(%rsp)
	.seh_savexmm %xmm9, CATCH_XMM+48
	movaps	%xmm10, CATCH_XMM+64(%rsp)
	.seh_savexmm %xmm10, CATCH_XMM+64
	movaps	%xmm11, CATCH_XMM+80(%rsp)
	.seh_savexmm %xmm11, CATCH_XMM+80
	movaps	%xmm12, CATCH_XMM+96(%rsp)
	.seh_savexmm %xmm12, CATCH_XMM+96
	movaps	%xmm13, CATCH_XMM+112(%rsp)
	.seh_savexmm %xmm13, CATCH_XMM+112
	movaps	%xmm14, CATCH_XMM+128(%rsp)
	.seh_savexmm %xmm14, CATCH_XMM+128
	movaps	%xmm15, CATCH_XMM+144(%rsp)
	.seh_savexmm %xmm15, CATCH_XMM+144
	.seh_endprologue
	movq	CTX_TOP(%r8), %rbx
	movq	CTX_SCOPES(%r8), %r12
	movq	%r8, %r13
	movq	CTX_SEG(%r8), %rax
	movq	CTX_PANIC(%r8), %r10
	movq	%rbx, CATCH_OUTSIDE+OUTSIDE_FRAME(%rsp)	/* the cookie */
	movq	%r9, CATCH_OUTSIDE+OUTSIDE_ERR(%rsp)
	movq	%rax, CATCH_OUTSIDE+OUTSIDE_SEG(%rsp)
	movq	%r10, CATCH_OUTSIDE+OUTSIDE_PANIC(%rsp)
	movq	%r12, CATCH_OUTSIDE+OUTSIDE_SCOPES(%rsp)
	leaq	FRAME_SIZE(%rbx), %rax
	movq	$0, CTX_SCOPES(%r8)
	movq	%rax, CTX_TOP(%r8)
	movq	%rsp, FRAME_SP(%rbx)
	movq	$0, FRAME_IMAGE(%rbx)
	movq	%r8, FRAME_CTX(%rbx)
	movq	$0, FRAME_TARGET(%rbx)
	movq	%rcx, %rax
	movq	%rdx, %rcx
	call	*%rax
PRIVATE_ENTRY(gort__catch_called)
	movq	%rbx, CTX_TOP(%r13)
	movq	%r12, CTX_SCOPES(%r13)
	xorl	%eax, %eax
.Lout:
	movaps	CATCH_XMM+0(%rsp), %xmm6
	movaps	CATCH_XMM+16(%rsp), %xmm7
	movaps	CATCH_XMM+32(%rsp), %xmm8
	movaps	CATCH_XMM+48(%rsp), %xmm9
	movaps	CATCH_XMM+64(%rsp), %xmm10
	movaps	CATCH_XMM+80(%rsp), %xmm11
	movaps	CATCH_XMM+96(%rsp), %xmm12
	movaps	CATCH_XMM+112(%rsp), %xmm13
	movaps	CATCH_XMM+128(%rsp), %xmm14
	movaps	CATCH_XMM+144(%rsp), %xmm15
	addq	$CATCH_FRAME, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rdi
	popq	%rsi
	popq	%rbx
	popq	%rbp
	ret

	/*
	 * Where an unwind by the system to this frame arrives, with rsp and
	 * rbx as while fn ran: what is left to do is C's.
	 */
	.globl gort__catch_caught
gort__catch_caught:
	movq	%rbx, %rcx
	call	gort__caught
.Llanded:
	leaq	CATCH_OUTSIDE(%rsp), %rcx
	call	gort__catch_landed
	jmp	.Lout
	.seh_endproc
END(gort__catch)

/*
 * _Noreturn void gort__catch_land(void *sp)
 * In: rcx = FRAME_SP of a boundary.
 * Continues in gort__catch, behind the call of fn.
 */
HIDDEN_FUNC(gort__catch_land)
	movq	%rcx, %rsp
	jmp	.Llanded
END(gort__catch_land)

/*
 * gort__sigpanic: entered with a machine frame at (rsp) that says where the
 * fault was (Microsoft, "x64 exception handling", UWOP_PUSH_MACHFRAME), every
 * other register as at the fault, and rsp such that the call is aligned. The
 * x87 is made empty, as calls leave it: what the faulting code had there would
 * stay for ever, and an exception of its own that is pending come again.
 */
HIDDEN_FUNC(gort__sigpanic)
	.seh_proc gort__sigpanic
	.seh_pushframe
	subq	$40, %rsp
	.seh_stackalloc 40
	.seh_endprologue
	CLEAN_STATE
	leaq	40(%rsp), %rcx
	call	gort__sigpanic_c
	hlt
	.seh_endproc
END(gort__sigpanic)
