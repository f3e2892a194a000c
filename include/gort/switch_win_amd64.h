/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_switch_inline, Windows amd64. Included by gort/switch.h; the reasons
 * are in switch_sysv_amd64.h. The TEB's StackLimit (gs:0x10), StackBase
 * (gs:8), DeallocationStack (gs:0x1478) and ExceptionList (gs:0) follow. They
 * are noted only where they are not what the gobuf says: copied to and fro at
 * each switch they would be a chain of loads that wait for stores.
 */
#ifndef GORT_SWITCH_H
#error "include <gort/switch.h>"
#endif

#include <gort/clobbers.h>

/* clang-format off */
__attribute__((always_inline)) static inline void
gort_switch_inline(struct gort_gobuf *from, struct gort_gobuf *to)
{
	__asm__ volatile(
	    "leaq 1f(%%rip), %%rax\n\t"
	    "movq %%rax, (%0)\n\t"
	    "movq %%rsp, 8(%0)\n\t"
	    "movq %%rbp, 16(%0)\n\t"
	    "movq %%gs:0x10, %%rax\n\t"
	    "movq %%gs:8, %%r8\n\t"
	    "movq %%gs:0x1478, %%r9\n\t"
	    "movq %%gs:0, %%r10\n\t"
	    "xorq 24(%0), %%rax\n\t"
	    "xorq 32(%0), %%r8\n\t"
	    "xorq 40(%0), %%r9\n\t"
	    "xorq 56(%0), %%r10\n\t"
	    "orq %%r8, %%rax\n\t"
	    "orq %%r9, %%r10\n\t"
	    "orq %%r10, %%rax\n\t"
	    "jne 3f\n"
	    "2:\n\t"
	    "movq 24(%1), %%rax\n\t"
	    "movq %%rax, %%gs:0x10\n\t"
	    "movq 32(%1), %%rax\n\t"
	    "movq %%rax, %%gs:8\n\t"
	    "movq 40(%1), %%rax\n\t"
	    "movq %%rax, %%gs:0x1478\n\t"
	    "movq 56(%1), %%rax\n\t"
	    "movq %%rax, %%gs:0\n\t"
	    "movq 16(%1), %%rbp\n\t"
	    "movq (%1), %%rax\n\t"
	    "movq 8(%1), %%rsp\n\t"
	    "jmp *%%rax\n\t"
	    "int3\n"
	    "3:\n\t"
	    "movq %%gs:0x10, %%rax\n\t"
	    "movq %%rax, 24(%0)\n\t"
	    "movq %%gs:8, %%rax\n\t"
	    "movq %%rax, 32(%0)\n\t"
	    "movq %%gs:0x1478, %%rax\n\t"
	    "movq %%rax, 40(%0)\n\t"
	    "movq %%gs:0, %%rax\n\t"
	    "movq %%rax, 56(%0)\n\t"
	    "jmp 2b\n"
	    "1:"
	    : "+c"(from), "+d"(to)
	    :
	    : "rax", "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
	      "r13", "r14", "r15", GORT__FP_REGISTERS, "memory", "cc");
}
/* clang-format on */
