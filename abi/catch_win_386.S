/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The boundary: a frame that panics and exceptions stop at; Windows 386.
 * Also where a hardware fault is turned into a panic.
 */
#include "asm.h"

	.text

/* at the sp of a boundary's frame, which is 16-aligned */
#define AT_ARG 0	/* fn's argument */
#define AT_COOKIE 4	/* COOKIE_WORD, cpu_win_386.h: the frame's address */
#define AT_EBP 8	/* gort__catch's ebp */

/*
 * int gort__catch(gort_func *fn, void *arg, struct gort__ctx *ctx)
 * In: on the stack; the ctx has room for a frame. Out: eax = 0, or 1 when
 * gort__catch_land came here. Saves every callee-saved register, so landing
 * needs no unwinder. Behind fn's argument stands the address of its frame
 * while fn runs, by which a frame that longjmp left behind is told from a
 * live one. fn is called with the stack 16-aligned.
 * Unwind: an ordinary ebp frame; the personality stops exceptions here.
 */
HIDDEN_FUNC(gort__catch)
	.cfi_startproc
	.cfi_personality 0, _gort__catch_personality
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
	pushl	%fs:0			/* SEH: restored when landing */
	movl	16(%ebp), %edx
	movl	CTX_TOP(%edx), %ebx
	addl	$FRAME_SIZE, CTX_TOP(%edx)
	movl	$0, FRAME_IMAGE(%ebx)
	movl	$0, FRAME_TARGET(%ebx)
	movl	%edx, FRAME_CTX(%ebx)
	subl	$12, %esp
	andl	$-16, %esp
	movl	%ebx, AT_COOKIE(%esp)
	movl	%ebp, AT_EBP(%esp)
	movl	%esp, FRAME_SP(%ebx)
	movl	12(%ebp), %eax
	movl	%eax, AT_ARG(%esp)
	call	*8(%ebp)
	movl	FRAME_CTX(%ebx), %edx
	movl	%ebx, CTX_TOP(%edx)
	xorl	%eax, %eax
.Lout:
	leal	-12(%ebp), %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	.cfi_def_cfa %esp, 4
	ret
	.cfi_endproc
END(gort__catch)

/*
 * _Noreturn void gort__catch_land(void *sp)
 * In: on the stack, FRAME_SP of a boundary whose frame is off the frame stack.
 * Continues in gort__catch as if fn had returned, with eax = 1.
 */
HIDDEN_FUNC(gort__catch_land)
	.cfi_startproc
	.cfi_undefined %eip
	LANDING
	movl	4(%esp), %esp
	movl	AT_EBP(%esp), %ebp
	/* frames that are left may have put handlers on the SEH chain */
	movl	-16(%ebp), %eax
	movl	%eax, %fs:0
	movl	$1, %eax
	jmp	.Lout
	.cfi_endproc
END(gort__catch_land)

/*
 * gort__sigpanic: entered by returning from an exception handler that set eip
 * to it, with (esp) = the pc of the fault and every other register as at the
 * fault. A signal frame to unwinders: its return address is the faulting
 * instruction itself, not the one after a call (DWARF 5, 6.4.4).
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
	cld
	call	_gort__sigpanic_c
	hlt
	.cfi_endproc
END(gort__sigpanic)
