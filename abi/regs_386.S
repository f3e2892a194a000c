/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading a frame's registers and going on with them: 386, System V
 * and Windows.
 */
#include "asm.h"

/* K_..., cpu_386.h */
#define REGS_BX (REGS_R + 0)
#define REGS_BP (REGS_R + 4)
#define REGS_SI (REGS_R + 8)
#define REGS_DI (REGS_R + 12)

	.text

/*
 * void gort__getregs(struct gort__regs *regs)
 * In: on the stack. Stores the caller's callee-saved registers, its sp after
 * the return and the return address. Clobbers eax, ecx.
 */
HIDDEN_FUNC(gort__getregs)
	.cfi_startproc
	LANDING
	movl	4(%esp), %ecx
	movl	(%esp), %eax
	movl	%eax, REGS_PC(%ecx)
	leal	4(%esp), %eax
	movl	%eax, REGS_SP(%ecx)
	movl	%ebx, REGS_BX(%ecx)
	movl	%ebp, REGS_BP(%ecx)
	movl	%esi, REGS_SI(%ecx)
	movl	%edi, REGS_DI(%ecx)
	ret
	.cfi_endproc
END(gort__getregs)

/*
 * _Noreturn void gort__call_from(const struct gort__regs *regs,
 *     void (*fn)(void *), void *arg)
 * In: on the stack. Jumps to fn(arg) with the frame's registers; its pc is the
 * return address. The argument stands where the frame's own outgoing argument
 * stood, at its sp.
 */
HIDDEN_FUNC(gort__call_from)
	.cfi_startproc
	.cfi_undefined %eip
	LANDING
	movl	4(%esp), %ecx
	movl	8(%esp), %edx
	movl	12(%esp), %eax
	movl	REGS_BX(%ecx), %ebx
	movl	REGS_BP(%ecx), %ebp
	movl	REGS_SI(%ecx), %esi
	movl	REGS_DI(%ecx), %edi
	movl	REGS_SP(%ecx), %esp
	movl	%eax, (%esp)
	pushl	REGS_PC(%ecx)
	jmp	*%edx
	.cfi_endproc
END(gort__call_from)

#ifndef _WIN32
/*
 * _Noreturn void gort__go(const struct gort__regs *regs)
 * In: on the stack. Jumps to the frame's pc with its registers; the direction
 * flag is as calls want it. Clobbers eax, ecx.
 */
HIDDEN_FUNC(gort__go)
	.cfi_startproc
	.cfi_undefined %eip
	LANDING
	movl	4(%esp), %ecx
	movl	REGS_BX(%ecx), %ebx
	movl	REGS_BP(%ecx), %ebp
	movl	REGS_SI(%ecx), %esi
	movl	REGS_DI(%ecx), %edi
	movl	REGS_PC(%ecx), %eax
	movl	REGS_SP(%ecx), %esp
	cld
	jmp	*%eax
	.cfi_endproc
END(gort__go)
#endif

/*
 * _Noreturn void gort__return_to(const struct gort__regs *regs,
 *     const struct gort__result *r)
 * In: on the stack. Goes on at the frame's pc with its registers, and r in the
 * registers of results; all is read before the stack pointer moves. On Windows
 * r->more is the head of the list of exception handlers.
 */
HIDDEN_FUNC(gort__return_to)
	.cfi_startproc
	.cfi_undefined %eip
	LANDING
	movl	4(%esp), %ecx
	movl	8(%esp), %edx
#ifdef _WIN32
	movl	RESULT_MORE(%edx), %eax
	testl	%eax, %eax
	jz	2f
	movl	(%eax), %eax
	movl	%eax, %fs:0
2:
#endif
	movl	REGS_BX(%ecx), %ebx
	movl	REGS_BP(%ecx), %ebp
	movl	REGS_SI(%ecx), %esi
	movl	REGS_DI(%ecx), %edi
	cmpl	$0, RESULT_X87(%edx)
	je	1f
	fldt	RESULT_ST(%edx)
1:	movl	RESULT_GPR(%edx), %eax
	movl	(RESULT_GPR + 4)(%edx), %edx
	pushl	REGS_PC(%ecx)
	movl	REGS_SP(%ecx), %ecx
	popl	-4(%ecx)
	leal	-4(%ecx), %esp
	cld
	ret
	.cfi_endproc
END(gort__return_to)

/*
 * void gort__defer_slow(struct gort__scope *s, gort_func *fn, void *arg)
 * In: on the stack. Stores the caller's registers in a new scope, as
 * gort__getregs does, on Windows also the head of the list of exception
 * handlers; goes on in gort__defer_noted with the same arguments. Clobbers
 * eax, ecx.
 */
FUNC(gort__defer_slow)
	.cfi_startproc
	LANDING
	movl	4(%esp), %ecx
	cmpl	$0, SCOPE_NEXT(%ecx)
	jne	1f
	movl	(%esp), %eax
	movl	%eax, (SCOPE_REGS + REGS_PC)(%ecx)
	leal	4(%esp), %eax
	movl	%eax, (SCOPE_REGS + REGS_SP)(%ecx)
	movl	%ebx, (SCOPE_REGS + REGS_BX)(%ecx)
	movl	%ebp, (SCOPE_REGS + REGS_BP)(%ecx)
	movl	%esi, (SCOPE_REGS + REGS_SI)(%ecx)
	movl	%edi, (SCOPE_REGS + REGS_DI)(%ecx)
#ifdef _WIN32
	movl	%fs:0, %eax
	movl	%eax, (SCOPE_REGS + REGS_R + 16)(%ecx)
#endif
1:	jmp	SYM(gort__defer_noted)
	.cfi_endproc
END(gort__defer_slow)
