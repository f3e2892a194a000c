/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_switch_inline, System V 386. Included by gort/switch.h; the reasons
 * are in switch_sysv_amd64.h.
 */
#ifndef GORT_SWITCH_H
#error "include <gort/switch.h>"
#endif

#include <gort/clobbers.h>

/* clang-format off */
#ifdef __GCC_HAVE_DWARF2_CFI_ASM
#define GORT__LOST ".cfi_remember_state\n\t.cfi_undefined %%eip\n\t"
#define GORT__FOUND ".cfi_restore_state\n\t"
#else
#define GORT__LOST
#define GORT__FOUND
#endif
#ifdef __PIC__
#define GORT__PARKED_PC \
	"call 2f\n" \
	"2:\n\t" \
	GORT__LOST \
	"popl %%eax\n\t" \
	GORT__FOUND \
	"leal 1f-2b(%%eax), %%eax\n\t"
#else
#define GORT__PARKED_PC "movl $1f, %%eax\n\t"
#endif

__attribute__((always_inline)) static inline void
gort_switch_inline(struct gort_gobuf *from, struct gort_gobuf *to)
{
	__asm__ volatile(
	    GORT__PARKED_PC
	    "movl %%eax, (%0)\n\t"
	    "movl %%esp, 4(%0)\n\t"
	    "movl %%ebp, 8(%0)\n\t"
	    "movl 8(%1), %%ebp\n\t"
	    "movl (%1), %%eax\n\t"
	    "movl 4(%1), %%esp\n\t"
	    GORT__LOST
	    "jmp *%%eax\n\t"
	    GORT__FOUND
	    "int3\n"
	    "1:\n\t"
	    "endbr32"
	    : "+D"(from), "+S"(to)
	    :
	    : "eax", "ebx", "ecx", "edx", GORT__FP_REGISTERS, "memory", "cc");
}
/* clang-format on */
