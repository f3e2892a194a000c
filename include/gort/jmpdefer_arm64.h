/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GORT__DEFERRETURN, arm64. Included by gort/jmpdefer.h. The call is one
 * instruction, and the stack pointer is always aligned. Only Apple's
 * convention has a red zone, and there unwind rows count from x29.
 */
#ifndef GORT_JMPDEFER_H
#error "include <gort/jmpdefer.h>"
#endif

#include <gort/clobbers.h>

/* clang-format off */
#ifdef __APPLE__
#define GORT__DEFERRETURN_CALL \
	"sub sp, sp, #128\n\t" \
	"nop\n\t" \
	"bl _gort__deferreturn\n\t" \
	"add sp, sp, #128"
#else
#define GORT__DEFERRETURN_CALL "nop\n\tbl gort__deferreturn"
#endif

#define GORT__DEFERRETURN(list) \
	do { \
		register struct gort__defer **list_ __asm__("x19") = &(list); \
		__asm__ volatile("" : : "r"(__builtin_frame_address(0))); \
		__asm__ volatile( \
		    GORT__DEFERRETURN_CALL \
		    : "+r"(list_) \
		    : \
		    : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", \
		      "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", \
		      "x17", GORT__PLATFORM_REGISTER "x30", GORT__FP_REGISTERS, \
		      "memory", "cc"); \
	} while (0)
/* clang-format on */
