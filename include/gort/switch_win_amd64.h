/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_switch_inline, Windows amd64. Included by gort/switch.h; the reasons
 * are in switch_sysv_amd64.h. The TEB's ExceptionList (gs:0), StackBase (gs:8),
 * StackLimit (gs:0x10) and DeallocationStack (gs:0x1478) follow. They are noted
 * only where they are not what the gobuf says: copied to and fro at each switch
 * they would be a chain of loads that wait for stores. The first two go as one
 * word of 16 bytes, the others are loaded as one, and DeallocationStack is not
 * compared, as it changes only with one of the bounds: what this costs is its
 * accesses to memory, of which the processor does four at a time. (Not pc and
 * sp as one: from general registers to a vector one and back costs more.)
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
	    "movups %%gs:0, %%xmm0\n\t"
	    "movups 32(%0), %%xmm1\n\t"
	    "pcmpeqb %%xmm0, %%xmm1\n\t"
	    "pmovmskb %%xmm1, %%eax\n\t"
	    "cmpl $0xffff, %%eax\n\t"
	    "jne 3f\n\t"
	    "movq %%gs:0x10, %%rax\n\t"
	    "cmpq 48(%0), %%rax\n\t"
	    "jne 3f\n"
	    "2:\n\t"
	    "movups 32(%1), %%xmm0\n\t"
	    "movups %%xmm0, %%gs:0\n\t"
	    "movups 48(%1), %%xmm1\n\t"
	    "movlps %%xmm1, %%gs:0x10\n\t"
	    "movhps %%xmm1, %%gs:0x1478\n\t"
	    "movq 16(%1), %%rbp\n\t"
	    "movq (%1), %%rax\n\t"
	    "movq 8(%1), %%rsp\n\t"
	    "jmp *%%rax\n\t"
	    "int3\n"
	    "3:\n\t"
	    "movups %%xmm0, 32(%0)\n\t"
	    "movq %%gs:0x10, %%rax\n\t"
	    "movq %%rax, 48(%0)\n\t"
	    "movq %%gs:0x1478, %%rax\n\t"
	    "movq %%rax, 56(%0)\n\t"
	    "jmp 2b\n"
	    "1:"
	    : "+c"(from), "+d"(to)
	    :
	    : "rax", "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12",
	      "r13", "r14", "r15", GORT__FP_REGISTERS, "memory", "cc");
}
/* clang-format on */
