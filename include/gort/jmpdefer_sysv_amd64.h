/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GORT__DEFERRETURN, System V amd64. Included by gort/jmpdefer.h. The call
 * has 5 bytes, with or without a PLT.
 */
#ifndef GORT_JMPDEFER_H
#error "include <gort/jmpdefer.h>"
#endif

#include <gort/clobbers.h>

#ifdef __APPLE__
#define GORT__DEFERRETURN_SYM "_gort__deferreturn"
#else
#define GORT__DEFERRETURN_SYM "gort__deferreturn@PLT"
#endif

#define GORT__DEFERRETURN(list) \
	do { \
		struct gort__defer **list_ = &(list); \
		__asm__ volatile("" : : "r"(__builtin_frame_address(0))); \
		__asm__ volatile("movq %%rsp, %%r12\n\t" \
				 "leaq -128(%%rsp), %%rsp\n\t" \
				 "andq $-16, %%rsp\n\t" \
				 "nop\n\t" \
				 "call " GORT__DEFERRETURN_SYM "\n\t" \
				 "movq %%r12, %%rsp" \
				 : "+b"(list_) \
				 : \
				 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", \
				 "r9", "r10", "r11", "r12", \
				 GORT__FP_REGISTERS, "memory", "cc"); \
	} while (0)
