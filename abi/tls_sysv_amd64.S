/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The thread-local word that holds the current g, reached through its TLS
 * descriptor. See Note [The g in thread-local storage] in tls.h.
 */
#include "asm.h"

	.section .tbss, "awT", @nobits
	.p2align 3
	.hidden gort__g
	.globl gort__g
	.type gort__g, @object
gort__g:
	.zero 8
	.size gort__g, 8

	/* intptr_t gort__tls_offset: 0, or its distance from the thread pointer */
	.bss
	.p2align 3
	.hidden gort__tls_offset
	.globl gort__tls_offset
	.type gort__tls_offset, @object
gort__tls_offset:
	.zero 8
	.size gort__tls_offset, 8

	.text
/*
 * void **gort__gaddr(void)
 * In: nothing. Out: rax, the address of this thread's gort__g. Clobbers rax
 * and flags (the descriptor call preserves all else where the variable is in
 * static TLS; where it allocates, only what a C call preserves). The stack is
 * 16-aligned at the descriptor call.
 */
HIDDEN_FUNC(gort__gaddr)
	.cfi_startproc
	LANDING
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	leaq	gort__g@tlsdesc(%rip), %rax
	call	*gort__g@tlscall(%rax)
	addq	%fs:0, %rax
	addq	$8, %rsp
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
END(gort__gaddr)
