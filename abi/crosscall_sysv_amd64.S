/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calling code that keeps no register: System V amd64 (psABI, figure 3.4:
 * rbx rbp r12-r15 belong to the caller).
 */
#include "asm.h"

	.text

/* rsp is 16-aligned after it; no immediates: Mach-O macros take $8 for an
   argument */
.macro SAVE
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0
	leaq	-8(%rsp), %rsp
	.cfi_adjust_cfa_offset 8
.endm

.macro RESTORE
	leaq	8(%rsp), %rsp
	.cfi_adjust_cfa_offset -8
	popq	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	popq	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	popq	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	popq	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
.endm

/*
 * void gort__crosscall(void (*fn)(void *arg), void *arg)
 * In: rdi, rsi. fn gets arg in rdi. Preserves rbx rbp r12-r15, whatever fn
 * does to them. Unwind: a frame by rsp, as fn may destroy rbp.
 */
FUNC(gort__crosscall)
	.cfi_startproc
	LANDING
	SAVE
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax
	RESTORE
	ret
	.cfi_endproc
END(gort__crosscall)

/*
 * void gort__crosscall2(void (*fn)(void *arg, int argsize, uintptr_t ctxt),
 *     void *arg, int argsize, uintptr_t ctxt)
 * In: rdi, rsi, edx, rcx. fn gets rdi = arg, esi = argsize, rdx = ctxt. Else
 * as gort__crosscall.
 */
FUNC(gort__crosscall2)
	.cfi_startproc
	LANDING
	SAVE
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movl	%edx, %esi
	movq	%rcx, %rdx
	call	*%rax
	RESTORE
	ret
	.cfi_endproc
END(gort__crosscall2)
