/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GORT__DEFERRETURN, 386: System V and Windows. Included by gort/jmpdefer.h.
 * In position-independent code the PLT wants the GOT's address in ebx, and
 * what loads it is part of the sequence: 16 bytes; else the call alone, 5.
 */
#ifndef GORT_JMPDEFER_H
#error "include <gort/jmpdefer.h>"
#endif

#include <gort/clobbers.h>

/* clang-format off */
#if defined(__PIC__) && defined(__ELF__)
#define GORT__DEFERRETURN_CALL \
	".pushsection .text.gort__pc_to_ebx,\"axG\",@progbits," \
	"gort__pc_to_ebx,comdat\n\t" \
	".globl gort__pc_to_ebx\n\t" \
	".hidden gort__pc_to_ebx\n\t" \
	".type gort__pc_to_ebx, @function\n" \
	".ifndef gort__pc_to_ebx\n" \
	"gort__pc_to_ebx:\n\t" \
	".cfi_startproc\n\t" \
	"movl (%%esp), %%ebx\n\t" \
	"ret\n\t" \
	".cfi_endproc\n" \
	".endif\n\t" \
	".popsection\n\t" \
	"nop\n\t" \
	"call gort__pc_to_ebx\n\t" \
	"addl $_GLOBAL_OFFSET_TABLE_, %%ebx\n\t" \
	"call gort__deferreturn_pic@PLT\n\t"
#elif defined(__ELF__)
#define GORT__DEFERRETURN_CALL "nop\n\tcall gort__deferreturn\n\t"
#else
#define GORT__DEFERRETURN_CALL "nop\n\tcall _gort__deferreturn\n\t"
#endif

#define GORT__DEFERRETURN(list) \
	do { \
		struct gort__defer **list_ = &(list); \
		__asm__ volatile("" : : "r"(__builtin_frame_address(0))); \
		__asm__ volatile( \
		    "movl %%esp, %%edi\n\t" \
		    "subl $16, %%esp\n\t" \
		    "andl $-16, %%esp\n\t" \
		    GORT__DEFERRETURN_CALL \
		    "movl %%edi, %%esp" \
		    : "+S"(list_) \
		    : \
		    : "eax", "ebx", "ecx", "edx", "edi", GORT__FP_REGISTERS, \
		      "memory", "cc"); \
	} while (0)
/* clang-format on */
