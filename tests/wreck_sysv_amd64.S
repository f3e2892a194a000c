/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See wreck.h: System V amd64. rbx rbp r12-r15.
 */
	.section .note.GNU-stack, "", @progbits
	.text

	.type wreck_all, @function
wreck_all:
	movq	%rdi, %rax
	movq	$-1, %rcx
	.irp	r, rdx, rsi, rdi, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15
	movq	%rcx, %\r
	.endr
	testq	%rax, %rax
	jz	1f
	jmp	*%rax
1:	movq	%rcx, %rax
	ret
	.size wreck_all, . - wreck_all

/* void wreck_call(wreck_via *via, const uintptr_t *before, uintptr_t *after)
   rdi, rsi, rdx */
	.globl wreck_call
	.type wreck_call, @function
wreck_call:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdx
	movq	(%rsi), %rbx
	movq	8(%rsi), %rbp
	movq	16(%rsi), %r12
	movq	24(%rsi), %r13
	movq	32(%rsi), %r14
	movq	40(%rsi), %r15
	movq	%rdi, %rax
	leaq	wreck_all(%rip), %rdi
	xorl	%esi, %esi
	call	*%rax
	popq	%rdx
	movq	%rbx, (%rdx)
	movq	%rbp, 8(%rdx)
	movq	%r12, 16(%rdx)
	movq	%r13, 24(%rdx)
	movq	%r14, 32(%rdx)
	movq	%r15, 40(%rdx)
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size wreck_call, . - wreck_call
