/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See wreck.h: Windows amd64. rbx rbp rsi rdi r12-r15, xmm6-xmm15.
 */
	.text

wreck_all:
	movq	%rcx, %r11
	movq	$-1, %rax
	.irp	r, rcx, rdx, rsi, rdi, r8, r9, r10, rbx, rbp, r12, r13, r14, r15
	movq	%rax, %\r
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq	%rax, %xmm\n
	.endr
	testq	%r11, %r11
	jz	1f
	jmp	*%r11
1:	movq	%rax, %r11
	ret

/* void wreck_call(wreck_via *via, const uintptr_t *before, uintptr_t *after)
   rcx, rdx, r8 */
	.globl wreck_call
wreck_call:
	.irp	r, rbp, rbx, rsi, rdi, r12, r13, r14, r15
	pushq	%\r
	.endr
	subq	$216, %rsp
	movq	%r8, 200(%rsp)
	.irp	n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	%xmm\n, (\n-6)*16+32(%rsp)
	movq	(\n-6)*8+64(%rdx), %xmm\n
	.endr
	movq	(%rdx), %rbx
	movq	8(%rdx), %rbp
	movq	16(%rdx), %rsi
	movq	24(%rdx), %rdi
	movq	32(%rdx), %r12
	movq	40(%rdx), %r13
	movq	48(%rdx), %r14
	movq	56(%rdx), %r15
	movq	%rcx, %rax
	leaq	wreck_all(%rip), %rcx
	xorl	%edx, %edx
	call	*%rax
	movq	200(%rsp), %rdx
	movq	%rbx, (%rdx)
	movq	%rbp, 8(%rdx)
	movq	%rsi, 16(%rdx)
	movq	%rdi, 24(%rdx)
	movq	%r12, 32(%rdx)
	movq	%r13, 40(%rdx)
	movq	%r14, 48(%rdx)
	movq	%r15, 56(%rdx)
	.irp	n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movq	%xmm\n, (\n-6)*8+64(%rdx)
	movups	(\n-6)*16+32(%rsp), %xmm\n
	.endr
	addq	$216, %rsp
	.irp	r, r15, r14, r13, r12, rdi, rsi, rbx, rbp
	popq	%\r
	.endr
	ret
