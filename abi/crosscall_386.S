/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calling code that keeps no register: 386, System V (psABI i386 1.1, table
 * 2.3: ebx esi edi ebp belong to the caller) and Windows, where cdecl, stdcall
 * and fastcall say the same.
 */
#include "asm.h"

	.text

/* esp is 16-aligned after it, with room for three words */
.macro SAVE
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
	subl	$12, %esp
	.cfi_adjust_cfa_offset 12
.endm

.macro RESTORE
	addl	$12, %esp
	.cfi_adjust_cfa_offset -12
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
.endm

/* the arguments after SAVE */
#define IN_FN 32
#define IN_ARG 36
#define IN_ARGSIZE 40
#define IN_CTXT 44

/*
 * void gort__crosscall(void (*fn)(void *arg), void *arg)
 * In: on the stack. fn gets arg on the stack. Preserves ebx esi edi ebp,
 * whatever fn does to them. Unwind: a frame by esp, as fn may destroy ebp.
 */
FUNC(gort__crosscall)
	.cfi_startproc
	LANDING
	SAVE
	movl	IN_ARG(%esp), %eax
	movl	%eax, (%esp)
	call	*IN_FN(%esp)
	RESTORE
	ret
	.cfi_endproc
END(gort__crosscall)

/*
 * void gort__crosscall2(void (*fn)(void *arg, int argsize, uintptr_t ctxt),
 *     void *arg, int argsize, uintptr_t ctxt)
 * In: on the stack. fn gets the last three. Else as gort__crosscall.
 */
FUNC(gort__crosscall2)
	.cfi_startproc
	LANDING
	SAVE
	movl	IN_ARG(%esp), %eax
	movl	%eax, (%esp)
	movl	IN_ARGSIZE(%esp), %eax
	movl	%eax, 4(%esp)
	movl	IN_CTXT(%esp), %eax
	movl	%eax, 8(%esp)
	call	*IN_FN(%esp)
	RESTORE
	ret
	.cfi_endproc
END(gort__crosscall2)
