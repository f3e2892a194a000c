/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arm64 (AAPCS64 6.1.1; DWARF for the Arm 64-bit Architecture 4.1). Included
 * by cpu.h. Of the vector registers calls preserve d8-d15, the low halves.
 */
#ifndef GORT_ABI_CPU_ARM64_H
#define GORT_ABI_CPU_ARM64_H

enum {
	K_X19,
	K_X20,
	K_X21,
	K_X22,
	K_X23,
	K_X24,
	K_X25,
	K_X26,
	K_X27,
	K_X28,
	K_X29,
	K_X30,
	K_D8,
	K_D9,
	K_D10,
	K_D11,
	K_D12,
	K_D13,
	K_D14,
	K_D15,
	REGS_KEPT
};
#define K_FP K_X29
#define K_ENTRY K_X19
#define KEPT_DWARF \
	{ \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 72, 73, 74, \
		    75, 76, 77, 78, 79 \
	}
#define KEPT_LIBUNWIND KEPT_DWARF
enum { DWARF_SP = 31, DWARF_RA = 30, DWARF_SIGNAL_RA = 96 };
enum { ROW_PC = K_X30, ROW_SIGNAL_PC = REGS_KEPT, ROW_RULES };
#define FRAME_RECORD_AT_TOP 0
#define MPROTECT_IS_BARRIER 0
#define COOKIE_WORD 0
#define RESULT_REAL_IS_X87(size) ((size) > 16)

struct gort__args {
	uint64_t ret;    /* out: the result of a refused call */
	uint64_t gpr[8]; /* x0-x7 */
	uint64_t x8;     /* where a large result goes */
};

/* Where the caller wants a result that is returned in memory. */
static inline uintptr_t
gort__args_sret(const struct gort__args *a)
{
	return a->x8;
}

#ifdef __APPLE__
#include "cpu_darwin_arm64.h"
#else
static inline char *
gort__thread_pointer(void)
{
	char *tp;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tp));
	return tp;
}

/*
 * Is this distance from the thread pointer one of static TLS? It lies above
 * the thread pointer (ELF TLS, variant 1), at the end of a thread's mapping.
 */
static inline bool
gort__tls_is_static(intptr_t offset)
{
	return offset > 0 && offset < 65536;
}

/* The word at a distance from the thread pointer. */
static inline void *
gort__tls_word(intptr_t offset)
{
	return *(void *volatile *)(void *)(gort__thread_pointer() + offset);
}
#endif

/*
 * A return address without its signature: xpaclri, a hint that processors
 * without pointer authentication ignore.
 */
static inline uintptr_t
gort__strip_pc(uintptr_t pc)
{
	register uintptr_t x30 __asm__("x30") = pc;

	__asm__("hint #7" : "+r"(x30));
	return x30;
}

#endif
