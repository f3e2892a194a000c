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
 * In: nothing. Out: x0, the address of this thread's gort__g. Clobbers x1
 * and flags (the descriptor call preserves all else where the variable is in
 * static TLS; where it allocates, only what a C call preserves). The
 * instructions of the descriptor call stand as the linker wants them for its
 * relaxations (ELF for AArch64, "TLS descriptor").
 * Unwind: a frame record.
 */
HIDDEN_FUNC(gort__gaddr)
	.cfi_startproc
	LANDING
	stp	x29, x30, [sp, #-16]!
	.cfi_def_cfa_offset 16
	.cfi_offset x29, -16
	.cfi_offset x30, -8
	mov	x29, sp
	adrp	x0, :tlsdesc:gort__g
	ldr	x1, [x0, #:tlsdesc_lo12:gort__g]
	add	x0, x0, #:tlsdesc_lo12:gort__g
	.tlsdesccall gort__g
	blr	x1
	mrs	x1, tpidr_el0
	add	x0, x0, x1
	ldp	x29, x30, [sp], #16
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
END(gort__gaddr)
