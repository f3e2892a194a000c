/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a frame's registers and going on with them: Windows amd64.
 */
#include "asm.h"

/* K_..., cpu_win_amd64.h */
#define REGS_BX (REGS_R + 0)
#define REGS_BP (REGS_R + 8)
#define REGS_SI (REGS_R + 16)
#define REGS_DI (REGS_R + 24)
#define REGS_R12 (REGS_R + 32)
#define REGS_R13 (REGS_R + 40)
#define REGS_R14 (REGS_R + 48)
#define REGS_R15 (REGS_R + 56)

	.text

/*
 * void gort__getregs(struct gort__regs *regs)
 * In: rcx. Stores the caller's preserved general registers, its sp after the
 * return and the return address. A leaf. Clobbers rax.
 */
HIDDEN_FUNC(gort__getregs)
	movq	(%rsp), %rax
	movq	%rax, REGS_PC(%rcx)
	leaq	8(%rsp), %rax
	movq	%rax, REGS_SP(%rcx)
	movq	%rbp, REGS_BP(%rcx)
	movq	%rbx, REGS_BX(%rcx)
	movq	%rsi, REGS_SI(%rcx)
	movq	%rdi, REGS_DI(%rcx)
	movq	%r12, REGS_R12(%rcx)
	movq	%r13, REGS_R13(%rcx)
	movq	%r14, REGS_R14(%rcx)
	movq	%r15, REGS_R15(%rcx)
	ret
END(gort__getregs)

/*
 * _Noreturn void gort__call_from(const struct gort__regs *regs,
 *     void (*fn)(void *), void *arg)
 * In: rcx, rdx, r8. Jumps to fn with rcx = arg and the frame's registers; the
 * stack is aligned as at a call, and the frame's own outgoing home space is
 * fn's. A leaf.
 */
HIDDEN_FUNC(gort__call_from)
	movq	REGS_BP(%rcx), %rbp
	movq	REGS_BX(%rcx), %rbx
	movq	REGS_SI(%rcx), %rsi
	movq	REGS_DI(%rcx), %rdi
	movq	REGS_R12(%rcx), %r12
	movq	REGS_R13(%rcx), %r13
	movq	REGS_R14(%rcx), %r14
	movq	REGS_R15(%rcx), %r15
	movq	REGS_SP(%rcx), %rsp
	movq	REGS_PC(%rcx), %rax
	movq	%r8, %rcx
	pushq	%rax
	jmp	*%rdx
END(gort__call_from)
