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

/*
 * _Noreturn void gort__return_to(const struct gort__regs *regs,
 *     const struct gort__result *r)
 * In: rcx, rdx. Goes on at the frame's pc with its registers, and r in the
 * registers of results; all is read before the stack pointer moves. A leaf.
 */
HIDDEN_FUNC(gort__return_to)
	movq	REGS_BP(%rcx), %rbp
	movq	REGS_BX(%rcx), %rbx
	movq	REGS_SI(%rcx), %rsi
	movq	REGS_DI(%rcx), %rdi
	movq	REGS_R12(%rcx), %r12
	movq	REGS_R13(%rcx), %r13
	movq	REGS_R14(%rcx), %r14
	movq	REGS_R15(%rcx), %r15
	movaps	RESULT_FP(%rdx), %xmm0
	movq	RESULT_MORE(%rdx), %rax
	testq	%rax, %rax
	jz	1f
	movups	0(%rax), %xmm6
	movups	16(%rax), %xmm7
	movups	32(%rax), %xmm8
	movups	48(%rax), %xmm9
	movups	64(%rax), %xmm10
	movups	80(%rax), %xmm11
	movups	96(%rax), %xmm12
	movups	112(%rax), %xmm13
	movups	128(%rax), %xmm14
	movups	144(%rax), %xmm15
1:	movq	RESULT_GPR(%rdx), %rax
	movq	REGS_PC(%rcx), %r8
	movq	REGS_SP(%rcx), %rsp
	cld
	jmp	*%r8
END(gort__return_to)

/* where a scope has xmm6 */
#define SCOPE_XMM (SCOPE_REGS + REGS_R + 64)

/*
 * void gort__defer_slow(struct gort__scope *s, gort_func *fn, void *arg)
 * In: rcx, rdx, r8. Stores the caller's preserved registers in a new scope,
 * and goes on in gort__defer_noted with the same arguments. A leaf. Clobbers
 * rax.
 */
FUNC(gort__defer_slow)
	cmpq	$0, SCOPE_NEXT(%rcx)
	jne	1f
	movq	(%rsp), %rax
	movq	%rax, (SCOPE_REGS + REGS_PC)(%rcx)
	leaq	8(%rsp), %rax
	movq	%rax, (SCOPE_REGS + REGS_SP)(%rcx)
	movq	%rbp, (SCOPE_REGS + REGS_BP)(%rcx)
	movq	%rbx, (SCOPE_REGS + REGS_BX)(%rcx)
	movq	%rsi, (SCOPE_REGS + REGS_SI)(%rcx)
	movq	%rdi, (SCOPE_REGS + REGS_DI)(%rcx)
	movq	%r12, (SCOPE_REGS + REGS_R12)(%rcx)
	movq	%r13, (SCOPE_REGS + REGS_R13)(%rcx)
	movq	%r14, (SCOPE_REGS + REGS_R14)(%rcx)
	movq	%r15, (SCOPE_REGS + REGS_R15)(%rcx)
	movups	%xmm6, (SCOPE_XMM + 0)(%rcx)
	movups	%xmm7, (SCOPE_XMM + 16)(%rcx)
	movups	%xmm8, (SCOPE_XMM + 32)(%rcx)
	movups	%xmm9, (SCOPE_XMM + 48)(%rcx)
	movups	%xmm10, (SCOPE_XMM + 64)(%rcx)
	movups	%xmm11, (SCOPE_XMM + 80)(%rcx)
	movups	%xmm12, (SCOPE_XMM + 96)(%rcx)
	movups	%xmm13, (SCOPE_XMM + 112)(%rcx)
	movups	%xmm14, (SCOPE_XMM + 128)(%rcx)
	movups	%xmm15, (SCOPE_XMM + 144)(%rcx)
1:	jmp	gort__defer_noted
END(gort__defer_slow)

/*
 * gort__unwound: where an unwind by the system to a frame that goes on for a
 * function that recovered arrives (gort__raise_to). In: rax = its exception,
 * rsp as after the return of that function.
 */
HIDDEN_FUNC(gort__unwound)
	movq	%rax, %rcx
	call	gort__unwound_c
	hlt
END(gort__unwound)
