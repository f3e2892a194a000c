/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See wreck.h: 386, System V and Windows. ebx ebp esi edi.
 */
#include "../abi/asm.h"

	.text

wreck_all:
	movl	4(%esp), %eax
	movl	$-1, %ecx
	movl	%ecx, %edx
	movl	%ecx, %ebx
	movl	%ecx, %ebp
	movl	%ecx, %esi
	movl	%ecx, %edi
	testl	%eax, %eax
	jz	1f
	jmp	*%eax
1:	movl	%ecx, %eax
	ret

/* void wreck_call(wreck_via *via, const uintptr_t *before, uintptr_t *after) */
FUNC(wreck_call)
	pushl	%ebp
	pushl	%ebx
	pushl	%esi
	pushl	%edi
	subl	$12, %esp
	movl	36(%esp), %eax
	movl	(%eax), %ebx
	movl	4(%eax), %ebp
	movl	8(%eax), %esi
	movl	12(%eax), %edi
	call	1f
1:	popl	%eax
	leal	wreck_all-1b(%eax), %eax
	movl	%eax, (%esp)
	movl	$0, 4(%esp)
	call	*32(%esp)
	movl	40(%esp), %eax
	movl	%ebx, (%eax)
	movl	%ebp, 4(%eax)
	movl	%esi, 8(%eax)
	movl	%edi, 12(%eax)
	addl	$12, %esp
	popl	%edi
	popl	%esi
	popl	%ebx
	popl	%ebp
	ret
END(wreck_call)
