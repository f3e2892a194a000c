/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GORT__DEFERRETURN, Windows amd64. Included by gort/jmpdefer.h. The call has
 * 5 bytes, also where it goes to the thunk of an import.
 */
#ifndef GORT_JMPDEFER_H
#error "include <gort/jmpdefer.h>"
#endif

#include <gort/clobbers.h>

/* clang-format off */
#define GORT__DEFERRETURN(list) \
	do { \
		struct gort__defer **list_ = &(list); \
		__asm__ volatile("" : : "r"(__builtin_frame_address(0))); \
		__asm__ volatile( \
		    "movq %%rsp, %%r12\n\t" \
		    "subq $32, %%rsp\n\t" \
		    "andq $-16, %%rsp\n\t" \
		    "nop\n\t" \
		    "call gort__deferreturn\n\t" \
		    "movq %%r12, %%rsp" \
		    : "+b"(list_) \
		    : \
		    : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", \
		      GORT__FP_REGISTERS, "memory", "cc"); \
	} while (0)
/* clang-format on */
