/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386, System V (psABI i386 1.1, 2.2.3 and table 2.14) and Windows, where cdecl,
 * stdcall, fastcall and thiscall preserve the same registers and gcc's DWARF
 * numbers are the same. Included by cpu.h.
 */
#ifndef GORT_ABI_CPU_386_H
#define GORT_ABI_CPU_386_H

enum { K_BX, K_BP, K_SI, K_DI, REGS_KEPT };
#define K_FP K_BP
#define K_ENTRY K_BX
#define KEPT_DWARF \
	{ \
		3, 5, 6, 7 \
	}
#define KEPT_LIBUNWIND \
	{ \
		3, 6, 4, 5 \
	}
enum { DWARF_SP = 4, DWARF_RA = 8, DWARF_SIGNAL_RA = DWARF_RA };
enum { ROW_PC = REGS_KEPT, ROW_SIGNAL_PC = ROW_PC, ROW_RULES };
#define FRAME_RECORD_AT_TOP 1
#define MPROTECT_IS_BARRIER 1
#define COOKIE_WORD 1
#define RESULT_REAL_IS_X87(size) ((size) > 0)

struct gort__args {
	uint64_t ret;    /* in: eax, 0; out: eax, edx of a refused call */
	uint32_t ecx;    /* an argument of fastcall and regparm functions */
	uint32_t edx;    /* the same */
	uint32_t stack0; /* the first word on the stack */
};

/* Where the caller wants a result that is returned in memory. */
static inline uintptr_t
gort__args_sret(const struct gort__args *a)
{
	return a->stack0;
}

#ifdef _WIN32
#include "cpu_win_386.h"
#else
static inline char *
gort__thread_pointer(void)
{
	char *tp;

	/* the first word at %gs:0 holds the thread pointer */
	__asm__ volatile("movl %%gs:0, %0" : "=r"(tp));
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

	__asm__ volatile("movl %%gs:(%1), %0"
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
