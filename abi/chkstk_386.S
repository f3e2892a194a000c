/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Windows' compilers call before they make a frame of more than a page.
 */
#include "asm.h"

	.text

/* ___chkstk_ms: touch each page of the eax bytes below the caller's frame. */
HIDDEN_FUNC(gort__chkstk)
	.cfi_startproc
	pushl %eax
	.cfi_adjust_cfa_offset 4
	pushl %ecx
	.cfi_adjust_cfa_offset 4
	leal 12(%esp), %ecx
1:	subl $4096, %eax
	jbe 2f
	subl $4096, %ecx
	testb %al, (%ecx)
	jmp 1b
2:	addl $4096, %eax
	subl %eax, %ecx
	testb %al, (%ecx)
	popl %ecx
	.cfi_adjust_cfa_offset -4
	popl %eax
	.cfi_adjust_cfa_offset -4
	ret
	.cfi_endproc
END(gort__chkstk)

/* _alloca, ___chkstk, __chkstk: the same, and esp goes down by eax. */
HIDDEN_FUNC(gort__alloca)
	.cfi_startproc
	pushl %ecx
	.cfi_adjust_cfa_offset 4
	leal 8(%esp), %ecx
1:	subl $4096, %eax
	jbe 2f
	subl $4096, %ecx
	testb %al, (%ecx)
	jmp 1b
2:	addl $4096, %eax
	subl %eax, %ecx
	testb %al, (%ecx)
	movl %esp, %eax
	movl %ecx, %esp
	movl (%eax), %ecx
	pushl 4(%eax)
	.cfi_def_cfa_offset 4
	ret
	.cfi_endproc
END(gort__alloca)

#ifdef __ELF__
	.section .note.GNU-stack, "", @progbits
#endif
