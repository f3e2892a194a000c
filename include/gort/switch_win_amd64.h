/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_switch_inline, Windows amd64. Included by gort/switch.h; the reasons
 * are in switch_sysv_amd64.h. The TEB's StackLimit (gs:0x10), StackBase
 * (gs:8), DeallocationStack (gs:0x1478) and ExceptionList (gs:0) follow.
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
	    "movq %%rax, 24(%0)\n\t"
	    "movq %%gs:8, %%rax\n\t"
	    "movq %%rax, 32(%0)\n\t"
	    "movq %%gs:0x1478, %%rax\n\t"
	    "movq %%rax, 40(%0)\n\t"
	    "movq %%gs:0, %%rax\n\t"
	    "movq %%rax, 56(%0)\n\t"
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
	    "1:"
	    : "+c"(from), "+d"(to)
	    :
	    : "rax", "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
	      "r13", "r14", "r15", GORT__FP_REGISTERS, "memory", "cc");
}
/* clang-format on */
