/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_switch_inline, Windows 386. Included by gort/switch.h; the reasons are
 * in switch_sysv_amd64.h. The TEB's StackLimit (fs:8), StackBase (fs:4),
 * DeallocationStack (fs:0xe0c) and list of exception registrations (fs:0)
 * follow. Code there is not position-independent: the loader relocates it.
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

__attribute__((always_inline)) static inline void
gort_switch_inline(struct gort_gobuf *from, struct gort_gobuf *to)
{
	__asm__ volatile(
	    "movl $1f, (%0)\n\t"
	    "movl %%esp, 4(%0)\n\t"
	    "movl %%ebp, 8(%0)\n\t"
	    "movl %%fs:0, %%eax\n\t"
	    "movl %%eax, 16(%0)\n\t"
	    "movl %%fs:4, %%eax\n\t"
	    "movl %%eax, 20(%0)\n\t"
	    "movl %%fs:8, %%eax\n\t"
	    "movl %%eax, 24(%0)\n\t"
	    "movl %%fs:0xe0c, %%eax\n\t"
	    "movl %%eax, 28(%0)\n\t"
	    "movl 16(%1), %%eax\n\t"
	    "movl %%eax, %%fs:0\n\t"
	    "movl 20(%1), %%eax\n\t"
	    "movl %%eax, %%fs:4\n\t"
	    "movl 24(%1), %%eax\n\t"
	    "movl %%eax, %%fs:8\n\t"
	    "movl 28(%1), %%eax\n\t"
	    "movl %%eax, %%fs:0xe0c\n\t"
	    "movl 8(%1), %%ebp\n\t"
	    "movl (%1), %%eax\n\t"
	    "movl 4(%1), %%esp\n\t"
	    GORT__LOST
	    "jmp *%%eax\n\t"
	    GORT__FOUND
	    "int3\n"
	    "1:"
	    : "+D"(from), "+S"(to)
	    :
	    : "eax", "ebx", "ecx", "edx", GORT__FP_REGISTERS, "memory", "cc");
}
/* clang-format on */
