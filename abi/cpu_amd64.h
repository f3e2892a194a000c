/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * amd64, System V (psABI amd64 1.0, 3.2.1 and figure 3.36). Included by cpu.h.
 */
#ifndef GORT_ABI_CPU_AMD64_H
#define GORT_ABI_CPU_AMD64_H

enum { K_BX, K_BP, K_R12, K_R13, K_R14, K_R15, REGS_KEPT };
#define K_FP K_BP
#define K_ENTRY K_BX
#define KEPT_DWARF \
	{ \
		3, 6, 12, 13, 14, 15 \
	}
#define KEPT_LIBUNWIND \
	{ \
		3, 6, 12, 13, 14, 15 \
	}
enum { DWARF_SP = 7, DWARF_RA = 16, DWARF_SIGNAL_RA = DWARF_RA };
enum { ROW_PC = REGS_KEPT, ROW_SIGNAL_PC = ROW_PC, ROW_RULES };
#define MORE_RULES 12
#define FRAME_RECORD_AT_TOP 1
#define MPROTECT_IS_BARRIER 1
#define COOKIE_WORD 0
#define RESULT_REAL_IS_X87(size) ((size) > 8)

struct gort__args {
	uint64_t ret;    /* in: rax; out: the result of a refused call */
	uint64_t gpr[6]; /* rdi rsi rdx rcx r8 r9 */
};

/* In the order of struct gort__mskept. */
static inline int
gort__more_column(uint64_t dwarf)
{
	if (dwarf - 23 < 10) /* xmm6... */
		return (int)dwarf - 23;
	return dwarf == 5 ? 10 : dwarf == 4 ? 11 : -1; /* rdi, rsi */
}

/* Where the caller wants a result that is returned in memory. */
static inline uintptr_t
gort__args_sret(const struct gort__args *a)
{
	return a->gpr[0];
}

#ifdef __APPLE__
#include "cpu_darwin_amd64.h"
#else
static inline char *
gort__thread_pointer(void)
{
	char *tp;

	/* psABI: the first word at %fs:0 holds the thread pointer */
	__asm__ volatile("movq %%fs:0, %0" : "=r"(tp));
	return tp;
}

/*
 * Is this distance from the thread pointer one of static TLS? It lies below
 * the thread pointer (ELF TLS, variant 2), in the thread's own mapping.
 */
static inline bool
gort__tls_is_static(intptr_t offset)
{
	return offset < 0 && offset > -65536;
}

/* The word at a distance from the thread pointer. */
static inline void *
gort__tls_word(intptr_t offset)
{
	void *p;

	__asm__ volatile("movq %%fs:(%1), %0"
			 : "=r"(p)
			 : "r"(offset)
			 : "memory");
	return p;
}
#endif

/* A return address without what the machine may have signed it with. */
static inline uintptr_t
gort__strip_pc(uintptr_t pc)
{
	return pc;
}

#endif
