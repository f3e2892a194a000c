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

#ifdef __GCC_HAVE_DWARF2_CFI_ASM
#define GORT__CFI(s) s "\n\t"
#else
#define GORT__CFI(s)
#endif
#ifdef __AVX512F__
#define GORT__CLOBBER_AVX512 \
	, "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", \
	    "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", \
	    "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define GORT__CLOBBER_AVX512
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
	    "movq 8(%1), %%rsp\n\t" GORT__CFI(".cfi_remember_state")
		GORT__CFI(".cfi_undefined %%rip") "jmp *%%rax\n\t" GORT__CFI(
		    ".cfi_restore_state") "int3\n"
					  "1:\n\t"
					  "endbr64"
	    : "+D"(from), "+S"(to)
	    :
	    : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12",
	    "r13", "r14", "r15", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
	    "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",
	    "xmm14", "xmm15" GORT__CLOBBER_AVX512, "st", "st(1)", "st(2)",
	    "st(3)", "st(4)", "st(5)", "st(6)", "st(7)", "mm0", "mm1", "mm2",
	    "mm3", "mm4", "mm5", "mm6", "mm7", "memory", "cc");
}
