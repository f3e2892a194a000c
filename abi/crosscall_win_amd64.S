/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calling code that keeps no register: Windows amd64 (x64 calling convention:
 * rbx rbp rdi rsi r12-r15 xmm6-xmm15 belong to the caller).
 */
#include "asm.h"

/* from rsp: home, xmm6-xmm15, a pad; then eight registers */
#define XMM 32
#define FRAME (XMM + 160 + 8)

	.text

.macro SAVE
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
	subq	$FRAME, %rsp
	.seh_stackalloc FRAME
	movaps	%xmm6, XMM(%rsp)
	.seh_savexmm %xmm6, XMM
	movaps	%xmm7, XMM+16(%rsp)
	.seh_savexmm %xmm7, XMM+16
	movaps	%xmm8, XMM+32(%rsp)
	.seh_savexmm %xmm8, XMM+32
	movaps	%xmm9, XMM+48(%rsp)
	.seh_savexmm %xmm9, XMM+48
	movaps	%xmm10, XMM+64(%rsp)
	.seh_savexmm %xmm10, XMM+64
	movaps	%xmm11, XMM+80(%rsp)
	.seh_savexmm %xmm11, XMM+80
	movaps	%xmm12, XMM+96(%rsp)
	.seh_savexmm %xmm12, XMM+96
	movaps	%xmm13, XMM+112(%rsp)
	.seh_savexmm %xmm13, XMM+112
	movaps	%xmm14, XMM+128(%rsp)
	.seh_savexmm %xmm14, XMM+128
	movaps	%xmm15, XMM+144(%rsp)
	.seh_savexmm %xmm15, XMM+144
	.seh_endprologue
.endm

.macro RESTORE
	movaps	XMM(%rsp), %xmm6
	movaps	XMM+16(%rsp), %xmm7
	movaps	XMM+32(%rsp), %xmm8
	movaps	XMM+48(%rsp), %xmm9
	movaps	XMM+64(%rsp), %xmm10
	movaps	XMM+80(%rsp), %xmm11
	movaps	XMM+96(%rsp), %xmm12
	movaps	XMM+112(%rsp), %xmm13
	movaps	XMM+128(%rsp), %xmm14
	movaps	XMM+144(%rsp), %xmm15
	addq	$FRAME, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rdi
	popq	%rsi
	popq	%rbx
	popq	%rbp
.endm

/*
 * void gort__crosscall(void (*fn)(void *arg), void *arg)
 * In: rcx, rdx. fn gets arg in rcx, with home space. Preserves what the
 * convention says, whatever fn does. Unwind: an ordinary frame by rsp.
 */
FUNC(gort__crosscall)
	.seh_proc gort__crosscall
	SAVE
	movq	%rcx, %rax
	movq	%rdx, %rcx
	call	*%rax
	RESTORE
	ret
	.seh_endproc
END(gort__crosscall)

/*
 * void gort__crosscall2(void (*fn)(void *arg, int argsize, uintptr_t ctxt),
 *     void *arg, int argsize, uintptr_t ctxt)
 * In: rcx, rdx, r8d, r9. fn gets rcx = arg, edx = argsize, r8 = ctxt. Else as
 * gort__crosscall.
 */
FUNC(gort__crosscall2)
	.seh_proc gort__crosscall2
	SAVE
	movq	%rcx, %rax
	movq	%rdx, %rcx
	movl	%r8d, %edx
	movq	%r9, %r8
	call	*%rax
	RESTORE
	ret
	.seh_endproc
END(gort__crosscall2)
