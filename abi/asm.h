/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every assembly file includes: label forms, visibility, landing marks.
 * Only for .S files, through the preprocessor.
 */
#ifndef GORT_ABI_ASM_H
#define GORT_ABI_ASM_H

#include "offsets.h"

/* clang-format off */

#if defined(__APPLE__)

/*
 * Mach-O: symbols have an underscore before them, no type and no size. The
 * separator of statements differs: on arm64 a semicolon begins a comment.
 */
#define SYM(name) _##name
#ifdef __aarch64__
#define FUNC(name) .globl SYM(name) %% .p2align 4 %% SYM(name):
#define HIDDEN_FUNC(name) .private_extern SYM(name) %% FUNC(name)
#define PRIVATE(name) .private_extern SYM(name) %% .globl SYM(name)
#define PRIVATE_ENTRY(name) PRIVATE(name) %% SYM(name):
#define LOAD_PAGE(reg, name) adrp reg, SYM(name)@PAGE
#define PAGE_OFFSET(name) SYM(name)@PAGEOFF
/* the slots of pthread keys; xnu has kept a number in the low bits */
#define THREAD_POINTER(reg) mrs reg, TPIDRRO_EL0 %% and reg, reg, #~7
#else
/* the thread pointer's segment: the slots of pthread keys */
#define TLS_WORD(offset) %gs:(offset)
#define FUNC(name) .globl SYM(name); .p2align 4, 0x90; SYM(name):
#define HIDDEN_FUNC(name) .private_extern SYM(name); FUNC(name)
#define PRIVATE(name) .private_extern SYM(name); .globl SYM(name)
#define PRIVATE_ENTRY(name) PRIVATE(name); SYM(name):
#endif
/* inside one file */
#define LOCAL_FUNC(name) name:
#define L(label) L##label
#define END(name)
/* pc-relative, through a pointer that the linker makes */
#define PERSONALITY(name) .cfi_personality 0x9b, SYM(name)

#elif defined(_WIN32)

/* COFF: 386 names have a "_" in front; what a DLL exports says a list. */
#ifdef __i386__
#define SYM(name) _##name
#define TLS_WORD(offset) %fs:(offset)
#else
#define SYM(name) name
#endif

#define FUNC(name) \
	.globl SYM(name); \
	.def SYM(name); .scl 2; .type 32; .endef; \
	.p2align 4; \
	SYM(name):
#define HIDDEN_FUNC(name) FUNC(name)
#define LOCAL_FUNC(name) \
	.def name; .scl 3; .type 32; .endef; \
	.p2align 4; \
	name:
#define END(name)
#define PRIVATE(name) .globl SYM(name)
#define PRIVATE_ENTRY(name) PRIVATE(name); SYM(name):
/* absolute: a base relocation */
#define PERSONALITY(name) .cfi_personality 0, SYM(name)

#else

#define SYM(name) name

/* A global function: exported if the version script says so. */
#define FUNC(name) \
	.globl name; \
	.type name, @function; \
	.p2align 4; \
	name:

/* The same, for use inside the library only. */
#define HIDDEN_FUNC(name) \
	.hidden name; \
	FUNC(name)

/* A variable inside the library. */
#define PRIVATE(name) \
	.hidden name; \
	.globl name; \
	.type name, @object

/* A function inside one file, and a label inside one function. */
#define LOCAL_FUNC(name) \
	.type name, @function; \
	name:
#define L(label) .L##label

/* A second way into the function around it. */
#define PRIVATE_ENTRY(name) \
	.hidden name; \
	.globl name; \
	name:

#define END(name) .size name, . - name
#define PERSONALITY(name) .cfi_personality 0x1b, name

#ifdef __aarch64__
/* The address of a variable, in two parts. */
#define LOAD_PAGE(reg, name) adrp reg, name
#define PAGE_OFFSET(name) #:lo12:name
#define THREAD_POINTER(reg) mrs reg, tpidr_el0
#elif defined(__i386__)
#define TLS_WORD(offset) %gs:(offset)
#else
#define TLS_WORD(offset) %fs:(offset)
#endif

#endif

/* Landing mark for an indirect branch target (CET-IBT, BTI; else a nop). */
#ifdef __aarch64__
#define LANDING hint 34 /* bti c */
#elif defined(__i386__)
#define LANDING endbr32
#else
#define LANDING endbr64
#endif

#if defined(__x86_64__) || defined(__i386__)
/*
 * XSAVE components that can carry arguments or results: x87 (MMX registers are
 * its), SSE, AVX, AVX-512 (Intel SDM vol. 1, 13.1), and the bytes that XSAVEC
 * needs for these at most: legacy region and header 576, AVX 256, opmask 64,
 * upper ZMM 512, ZMM16-31 1024
 */
#define XSAVE_MASK 0xe7
#define XSAVE_HEADER 512
#define XSAVE_SIZE 2432

/*
 * After a fault anywhere: the direction flag, the x87 stack and its exceptions
 * as calls want them. One that waits would be raised by what uses it next.
 */
.macro CLEAN_STATE
	cld
	fnclex
	emms
.endm
#endif

#if defined(__linux__) && defined(__ELF__)
.section .note.GNU-stack, "", @progbits
#endif

#if defined(__aarch64__) && defined(__ELF__)
/*
 * All indirect branches here land on marks. An object that does not say so
 * turns the check off for the whole library (ELF for AArch64, "Program
 * Property"): GNU_PROPERTY_AARCH64_FEATURE_1_AND with BTI.
 */
.section .note.gnu.property, "a", @note
.p2align 3
.long 4, 16, 5 /* NT_GNU_PROPERTY_TYPE_0 */
.asciz "GNU"
.long 0xc0000000, 4, 1, 0
#endif

#endif
