/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gcc's split stacks on amd64 Linux with glibc, which keeps the word at
 * %fs:0x70 for them. See split.h.
 *
 * The convention of __morestack, from what gcc emits: r10 = bytes that the
 * function's frame needs, r11 = bytes of its stack arguments, which begin at
 * 16(%rsp); every other register belongs to the function (rax too: the count
 * of vector arguments, or the static chain). The return address is that of a
 * ret; the function's body begins one byte further. A variadic function finds
 * its arguments at 24(%rbp) then, where rbp was set first of all here.
 */
#include "asm.h"

#define LIMIT %fs:0x70

/* room beside the function's own frame: what it may take without asking, and
   the alignment of its arguments */
#define SPLIT_MORE (SPLIT_RESERVE + 256 + 64)

/* what code that does not ask gets, where gold finds a call of such */
#define NON_SPLIT 65536

/* the slow way's save area, from rsp */
#define SAVE_GPR 128
#define SAVE_SIZE 208

	.text

/*
 * void gort__split_limit(const char *lo)
 * In: rdi. Clobbers rax. Unwind: a leaf.
 */
HIDDEN_FUNC(gort__split_limit)
	.cfi_startproc
	LANDING
	leaq	SPLIT_RESERVE(%rdi), %rax
	testq	%rdi, %rdi
	cmovzq	%rdi, %rax
	movq	%rax, LIMIT
	ret
	.cfi_endproc
END(gort__split_limit)

/*
 * gort__morestack_split
 * In: as __morestack. Takes a segment, copies the stack arguments, calls the
 * body there, gives the segment back and returns the body's results (rax rdx
 * xmm0 xmm1, x87). No signal is blocked and nothing is called while the g
 * keeps a segment that is big enough.
 * Unwind: an rbp frame on the old stack, called from the function's prologue.
 */
	.p2align 6
FUNC(gort__morestack_split)
	.cfi_startproc
	.cfi_personality 0x1b, gort__morestack_personality
	LANDING
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	movq	%rsp, %rbp
	.cfi_def_cfa_register %rbp
	pushq	%rbx
	.cfi_offset %rbx, -24
	pushq	%r12
	.cfi_offset %r12, -32
	pushq	%r13
	.cfi_offset %r13, -40
	pushq	%r14
	.cfi_offset %r14, -48
	movq	gort__tls_offset(%rip), %rbx
	testq	%rbx, %rbx
	jz	.Lslow
	movq	%fs:(%rbx), %rbx
	testq	%rbx, %rbx
	jz	.Lslow
	movq	CTX_FREESEG(%rbx), %r12
	testq	%r12, %r12
	jz	.Lslow
	movq	SEG_AT+PTR(%r12), %r13
	subq	SEG_AT(%r12), %r13
	leaq	SPLIT_MORE(%r10,%r11), %r14
	cmpq	%r14, %r13
	jb	.Lslow
	/* from the list of those kept to that of those in use */
	movq	SEG_LINK(%r12), %r13
	movq	%r13, CTX_FREESEG(%rbx)
	movq	CTX_SEG(%rbx), %r13
	movq	%r13, SEG_LINK(%r12)
	movq	%r12, CTX_SEG(%rbx)
	movq	CTX_STACK(%rbx), %r13
	movq	%r13, SEG_FROM(%r12)
	movq	CTX_STACK+PTR(%rbx), %r13
	movq	%r13, SEG_FROM+PTR(%r12)
	movq	SEG_AT(%r12), %r13
	movq	%r13, CTX_STACK(%rbx)
	leaq	SPLIT_RESERVE(%r13), %r13
	movq	%r13, LIMIT
	movq	SEG_AT+PTR(%r12), %r13
	movq	%r13, CTX_STACK+PTR(%rbx)
.Lgo:
	/* r12 = segment, r11 = bytes of arguments */
	movq	SEG_AT+PTR(%r12), %r13
	leaq	15(%r11), %r10
	andq	$-16, %r10
	subq	%r10, %r13
	testq	%r11, %r11
	jz	2f
1:	movq	16(%rbp,%r11), %r14
	movq	%r14, -8(%r13,%r11)
	subq	$8, %r11
	jnz	1b
2:	movq	8(%rbp), %r10
	incq	%r10
	movq	%r13, %rsp
	notrack call *%r10
	movq	gort__tls_offset(%rip), %rcx
	testq	%rcx, %rcx
	jz	.Lslow_out
	movq	%fs:(%rcx), %rcx
	cmpq	%r12, CTX_SEG(%rcx)
	jne	.Lslow_out
	movq	SEG_LINK(%r12), %rsi
	movq	%rsi, CTX_SEG(%rcx)
	movq	CTX_FREESEG(%rcx), %rsi
	movq	%rsi, SEG_LINK(%r12)
	movq	%r12, CTX_FREESEG(%rcx)
	movq	SEG_FROM+PTR(%r12), %rsi
	movq	%rsi, CTX_STACK+PTR(%rcx)
	movq	SEG_FROM(%r12), %rsi
	movq	%rsi, CTX_STACK(%rcx)
	leaq	SPLIT_RESERVE(%rsi), %rdi
	testq	%rsi, %rsi
	cmovzq	%rsi, %rdi
	movq	%rdi, LIMIT
.Lout:
	leaq	-32(%rbp), %rsp
	popq	%r14
	.cfi_restore %r14
	popq	%r13
	.cfi_restore %r13
	popq	%r12
	.cfi_restore %r12
	popq	%rbx
	.cfi_restore %rbx
	popq	%rbp
	.cfi_restore %rbp
	.cfi_def_cfa %rsp, 8
	ret

	/* ask C, with every argument register kept */
	.cfi_def_cfa %rbp, 16
	.cfi_offset %rbp, -16
	.cfi_offset %rbx, -24
	.cfi_offset %r12, -32
	.cfi_offset %r13, -40
	.cfi_offset %r14, -48
.Lslow:
	subq	$SAVE_SIZE, %rsp
	andq	$-16, %rsp
	movups	%xmm0, (%rsp)
	movups	%xmm1, 16(%rsp)
	movups	%xmm2, 32(%rsp)
	movups	%xmm3, 48(%rsp)
	movups	%xmm4, 64(%rsp)
	movups	%xmm5, 80(%rsp)
	movups	%xmm6, 96(%rsp)
	movups	%xmm7, 112(%rsp)
	movq	%rax, SAVE_GPR(%rsp)
	movq	%rdi, SAVE_GPR+8(%rsp)
	movq	%rsi, SAVE_GPR+16(%rsp)
	movq	%rdx, SAVE_GPR+24(%rsp)
	movq	%rcx, SAVE_GPR+32(%rsp)
	movq	%r8, SAVE_GPR+40(%rsp)
	movq	%r9, SAVE_GPR+48(%rsp)
	movq	%r11, SAVE_GPR+56(%rsp)
	leaq	SPLIT_MORE(%r10,%r11), %rdi
	call	gort__split_enter
	movq	%rax, %r12
	movups	(%rsp), %xmm0
	movups	16(%rsp), %xmm1
	movups	32(%rsp), %xmm2
	movups	48(%rsp), %xmm3
	movups	64(%rsp), %xmm4
	movups	80(%rsp), %xmm5
	movups	96(%rsp), %xmm6
	movups	112(%rsp), %xmm7
	movq	SAVE_GPR(%rsp), %rax
	movq	SAVE_GPR+8(%rsp), %rdi
	movq	SAVE_GPR+16(%rsp), %rsi
	movq	SAVE_GPR+24(%rsp), %rdx
	movq	SAVE_GPR+32(%rsp), %rcx
	movq	SAVE_GPR+40(%rsp), %r8
	movq	SAVE_GPR+48(%rsp), %r9
	movq	SAVE_GPR+56(%rsp), %r11
	jmp	.Lgo

	/* the g has another newest segment, or its word is not reached so:
	   on the segment, which has room, with the results kept */
.Lslow_out:
	subq	$48, %rsp
	movups	%xmm0, (%rsp)
	movups	%xmm1, 16(%rsp)
	movq	%rax, 32(%rsp)
	movq	%rdx, 40(%rsp)
	movq	%r12, %rdi
	call	gort__split_leave
	movups	(%rsp), %xmm0
	movups	16(%rsp), %xmm1
	movq	32(%rsp), %rax
	movq	40(%rsp), %rdx
	jmp	.Lout
	.cfi_endproc
END(gort__morestack_split)

/*
 * gort__morestack_non_split
 * In: as __morestack. gold sends the prologue of each function here, always,
 * that calls code which does not ask. Where the stack has room for such code
 * the body begins on it, at once; a variadic function, which wants rbp set as
 * gort__morestack_split does, takes a segment in any case (its first
 * instruction then is leaq 24(%rbp), %r11). Preserves all but r10, r11, flags.
 * Unwind: a leaf.
 */
FUNC(gort__morestack_non_split)
	.cfi_startproc
	LANDING
	addq	$NON_SPLIT, %r10
	pushq	%rax
	.cfi_adjust_cfa_offset 8
	movq	%rsp, %rax
	subq	%r10, %rax
	subq	LIMIT, %rax
	js	1f
	movq	8(%rsp), %rax
	cmpl	$0x185d8d4c, 1(%rax)
	je	1f
	popq	%rax
	.cfi_adjust_cfa_offset -8
	incq	(%rsp)
	ret
	.cfi_adjust_cfa_offset 8
1:	popq	%rax
	.cfi_adjust_cfa_offset -8
	jmp	gort__morestack_split
	.cfi_endproc
END(gort__morestack_non_split)
