/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Switching stacks: System V amd64. See gort/switch.h and switch.h.
 */
#include "asm.h"

/* what gort_switch and gort_mcall have on the parked stack: return address,
   rbp rbx r12 r13 r14 r15 */
#define PARKED 56

/* psABI, figure 3.36: 3 rbx, 5 rdi, 6 rbp, 7 rsp, 16 rip; DWARF 5, 7.7.1 */
#define DW_OP_deref 0x06
#define DW_OP_plus_uconst 0x23
#define DW_OP_breg3 0x73
#define DW_OP_breg5 0x75
#define DW_CFA_def_cfa_expression 0x0f
#define DW_CFA_expression 0x10

	.data
	PRIVATE(gort__switch_watch)
SYM(gort__switch_watch):
	.byte	0
	END(gort__switch_watch)

	.text

/* Push what calls preserve and park in the gobuf at rdi. Clobbers rax. */
.macro PARK
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
	leaq	L(back)(%rip), %rax
	movq	%rax, GOBUF_PC(%rdi)
	movq	%rsp, GOBUF_SP(%rdi)
	movq	%rbp, GOBUF_FP(%rdi)
	/* from here to the jump, the caller is found through the gobuf: */
	/* CFA = *(rdi + GOBUF_SP) + PARKED */
	.cfi_escape DW_CFA_def_cfa_expression, 5, DW_OP_breg5, GOBUF_SP, DW_OP_deref, DW_OP_plus_uconst, PARKED
.endm

/*
 * void gort_switch(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: rdi, rsi. Parks the caller in from, goes on with to; returns when
 * somebody goes on with from. Preserves what the psABI says a call
 * preserves; flags, vector and x87 registers are lost.
 * Unwind: an ordinary frame; once the stack pointer is the other's, by the
 * words in from. A parked one goes on at L(back), with the byte before it in
 * the same unwind row, as unwinders look there.
 * The classic form: the return is mispredicted, once. Popping the address and
 * jumping instead costs a misprediction for each frame above.
 */
FUNC(gort_switch)
L(switch):
	.cfi_startproc
	LANDING
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	SYM(gort__switch_watched)
	PRIVATE_ENTRY(gort__switch_raw)
	PARK
	movq	GOBUF_FP(%rsi), %rbp
	movq	GOBUF_PC(%rsi), %rax
	movq	GOBUF_SP(%rsi), %rsp
	jmp	*%rax
	.cfi_def_cfa %rsp, PARKED
	int3
L(back):
	LANDING
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
	ret
	.cfi_endproc
END(gort_switch)

/*
 * void gort_switch_fp(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: rdi, rsi. gort_switch, with MXCSR and the x87 control word kept on the
 * parked stack. Clobbers as that. Unwind: an ordinary frame.
 */
FUNC(gort_switch_fp)
	.cfi_startproc
	LANDING
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	call	L(switch)
	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
END(gort_switch_fp)

/*
 * _Noreturn void gort_gogo(struct gort_gobuf *to)
 * In: rdi. Goes on with to; every register but its three words is lost.
 * Unwind: the caller's frame, through rcx once the stack is the other's.
 */
FUNC(gort_gogo)
	.cfi_startproc
	LANDING
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	SYM(gort__gogo_watched)
	PRIVATE_ENTRY(gort__gogo_raw)
	movq	%rsp, %rcx
	.cfi_def_cfa %rcx, 8
	movq	%rbp, %rdx
	.cfi_register %rbp, %rdx
	movq	GOBUF_FP(%rdi), %rbp
	movq	GOBUF_PC(%rdi), %rax
	movq	GOBUF_SP(%rdi), %rsp
	jmp	*%rax
	.cfi_endproc
END(gort_gogo)

/*
 * void gort_gosave(struct gort_gobuf *buf)
 * In: rdi. The return address, and sp and fp as after the return. Clobbers
 * rax, and where somebody watches what a call does. Unwind: a leaf.
 */
FUNC(gort_gosave)
	.cfi_startproc
	LANDING
	movq	(%rsp), %rax
	movq	%rax, GOBUF_PC(%rdi)
	leaq	8(%rsp), %rax
	movq	%rax, GOBUF_SP(%rdi)
	movq	%rbp, GOBUF_FP(%rdi)
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	SYM(gort__gosave_watched)
	ret
	.cfi_endproc
END(gort_gosave)

/*
 * void gort_mcall(struct gort_gobuf *from, struct gort_gobuf *to,
 *     gort_func *fn, void *arg)
 * In: rdi, rsi, rdx, rcx. Parks the caller in from as gort_switch does, then
 * calls fn(arg) below to's stack pointer. fn does not return.
 * Unwind: until the stack is the other's, the caller; then to, whose three
 * words are found through rbx.
 */
FUNC(gort_mcall)
	.cfi_startproc
	LANDING
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	SYM(gort__mcall_watched)
	PRIVATE_ENTRY(gort__mcall_raw)
	PARK
	movq	%rsi, %rbx
	movq	GOBUF_FP(%rbx), %rbp
	movq	GOBUF_SP(%rbx), %rsp
	/* CFA = *(rbx + GOBUF_SP); rip and rbp at rbx + ... */
	.cfi_escape DW_CFA_def_cfa_expression, 3, DW_OP_breg3, GOBUF_SP, DW_OP_deref
	.cfi_escape DW_CFA_expression, 16, 2, DW_OP_breg3, GOBUF_PC
	.cfi_escape DW_CFA_expression, 6, 2, DW_OP_breg3, GOBUF_FP
	.cfi_undefined %rbx
	.cfi_undefined %r12
	.cfi_undefined %r13
	.cfi_undefined %r14
	.cfi_undefined %r15
	andq	$-16, %rsp
	movq	%rcx, %rdi
	call	*%rdx
	call	SYM(gort__badmcall)
	hlt
	.cfi_endproc
END(gort_mcall)

/*
 * gort__gostart: where a new stack begins; not called. In: (rsp) = arg,
 * 8(rsp) = fn, rsp 16-aligned, rbp = 0. Calls fn(arg), which does not return.
 * Unwind: the outermost frame. Contexts start at the byte after the first,
 * so that a context which has not run yet is found in this frame too.
 */
HIDDEN_FUNC(gort__gostart)
	.cfi_startproc
	.cfi_undefined %rip
	int3
	LANDING
	movq	(%rsp), %rdi
	movq	8(%rsp), %rax
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	L(watched)
	call	*%rax
	call	SYM(gort__badgostart)
L(watched):
	movq	%rax, %rsi
	call	SYM(gort__gostart_watched)
	hlt
	.cfi_endproc
END(gort__gostart)
