/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Switching stacks: System V 386. See gort/switch.h, switch.h and, for the
 * reasons, switch_sysv_amd64.S.
 */
#include "asm.h"

/* what gort_switch and gort_mcall have on the parked stack: return address,
   ebp ebx esi edi; and where their arguments are then, from esp */
#define PARKED 20
#define IN_FROM 20
#define IN_TO 24
#define IN_FN 28
#define IN_ARG 32

/* psABI, table 2.14: 1 ecx, 3 ebx, 5 ebp, 8 eip; DWARF 5, 7.7.1 */
#define DW_OP_deref 0x06
#define DW_OP_plus_uconst 0x23
#define DW_OP_breg1 0x71
#define DW_OP_breg3 0x73
#define DW_CFA_def_cfa_expression 0x0f
#define DW_CFA_expression 0x10

	.data
	.hidden gort__switch_watch
	.globl gort__switch_watch
	.type gort__switch_watch, @object
gort__switch_watch:
	.byte	0
	.size gort__switch_watch, 1

	.text

/* Out: eax = the return address. */
	.type switch_pc, @function
switch_pc:
	.cfi_startproc
	movl	(%esp), %eax
	ret
	.cfi_endproc
END(switch_pc)

/*
 * In: eax = the address of .Lpc. Push what calls preserve and park in from;
 * ecx = from, edx = to. Clobbers eax.
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
	leal	.Lback-.Lpc(%eax), %eax
	movl	%eax, GOBUF_PC(%ecx)
	movl	%esp, GOBUF_SP(%ecx)
	movl	%ebp, GOBUF_FP(%ecx)
	/* CFA = *(ecx + GOBUF_SP) + PARKED */
	.cfi_escape DW_CFA_def_cfa_expression, 5, DW_OP_breg1, GOBUF_SP, DW_OP_deref, DW_OP_plus_uconst, PARKED
.endm

/*
 * void gort_switch(struct gort_gobuf *from, struct gort_gobuf *to)
 * In: on the stack. Parks the caller in from, goes on with to; returns when
 * somebody goes on with from. Preserves what the psABI says a call preserves.
 * Unwind: an ordinary frame; once the stack pointer is the other's, by the
 * words in from, which ecx points to.
 */
FUNC(gort_switch)
.Lswitch:
	.cfi_startproc
	LANDING
	call	switch_pc
.Lpc:
	cmpb	$0, gort__switch_watch-.Lpc(%eax)
	jne	gort__switch_watched
.Lraw:
	PARK
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

/* gort__switch_raw: the same, whoever watches. */
HIDDEN_FUNC(gort__switch_raw)
	.cfi_startproc
	LANDING
	call	switch_pc
1:	addl	$.Lpc-1b, %eax
	jmp	.Lraw
	.cfi_endproc
END(gort__switch_raw)

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
	call	switch_pc
1:	cmpb	$0, gort__switch_watch-1b(%eax)
	jne	gort__gogo_watched
gort__gogo_raw:
	.hidden gort__gogo_raw
	.globl gort__gogo_raw
	movl	%esp, %ecx
	.cfi_def_cfa %ecx, 4
	movl	%ebp, %edx
	.cfi_register %ebp, %edx
	movl	4(%ecx), %eax
	movl	GOBUF_FP(%eax), %ebp
	movl	GOBUF_SP(%eax), %esp
	movl	GOBUF_PC(%eax), %eax
	jmp	*%eax
	.cfi_endproc
END(gort_gogo)

/*
 * void gort_gosave(struct gort_gobuf *buf)
 * In: on the stack. The return address, and sp and fp as after the return.
 * Clobbers eax, ecx, and where somebody watches what a call does. Unwind: a
 * leaf.
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
	call	switch_pc
1:	cmpb	$0, gort__switch_watch-1b(%eax)
	jne	gort__gosave_watched
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
	call	switch_pc
1:	cmpb	$0, gort__switch_watch-1b(%eax)
	jne	gort__mcall_watched
gort__mcall_raw:
	.hidden gort__mcall_raw
	.globl gort__mcall_raw
	call	switch_pc
1:	addl	$.Lpc-1b, %eax
	PARK
	movl	IN_FN(%esp), %esi
	movl	IN_ARG(%esp), %edi
	movl	%edx, %ebx
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
	call	gort__badmcall
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
	call	switch_pc
1:	cmpb	$0, gort__switch_watch-1b(%eax)
	jne	2f
	call	*4(%esp)
	call	gort__badgostart
2:	call	gort__gostart_watched
	hlt
	.cfi_endproc
END(gort__gostart)
