/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_switch_inline, System V amd64. Included by gort/switch.h.
 *
 * Nothing is pushed, so the red zone of the parked function stays whole. For
 * one instruction the stack pointer is the other's while the pc is still
 * here: unwinders are told that nothing is known there. The parked pc is
 * preceded by a byte with the function's own unwind rows, since they look at
 * the byte before a return address.
 */
#ifndef GORT_SWITCH_H
#error "include <gort/switch.h>"
#endif

#include <gort/clobbers.h>

/* clang-format off */
#ifdef __GCC_HAVE_DWARF2_CFI_ASM
#define GORT__LOST ".cfi_remember_state\n\t.cfi_undefined %%rip\n\t"
#define GORT__FOUND ".cfi_restore_state\n\t"
#else
#define GORT__LOST
#define GORT__FOUND
#endif

__attribute__((always_inline)) static inline void
gort_switch_inline(struct gort_gobuf *from, struct gort_gobuf *to)
{
	__asm__ volatile(
	    "leaq 1f(%%rip), %%rax\n\t"
	    "movq %%rax, (%0)\n\t"
	    "movq %%rsp, 8(%0)\n\t"
	    "movq %%rbp, 16(%0)\n\t"
	    "movq 16(%1), %%rbp\n\t"
	    "movq (%1), %%rax\n\t"
	    "movq 8(%1), %%rsp\n\t"
	    GORT__LOST
	    "jmp *%%rax\n\t"
	    GORT__FOUND
	    "int3\n"
	    "1:\n\t"
	    "endbr64"
	    : "+D"(from), "+S"(to)
	    :
	    : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
	      "r13", "r14", "r15", GORT__FP_REGISTERS, "memory", "cc");
}
/* clang-format on */
