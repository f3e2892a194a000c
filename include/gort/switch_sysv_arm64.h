/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_switch_inline, arm64. Included by gort/switch.h; the reasons are in
 * switch_sysv_amd64.h. The jump goes by x16: it may land on a `bti c`.
 */
#ifndef GORT_SWITCH_H
#error "include <gort/switch.h>"
#endif

#include <gort/clobbers.h>

/* clang-format off */
#ifdef __GCC_HAVE_DWARF2_CFI_ASM
#define GORT__LOST ".cfi_remember_state\n\t.cfi_undefined x30\n\t"
#define GORT__FOUND ".cfi_restore_state\n\t"
#else
#define GORT__LOST
#define GORT__FOUND
#endif

__attribute__((always_inline)) static inline void
gort_switch_inline(struct gort_gobuf *from, struct gort_gobuf *to)
{
	register struct gort_gobuf *from_ __asm__("x0") = from;
	register struct gort_gobuf *to_ __asm__("x1") = to;

	__asm__ volatile(
	    "adr x2, 1f\n\t"
	    "mov x3, sp\n\t"
	    "stp x2, x3, [x0]\n\t"
	    "str x29, [x0, #16]\n\t"
	    "ldp x16, x3, [x1]\n\t"
	    "ldr x29, [x1, #16]\n\t"
	    "mov sp, x3\n\t"
	    GORT__LOST
	    "br x16\n\t"
	    GORT__FOUND
	    "nop\n"
	    "1:\n\t"
	    "hint #34"
	    : "+r"(from_), "+r"(to_)
	    :
	    : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
	      "x12", "x13", "x14", "x15", "x16", "x17",
	      GORT__PLATFORM_REGISTER "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30",
	      GORT__FP_REGISTERS, "memory", "cc");
}
/* clang-format on */
