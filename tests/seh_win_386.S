/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * void seh_call(void (*fn)(void *), void *arg): call fn(arg) in a frame whose
 * handler is seh_handler, by a registration. Windows 386.
 */
#include "../abi/asm.h"

	.text
FUNC(seh_call)
	.cfi_startproc
	pushl	%ebp
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	movl	%esp, %ebp
	.cfi_def_cfa_register %ebp
	pushl	$SYM(seh_handler)
	pushl	%fs:0
	movl	%esp, %fs:0
	subl	$16, %esp
	andl	$-16, %esp
	movl	12(%ebp), %eax
	movl	%eax, (%esp)
	call	*8(%ebp)
	movl	-8(%ebp), %eax
	movl	%eax, %fs:0
	movl	%ebp, %esp
	popl	%ebp
	.cfi_def_cfa %esp, 4
	ret
	.cfi_endproc
END(seh_call)
