/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between code of Windows' calling convention and functions of System V's
 * (Microsoft, "x64 calling convention"; System V psABI 1.0, 3.2), for objects
 * made for Windows that are linked into a process of the other kind.
 */
#include "asm.h"

	.text

/*
 * void gort__msbridge(...), called by Windows' convention with the address of a
 * System V function in rax: calls that with the same integer and pointer
 * arguments, up to 12, of which those behind the fourth are read from the
 * caller's frame whether they are there or not; and with the same as
 * floating-point arguments, up to 8. So all of them must be of one kind (Note
 * [What the bridge may call]). The first four are stored in their home area, and
 * where that is, so where all arguments lie behind each other, is a thirteenth
 * argument, which those that know of it take. What Windows' code expects to keep is kept: rdi,
 * rsi, xmm6 to xmm15, at distances from the CFA that gort__sigpanic has as well:
 * Note [Landing in Windows' code]. Results come back as they are. Unwindable at
 * the call.
 */
HIDDEN_FUNC(gort__msbridge)
	.cfi_startproc
	endbr64
	pushq %rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
	movq %rsp, %rbp
	.cfi_def_cfa_register rbp
	pushq %rdi
	pushq %rsi
	subq $224, %rsp
	movaps %xmm6, 64(%rsp)
	movaps %xmm7, 80(%rsp)
	movaps %xmm8, 96(%rsp)
	movaps %xmm9, 112(%rsp)
	movaps %xmm10, 128(%rsp)
	movaps %xmm11, 144(%rsp)
	movaps %xmm12, 160(%rsp)
	movaps %xmm13, 176(%rsp)
	movaps %xmm14, 192(%rsp)
	movaps %xmm15, 208(%rsp)
	movq %rax, %r11
	movq %rcx, 16(%rbp)
	movq %rdx, 24(%rbp)
	movq %r8, 32(%rbp)
	movq %r9, 40(%rbp)
	leaq 16(%rbp), %rax
	movq %rax, 48(%rsp)
	/* arguments 7 to 12; the fifth is 48 above rbp, behind the home area */
	movups 64(%rbp), %xmm6
	movups 80(%rbp), %xmm7
	movups 96(%rbp), %xmm8
	movaps %xmm6, (%rsp)
	movaps %xmm7, 16(%rsp)
	movaps %xmm8, 32(%rsp)
	movq %rcx, %rdi
	movq %rdx, %rsi
	movq %r8, %rdx
	movq %r9, %rcx
	movq 48(%rbp), %r8
	movq 56(%rbp), %r9
	movq 48(%rbp), %xmm4
	movq 56(%rbp), %xmm5
	movq 64(%rbp), %xmm6
	movq 72(%rbp), %xmm7
	movl $8, %eax /* vector registers, for variadic functions */
	call *%r11
PRIVATE_ENTRY(gort__msbridge_called)
	movaps 64(%rsp), %xmm6
	movaps 80(%rsp), %xmm7
	movaps 96(%rsp), %xmm8
	movaps 112(%rsp), %xmm9
	movaps 128(%rsp), %xmm10
	movaps 144(%rsp), %xmm11
	movaps 160(%rsp), %xmm12
	movaps 176(%rsp), %xmm13
	movaps 192(%rsp), %xmm14
	movaps 208(%rsp), %xmm15
	movq -8(%rbp), %rdi
	movq -16(%rbp), %rsi
	leave
	.cfi_def_cfa rsp, 8
	ret
	.cfi_endproc
END(gort__msbridge)

#ifdef __ELF__
	.section .note.GNU-stack, "", @progbits
#endif
