/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The thread-local word that holds the current g, reached through its TLS
 * descriptor. See Note [The g in thread-local storage] in tls.h.
 */
#include "asm.h"

	.section .tbss, "awT", @nobits
	.p2align 2
	.hidden gort__g
	.globl gort__g
	.type gort__g, @object
gort__g:
	.zero 4
	.size gort__g, 4

	/* intptr_t gort__tls_offset: 0, or its distance from the thread pointer */
	.bss
	.p2align 2
	.hidden gort__tls_offset
	.globl gort__tls_offset
	.type gort__tls_offset, @object
gort__tls_offset:
	.zero 4
	.size gort__tls_offset, 4

	.text
/*
 * void **gort__gaddr(void)
 * In: nothing. Out: eax, the address of this thread's gort__g. Clobbers eax
 * and flags (the descriptor call preserves all else where the variable is in
 * static TLS; where it allocates, only what a C call preserves). ebx holds the
 * GOT over the descriptor call, as its relocations want.
 */
HIDDEN_FUNC(gort__gaddr)
	.cfi_startproc
	LANDING
	pushl	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebx, 0
	subl	$8, %esp
	.cfi_adjust_cfa_offset 8
	call	1f
	.cfi_adjust_cfa_offset 4
1:	popl	%ebx
	.cfi_adjust_cfa_offset -4
	addl	$_GLOBAL_OFFSET_TABLE_+[.-1b], %ebx
	leal	gort__g@tlsdesc(%ebx), %eax
	call	*gort__g@tlscall(%eax)
	addl	%gs:0, %eax
	addl	$8, %esp
	.cfi_adjust_cfa_offset -8
	popl	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebx
	ret
	.cfi_endproc
END(gort__gaddr)
