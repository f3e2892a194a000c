/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boundary: a frame that panics and exceptions stop at; 386, System V and
 * Windows. Also where a hardware fault is turned into a panic.
 */
#include "asm.h"

	.text

/* at the sp of a boundary's frame, which is 16-aligned */
#define AT_ARG 0	/* fn's argument */
#define AT_OUTSIDE 4	/* struct gort__outside: COOKIE_WORD, cpu_386.h */
#define AT_EBP (AT_OUTSIDE + OUTSIDE_SIZE)	/* gort__catch's ebp */
#define AT_SIZE (AT_EBP + 4)

/*
 * int gort__catch(gort_func *fn, void *arg, struct gort__ctx *ctx,
 *	struct gort_error *err)
 * In: on the stack; the ctx has room for a frame. Out: eax = 0, or what
 * gort__catch_landed returned after gort__catch_land came here. Saves every
 * callee-saved register, so landing needs no unwinder. Behind fn's argument
 * stands the address of its frame while fn runs, by which a frame that longjmp
 * left behind is told from a live one. fn is called with the stack 16-aligned.
 * Unwind: an ordinary ebp frame; the personality stops exceptions here.
 */
HIDDEN_FUNC(gort__catch)
	.cfi_startproc
	PERSONALITY(gort__catch_personality)
	LANDING
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	pushl	%ebx
	.cfi_offset %ebx, -12
	pushl	%esi
	.cfi_offset %esi, -16
	pushl	%edi
	.cfi_offset %edi, -20
#ifdef _WIN32
	pushl	%fs:0			/* SEH: restored when landing */
#endif
	movl	16(%ebp), %edi
	movl	CTX_TOP(%edi), %ebx
	movl	CTX_SCOPES(%edi), %esi
	subl	$AT_SIZE, %esp
	andl	$-16, %esp
	movl	%ebx, AT_OUTSIDE+OUTSIDE_FRAME(%esp)	/* the cookie */
	movl	20(%ebp), %eax
	movl	%eax, AT_OUTSIDE+OUTSIDE_ERR(%esp)
	movl	CTX_SEG(%edi), %eax
	movl	%eax, AT_OUTSIDE+OUTSIDE_SEG(%esp)
	movl	CTX_PANIC(%edi), %eax
	movl	%eax, AT_OUTSIDE+OUTSIDE_PANIC(%esp)
	movl	%esi, AT_OUTSIDE+OUTSIDE_SCOPES(%esp)
	movl	%ebp, AT_EBP(%esp)
	movl	$0, CTX_SCOPES(%edi)
	addl	$FRAME_SIZE, CTX_TOP(%edi)
	movl	%esp, FRAME_SP(%ebx)
	movl	$0, FRAME_IMAGE(%ebx)
	movl	%edi, FRAME_CTX(%ebx)
	movl	$0, FRAME_TARGET(%ebx)
	movl	12(%ebp), %eax
	movl	%eax, AT_ARG(%esp)
	call	*8(%ebp)
PRIVATE_ENTRY(gort__catch_called)
	movl	%ebx, CTX_TOP(%edi)
	movl	%esi, CTX_SCOPES(%edi)
	xorl	%eax, %eax
.Lout:
	leal	-12(%ebp), %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	.cfi_remember_state
	popl	%ebp
	.cfi_def_cfa %esp, 4
	ret
	.cfi_restore_state
.Llanded:
	leal	AT_OUTSIDE(%esp), %eax
	movl	%eax, AT_ARG(%esp)
	call	SYM(gort__catch_landed)
	jmp	.Lout
	.cfi_endproc
END(gort__catch)

/*
 * _Noreturn void gort__catch_land(void *sp)
 * In: on the stack, FRAME_SP of a boundary.
 * Continues in gort__catch, behind the call of fn.
 */
HIDDEN_FUNC(gort__catch_land)
	.cfi_startproc
	.cfi_undefined %eip
	LANDING
	movl	4(%esp), %esp
	movl	AT_EBP(%esp), %ebp
#ifdef _WIN32
	/* frames that are left may have put handlers on the SEH chain */
	movl	-16(%ebp), %eax
	movl	%eax, %fs:0
#endif
	jmp	.Llanded
	.cfi_endproc
END(gort__catch_land)

/*
 * gort__sigpanic: entered by returning from a signal or exception handler
 * that set eip to it, with (esp) = the pc of the fault and every other register
 * as at the fault. A signal frame to unwinders: its return address is the
 * faulting instruction itself, not the one after a call (DWARF 5, 6.4.4).
 */
HIDDEN_FUNC(gort__sigpanic)
	.cfi_startproc
	.cfi_signal_frame
	LANDING
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	leal	4(%ebp), %eax
	subl	$16, %esp
	andl	$-16, %esp
	movl	%eax, (%esp)
	CLEAN_STATE
	call	SYM(gort__sigpanic_c)
	hlt
	.cfi_endproc
END(gort__sigpanic)
