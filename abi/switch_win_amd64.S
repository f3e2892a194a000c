/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Switching stacks: Windows amd64. See gort/switch.h, switch.h and, for the
 * reasons, switch_sysv_amd64.S. The TEB's StackBase, StackLimit and
 * DeallocationStack follow, as the system looks there when it grows a stack
 * and when it handles an exception; so does its ExceptionList, which wine's
 * own functions use here as on 386.
 */
#include "asm.h"

/* winternl.h, NT_TIB and TEB */
#define TEB_SEH %gs:0 /* and StackBase, the next word */
#define TEB_LIMIT %gs:0x10
#define TEB_DEALLOCATION %gs:0x1478

/* the parked stack: xmm6-xmm15 and a pad, then eight registers */
#define PARKED_XMM 168

	.data
	PRIVATE(gort__switch_watch)
SYM(gort__switch_watch):
	.byte	0

	.text

/* Push what calls preserve. rsp is 16-aligned after it. */
.macro SAVE
	pushq	%rbp
	.seh_pushreg %rbp
	pushq	%rbx
	.seh_pushreg %rbx
	pushq	%rsi
	.seh_pushreg %rsi
	pushq	%rdi
	.seh_pushreg %rdi
	pushq	%r12
	.seh_pushreg %r12
	pushq	%r13
	.seh_pushreg %r13
	pushq	%r14
	.seh_pushreg %r14
	pushq	%r15
	.seh_pushreg %r15
	subq	$PARKED_XMM, %rsp
	.seh_stackalloc PARKED_XMM
	movaps	%xmm6, (%rsp)
	.seh_savexmm %xmm6, 0
	movaps	%xmm7, 16(%rsp)
	.seh_savexmm %xmm7, 16
	movaps	%xmm8, 32(%rsp)
	.seh_savexmm %xmm8, 32
	movaps	%xmm9, 48(%rsp)
	.seh_savexmm %xmm9, 48
	movaps	%xmm10, 64(%rsp)
	.seh_savexmm %xmm10, 64
	movaps	%xmm11, 80(%rsp)
	.seh_savexmm %xmm11, 80
	movaps	%xmm12, 96(%rsp)
	.seh_savexmm %xmm12, 96
	movaps	%xmm13, 112(%rsp)
	.seh_savexmm %xmm13, 112
	movaps	%xmm14, 128(%rsp)
	.seh_savexmm %xmm14, 128
	movaps	%xmm15, 144(%rsp)
	.seh_savexmm %xmm15, 144
	.seh_endprologue
.endm

/*
 * The TEB's words and the gobuf's lie in the same order, ExceptionList and
 * StackBase as 16 bytes: what bounds a switch, beside the return that is
 * mispredicted, is how many accesses to memory come before it.
 */

/* Note the TEB's words in the gobuf at rcx. Clobbers rax, xmm0. */
.macro GET_TEB
	movups	TEB_SEH, %xmm0
	movups	%xmm0, GOBUF_SEH(%rcx)
	movq	TEB_LIMIT, %rax
	movq	%rax, GOBUF_LO(%rcx)
	movq	TEB_DEALLOCATION, %rax
	movq	%rax, GOBUF_AUX(%rcx)
.endm

/*
 * To \else unless that is what the gobuf says. So it is for the most part, and
 * noting it again at each switch would be a chain of loads that wait for
 * stores. Clobbers rax, xmm0, xmm1.
 */
.macro CMP_TEB else
	movups	TEB_SEH, %xmm0
	movups	GOBUF_SEH(%rcx), %xmm1
	pcmpeqb	%xmm0, %xmm1
	pmovmskb %xmm1, %eax
	cmpl	$0xffff, %eax
	jne	\else
	movq	TEB_LIMIT, %rax
	cmpq	GOBUF_LO(%rcx), %rax
	jne	\else
	movq	TEB_DEALLOCATION, %rax
	cmpq	GOBUF_AUX(%rcx), %rax
	jne	\else
.endm

/*
 * Park in the gobuf at rcx. Clobbers rax, xmm0, xmm1. Behind the function's
 * last jump stands PARK_NEW.
 */
.macro PARK
	leaq	.Lback(%rip), %rax
	movq	%rax, GOBUF_PC(%rcx)
	movq	%rsp, GOBUF_SP(%rcx)
	movq	%rbp, GOBUF_FP(%rcx)
	CMP_TEB	7f
8:
.endm
.macro PARK_NEW
7:	GET_TEB
	jmp	8b
.endm

/* Make the TEB say what the gobuf at \to does. Clobbers rax, xmm0. */
.macro SET_TEB to
	movups	GOBUF_SEH(\to), %xmm0
	movups	%xmm0, TEB_SEH
	movq	GOBUF_LO(\to), %rax
	movq	%rax, TEB_LIMIT
	movq	GOBUF_AUX(\to), %rax
	movq	%rax, TEB_DEALLOCATION
.endm

/*
 * void gort_switch(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: rcx, rdx. Parks the caller in from, goes on with to; returns when
 * somebody goes on with from. Preserves what the convention says a call
 * preserves: rbx rbp rsi rdi r12-r15 xmm6-xmm15.
 * Unwind: an ordinary frame; once the stack pointer is the other's, the
 * frame of the other's gort_switch.
 * The return is mispredicted, so all that it waits for counts: the other's
 * stack pointer is loaded first of all (1.5 ns a pair), and the registers of
 * both kinds are loaded by turns (1 ns).
 */
FUNC(gort_switch)
	.seh_proc gort_switch
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	SYM(gort__switch_watched)
	PRIVATE_ENTRY(gort__switch_raw)
	movq	GOBUF_SP(%rdx), %r9
	SAVE
	PARK
	SET_TEB	%rdx
	movq	GOBUF_FP(%rdx), %rbp
	movq	GOBUF_PC(%rdx), %rax
	movq	%r9, %rsp
	jmp	*%rax
	int3
	.p2align 5, 0xcc
.Lback:
	movaps	(%rsp), %xmm6
	movq	PARKED_XMM(%rsp), %r15
	movaps	16(%rsp), %xmm7
	movq	PARKED_XMM+8(%rsp), %r14
	movaps	32(%rsp), %xmm8
	movq	PARKED_XMM+16(%rsp), %r13
	movaps	48(%rsp), %xmm9
	movq	PARKED_XMM+24(%rsp), %r12
	movaps	64(%rsp), %xmm10
	movq	PARKED_XMM+32(%rsp), %rdi
	movaps	80(%rsp), %xmm11
	movq	PARKED_XMM+40(%rsp), %rsi
	movaps	96(%rsp), %xmm12
	movq	PARKED_XMM+48(%rsp), %rbx
	movaps	112(%rsp), %xmm13
	movq	PARKED_XMM+56(%rsp), %rbp
	movaps	128(%rsp), %xmm14
	movaps	144(%rsp), %xmm15
	addq	$PARKED_XMM+64, %rsp
	ret
	PARK_NEW
	.seh_endproc
END(gort_switch)

/*
 * void gort_switch_fp(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: rcx, rdx. gort_switch, with MXCSR and the x87 control word kept on the
 * parked stack. Clobbers as that. Unwind: an ordinary frame.
 */
FUNC(gort_switch_fp)
	.seh_proc gort_switch_fp
	subq	$56, %rsp
	.seh_stackalloc 56
	.seh_endprologue
	stmxcsr	40(%rsp)
	fnstcw	44(%rsp)
	call	SYM(gort_switch)
	ldmxcsr	40(%rsp)
	fldcw	44(%rsp)
	addq	$56, %rsp
	ret
	.seh_endproc
END(gort_switch_fp)

/*
 * _Noreturn void gort_gogo(struct gort_gobuf *to)
 * In: rcx. Goes on with to; every register but its three words is lost.
 * Unwind: a leaf, until the stack is the other's.
 */
FUNC(gort_gogo)
	.seh_proc gort_gogo
	.seh_endprologue
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	SYM(gort__gogo_watched)
	jmp	SYM(gort__gogo_raw)
	.seh_endproc
END(gort_gogo)

HIDDEN_FUNC(gort__gogo_raw)
	.seh_proc gort__gogo_raw
	.seh_endprologue
	SET_TEB	%rcx
	movq	GOBUF_FP(%rcx), %rbp
	movq	GOBUF_PC(%rcx), %rax
	movq	GOBUF_SP(%rcx), %rsp
	jmp	*%rax
	.seh_endproc
END(gort__gogo_raw)

/*
 * void gort_gosave(struct gort_gobuf *buf)
 * In: rcx. The return address, sp and fp as after the return, and the TEB's
 * words. Clobbers rax, xmm0. Unwind: a leaf.
 */
FUNC(gort_gosave)
	.seh_proc gort_gosave
	.seh_endprologue
	movq	(%rsp), %rax
	movq	%rax, GOBUF_PC(%rcx)
	leaq	8(%rsp), %rax
	movq	%rax, GOBUF_SP(%rcx)
	movq	%rbp, GOBUF_FP(%rcx)
	GET_TEB
	ret
	.seh_endproc
END(gort_gosave)

/*
 * void gort_mcall(struct gort_gobuf *from, struct gort_gobuf *to,
 *     gort_func *fn, void *arg)
 * In: rcx, rdx, r8, r9. Parks the caller in from as gort_switch does, then
 * calls fn(arg) below to's stack pointer. fn does not return.
 * Unwind: the caller, until the stack is the other's; then mcall_run, whose
 * return address is to's pc, 16 bytes below to's sp.
 */
FUNC(gort_mcall)
	.seh_proc gort_mcall
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	SYM(gort__mcall_watched)
	jmp	SYM(gort__mcall_raw)
	.seh_endproc
END(gort_mcall)

HIDDEN_FUNC(gort__mcall_raw)
	.seh_proc gort__mcall_raw
	SAVE
	PARK
	SET_TEB	%rdx
	movq	GOBUF_FP(%rdx), %rbp
	movq	GOBUF_SP(%rdx), %rsp
	pushq	GOBUF_PC(%rdx)
	jmp	mcall_run
	PARK_NEW
	.seh_endproc
END(gort__mcall_raw)

	.seh_proc mcall_run
mcall_run:
	subq	$40, %rsp
	.seh_stackalloc 40
	.seh_endprologue
	movq	%r9, %rcx
	call	*%r8
	call	SYM(gort__badmcall)
	hlt
	.seh_endproc

/*
 * gort__gostart: where a new stack begins; not called. In: 32(%rsp) = arg,
 * 40(%rsp) = fn, 56(%rsp) = 0, rsp 16-aligned, rbp = 0. Calls fn(arg), which
 * does not return. Unwind: the outermost frame, whose return address is 0 and
 * whose handler is the last. Contexts start at the byte after the first.
 */
HIDDEN_FUNC(gort__gostart)
	.seh_proc gort__gostart
	.seh_handler gort__stack_unhandled, @except
	.seh_stackalloc 56
	.seh_endprologue
	int3
	movq	32(%rsp), %rcx
	movq	40(%rsp), %rdx
	cmpb	$0, SYM(gort__switch_watch)(%rip)
	jne	1f
	call	*%rdx
	call	SYM(gort__badgostart)
1:	call	SYM(gort__gostart_watched)
	hlt
	.seh_endproc
END(gort__gostart)
