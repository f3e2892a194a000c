/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a frame's registers and going on with them: System V amd64.
 */
#include "asm.h"

/* K_..., cpu_amd64.h */
#define REGS_BX (REGS_R + 0)
#define REGS_BP (REGS_R + 8)
#define REGS_R12 (REGS_R + 16)
#define REGS_R13 (REGS_R + 24)
#define REGS_R14 (REGS_R + 32)
#define REGS_R15 (REGS_R + 40)

	.text

/*
 * void gort__getregs(struct gort__regs *regs)
 * In: rdi. Stores the caller's callee-saved registers, its sp after the
 * return and the return address. Clobbers rax.
 */
HIDDEN_FUNC(gort__getregs)
	.cfi_startproc
	LANDING
	movq	(%rsp), %rax
	movq	%rax, REGS_PC(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, REGS_SP(%rdi)
	movq	%rbp, REGS_BP(%rdi)
	movq	%rbx, REGS_BX(%rdi)
	movq	%r12, REGS_R12(%rdi)
	movq	%r13, REGS_R13(%rdi)
	movq	%r14, REGS_R14(%rdi)
	movq	%r15, REGS_R15(%rdi)
	ret
	.cfi_endproc
END(gort__getregs)

/*
 * _Noreturn void gort__call_from(const struct gort__regs *regs,
 *     void (*fn)(void *), void *arg)
 * In: rdi, rsi, rdx. Jumps to fn with rdi = arg and the frame's registers;
 * the stack is aligned as at a call.
 */
HIDDEN_FUNC(gort__call_from)
	.cfi_startproc
	.cfi_undefined %rip
	LANDING
	movq	REGS_BP(%rdi), %rbp
	movq	REGS_BX(%rdi), %rbx
	movq	REGS_R12(%rdi), %r12
	movq	REGS_R13(%rdi), %r13
	movq	REGS_R14(%rdi), %r14
	movq	REGS_R15(%rdi), %r15
	movq	REGS_SP(%rdi), %rsp
	movq	REGS_PC(%rdi), %rax
	movq	%rdx, %rdi
	pushq	%rax
	jmp	*%rsi
	.cfi_endproc
END(gort__call_from)

/*
 * _Noreturn void gort__return_to(const struct gort__regs *regs,
 *     const struct gort__result *r)
 * In: rdi, rsi. Goes on at the frame's pc with its registers, and r in the
 * registers of results; all is read before the stack pointer moves. Where r has
 * more, that is a struct gort__mskept: the frame is of Windows' convention.
 */
HIDDEN_FUNC(gort__return_to)
	.cfi_startproc
	.cfi_undefined %rip
	LANDING
	movq	REGS_BP(%rdi), %rbp
	movq	REGS_BX(%rdi), %rbx
	movq	REGS_R12(%rdi), %r12
	movq	REGS_R13(%rdi), %r13
	movq	REGS_R14(%rdi), %r14
	movq	REGS_R15(%rdi), %r15
	movups	RESULT_FP(%rsi), %xmm0
	cmpq	$0, RESULT_X87(%rsi)
	je	1f
	fldt	RESULT_ST(%rsi)
1:	movq	RESULT_GPR(%rsi), %rax
	movq	(RESULT_GPR + 8)(%rsi), %rdx
	movq	REGS_PC(%rdi), %rcx
	movq	REGS_SP(%rdi), %r8
	movq	RESULT_MORE(%rsi), %r9
	testq	%r9, %r9
	je	2f
	movups	(%r9), %xmm6
	movups	16(%r9), %xmm7
	movups	32(%r9), %xmm8
	movups	48(%r9), %xmm9
	movups	64(%r9), %xmm10
	movups	80(%r9), %xmm11
	movups	96(%r9), %xmm12
	movups	112(%r9), %xmm13
	movups	128(%r9), %xmm14
	movups	144(%r9), %xmm15
	movq	MSKEPT_DI(%r9), %rdi
	movq	MSKEPT_SI(%r9), %rsi
2:	movq	%r8, %rsp
	cld
	jmp	*%rcx
	.cfi_endproc
END(gort__return_to)

/*
 * void gort__defer_slow(struct gort__scope *s, gort_func *fn, void *arg)
 * In: rdi, rsi, rdx. Stores the caller's registers in a new scope, as gort__getregs
 * does, and goes on in gort__defer_noted with the same arguments.
 */
FUNC(gort__defer_slow)
	.cfi_startproc
	LANDING
	cmpq	$0, SCOPE_NEXT(%rdi)
	jne	1f
	movq	(%rsp), %rax
	movq	%rax, (SCOPE_REGS + REGS_PC)(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, (SCOPE_REGS + REGS_SP)(%rdi)
	movq	%rbp, (SCOPE_REGS + REGS_BP)(%rdi)
	movq	%rbx, (SCOPE_REGS + REGS_BX)(%rdi)
	movq	%r12, (SCOPE_REGS + REGS_R12)(%rdi)
	movq	%r13, (SCOPE_REGS + REGS_R13)(%rdi)
	movq	%r14, (SCOPE_REGS + REGS_R14)(%rdi)
	movq	%r15, (SCOPE_REGS + REGS_R15)(%rdi)
1:	jmp	SYM(gort__defer_noted)
	.cfi_endproc
END(gort__defer_slow)
