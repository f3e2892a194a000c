/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Switching stacks: Windows 386. See gort/switch.h, switch.h and, for the
 * reasons, switch_sysv_amd64.S. The TEB's StackBase, StackLimit and
 * DeallocationStack follow, as the system looks there when it grows a stack
 * and when it handles an exception; so does the list of exception
 * registrations, which lie on the stack.
 */
#include "asm.h"

/* what gort_switch and gort_mcall have on the parked stack: return address,
   ebp ebx esi edi; and where their arguments are then, from esp */
#define PARKED 20
#define IN_FROM 20
#define IN_TO 24
#define IN_FN 28
#define IN_ARG 32

/* winternl.h, NT_TIB and TEB */
#define TEB_SEH %fs:0
#define TEB_BASE %fs:0x04
#define TEB_LIMIT %fs:0x08
#define TEB_DEALLOCATION %fs:0xe0c

/* psABI, table 2.14: 1 ecx, 3 ebx, 5 ebp, 8 eip; DWARF 5, 7.7.1 */
#define DW_OP_deref 0x06
#define DW_OP_plus_uconst 0x23
#define DW_OP_breg1 0x71
#define DW_OP_breg3 0x73
#define DW_CFA_def_cfa_expression 0x0f
#define DW_CFA_expression 0x10

	.data
	PRIVATE(gort__switch_watch)
SYM(gort__switch_watch):
	.byte	0

	.text

/* Note the TEB's words in the gobuf at \from. Clobbers eax. */
.macro GET_TEB from
	movl	TEB_LIMIT, %eax
	movl	%eax, GOBUF_LO(\from)
	movl	TEB_BASE, %eax
	movl	%eax, GOBUF_HI(\from)
	movl	TEB_DEALLOCATION, %eax
	movl	%eax, GOBUF_AUX(\from)
	movl	TEB_SEH, %eax
	movl	%eax, GOBUF_SEH(\from)
.endm

/* Make the TEB say what the gobuf at \to does. Clobbers eax. */
.macro SET_TEB to
	movl	GOBUF_LO(\to), %eax
	movl	%eax, TEB_LIMIT
	movl	GOBUF_HI(\to), %eax
	movl	%eax, TEB_BASE
	movl	GOBUF_AUX(\to), %eax
	movl	%eax, TEB_DEALLOCATION
	movl	GOBUF_SEH(\to), %eax
	movl	%eax, TEB_SEH
.endm

/*
 * Push what calls preserve and park in from; ecx = from, edx = to. Clobbers
 * eax.
 */
.macro PARK
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebx, 0
	pushl	%esi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %esi, 0
	pushl	%edi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %edi, 0
	movl	IN_FROM(%esp), %ecx
	movl	IN_TO(%esp), %edx
	movl	$.Lback, GOBUF_PC(%ecx)
	movl	%esp, GOBUF_SP(%ecx)
	movl	%ebp, GOBUF_FP(%ecx)
	GET_TEB	%ecx
	/* CFA = *(ecx + GOBUF_SP) + PARKED */
	.cfi_escape DW_CFA_def_cfa_expression, 5, DW_OP_breg1, GOBUF_SP, DW_OP_deref, DW_OP_plus_uconst, PARKED
.endm

/*
 * void gort_switch(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: on the stack. Parks the caller in from, goes on with to; returns when
 * somebody goes on with from. Preserves ebx ebp esi edi.
 * Unwind: an ordinary frame; once the stack pointer is the other's, by the
 * words in from, which ecx points to.
 */
FUNC(gort_switch)
.Lswitch:
	.cfi_startproc
	LANDING
	cmpb	$0, SYM(gort__switch_watch)
	jne	SYM(gort__switch_watched)
	PRIVATE_ENTRY(gort__switch_raw)
	PARK
	SET_TEB	%edx
	movl	GOBUF_FP(%edx), %ebp
	movl	GOBUF_PC(%edx), %eax
	movl	GOBUF_SP(%edx), %esp
	jmp	*%eax
	.cfi_def_cfa %esp, PARKED
	int3
.Lback:
	LANDING
	popl	%edi
	.cfi_adjust_cfa_offset -4
	.cfi_restore %edi
	popl	%esi
	.cfi_adjust_cfa_offset -4
	.cfi_restore %esi
	popl	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebx
	popl	%ebp
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebp
	ret
	.cfi_endproc
END(gort_switch)

/*
 * void gort_switch_fp(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: on the stack. gort_switch, with MXCSR and the x87 control word kept on
 * the parked stack. Clobbers as that. Unwind: an ordinary frame.
 */
FUNC(gort_switch_fp)
	.cfi_startproc
	LANDING
	subl	$28, %esp
	.cfi_adjust_cfa_offset 28
	stmxcsr	16(%esp)
	fnstcw	20(%esp)
	movl	32(%esp), %eax
	movl	%eax, (%esp)
	movl	36(%esp), %eax
	movl	%eax, 4(%esp)
	call	.Lswitch
	ldmxcsr	16(%esp)
	fldcw	20(%esp)
	addl	$28, %esp
	.cfi_adjust_cfa_offset -28
	ret
	.cfi_endproc
END(gort_switch_fp)

/*
 * _Noreturn void gort_gogo(struct gort_gobuf *to)
 * In: on the stack. Goes on with to; every register but its three words is
 * lost. Unwind: the caller's frame, through ecx once the stack is the other's.
 */
FUNC(gort_gogo)
	.cfi_startproc
	LANDING
	cmpb	$0, SYM(gort__switch_watch)
	jne	SYM(gort__gogo_watched)
	PRIVATE_ENTRY(gort__gogo_raw)
	movl	%esp, %ecx
	.cfi_def_cfa %ecx, 4
	movl	%ebp, %ebx
	.cfi_register %ebp, %ebx
	movl	4(%ecx), %edx
	SET_TEB	%edx
	movl	GOBUF_FP(%edx), %ebp
	movl	GOBUF_SP(%edx), %esp
	movl	GOBUF_PC(%edx), %eax
	jmp	*%eax
	.cfi_endproc
END(gort_gogo)

/*
 * void gort_gosave(struct gort_gobuf *buf)
 * In: on the stack. The return address, sp and fp as after the return, and
 * the TEB's words. Clobbers eax, ecx. Unwind: a leaf.
 */
FUNC(gort_gosave)
	.cfi_startproc
	LANDING
	movl	4(%esp), %ecx
	movl	(%esp), %eax
	movl	%eax, GOBUF_PC(%ecx)
	leal	4(%esp), %eax
	movl	%eax, GOBUF_SP(%ecx)
	movl	%ebp, GOBUF_FP(%ecx)
	GET_TEB	%ecx
	ret
	.cfi_endproc
END(gort_gosave)

/*
 * void gort_mcall(struct gort_gobuf *from, struct gort_gobuf *to,
 *     gort_func *fn, void *arg)
 * In: on the stack. Parks the caller in from as gort_switch does, then calls
 * fn(arg) below to's stack pointer. fn does not return.
 * Unwind: until the stack is the other's, the caller; then to, whose three
 * words are found through ebx.
 */
FUNC(gort_mcall)
	.cfi_startproc
	LANDING
	cmpb	$0, SYM(gort__switch_watch)
	jne	SYM(gort__mcall_watched)
	PRIVATE_ENTRY(gort__mcall_raw)
	PARK
	movl	IN_FN(%esp), %esi
	movl	IN_ARG(%esp), %edi
	movl	%edx, %ebx
	SET_TEB	%ebx
	movl	GOBUF_FP(%ebx), %ebp
	movl	GOBUF_SP(%ebx), %esp
	/* CFA = *(ebx + GOBUF_SP); eip and ebp at ebx + ... */
	.cfi_escape DW_CFA_def_cfa_expression, 3, DW_OP_breg3, GOBUF_SP, DW_OP_deref
	.cfi_escape DW_CFA_expression, 8, 2, DW_OP_breg3, GOBUF_PC
	.cfi_escape DW_CFA_expression, 5, 2, DW_OP_breg3, GOBUF_FP
	.cfi_undefined %ebx
	.cfi_undefined %esi
	.cfi_undefined %edi
	subl	$16, %esp
	andl	$-16, %esp
	movl	%edi, (%esp)
	call	*%esi
	call	SYM(gort__badmcall)
	hlt
	.cfi_endproc
END(gort_mcall)

/*
 * gort__gostart: where a new stack begins; not called. In: (esp) = arg,
 * 4(esp) = fn, esp 16-aligned, ebp = 0. Calls fn(arg), which does not return.
 * Unwind: the outermost frame. Contexts start at the byte after the first.
 */
HIDDEN_FUNC(gort__gostart)
	.cfi_startproc
	.cfi_undefined %eip
	int3
	LANDING
	cmpb	$0, SYM(gort__switch_watch)
	jne	1f
	call	*4(%esp)
	call	SYM(gort__badgostart)
1:	call	SYM(gort__gostart_watched)
	hlt
	.cfi_endproc
END(gort__gostart)
