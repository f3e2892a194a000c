/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * amd64, Windows (Microsoft, "x64 calling convention", "Register usage").
 * xmm6 to xmm15 are preserved too; boundaries and scopes keep them themselves,
 * so the walk need not know them. Included by cpu.h.
 */
#ifndef GORT_ABI_CPU_WIN_AMD64_H
#define GORT_ABI_CPU_WIN_AMD64_H

enum { K_BX, K_BP, K_SI, K_DI, K_R12, K_R13, K_R14, K_R15, REGS_KEPT };
#define K_FP K_BP
#define K_ENTRY K_BX
/* the numbers that UNWIND_INFO has for them, in place of DWARF's */
#define KEPT_DWARF \
	{ \
		3, 5, 6, 7, 12, 13, 14, 15 \
	}
enum { DWARF_SP = 4, DWARF_RA = 16, DWARF_SIGNAL_RA = DWARF_RA };
enum { ROW_PC = REGS_KEPT, ROW_SIGNAL_PC = ROW_PC, ROW_RULES };
#define FRAME_RECORD_AT_TOP 1
#define MPROTECT_IS_BARRIER 1
#define COOKIE_WORD 4              /* above the callee's home space */
#define RESULT_REAL_IS_X87(size) 0 /* larger ones go to memory */
/* xmm6 to xmm15 */
#define REGS_MORE 160
/* an entered call keeps its return address and registers on the stack */
#define ENTRY_KEEPS_FRAME 1
/* rows of unwind data hold at calls only */
#define EXACT_IS_HARD 1

/* the TEB, from gort__thread_pointer: PEB, TlsSlots, TlsExpansionSlots */
#define TEB_PEB 0x60
#define TEB_TLS_SLOTS 0x1480
#define TEB_TLS_EXPANSION 0x1780
/* the PEB: LoaderLock */
#define PEB_LOADER_LOCK 0x110

struct gort__args {
	uint64_t ret;    /* in: rax; out: the result of a refused call */
	uint64_t gpr[4]; /* rcx rdx r8 r9 */
};

/* Where the caller wants a result that is returned in memory. */
static inline uintptr_t
gort__args_sret(const struct gort__args *a)
{
	return a->gpr[0];
}

/* The TEB: its own address stands at %gs:0x30 (NT_TIB.Self). */
static inline char *
gort__thread_pointer(void)
{
	char *tp;

	__asm__ volatile("movq %%gs:0x30, %0" : "=r"(tp));
	return tp;
}

/* gort__tls_init knows; nothing is found out by looking. */
static inline bool
gort__tls_is_static(intptr_t offset)
{
	(void)offset;
	return false;
}

/* The word at a distance from the thread pointer. */
static inline void *
gort__tls_word(intptr_t offset)
{
	void *p;

	__asm__ volatile("movq %%gs:(%1), %0"
			 : "=r"(p)
			 : "r"(offset)
			 : "memory");
	return p;
}

/* A return address without what the machine may have signed it with. */
static inline uintptr_t
gort__strip_pc(uintptr_t pc)
{
	return pc;
}

#endif
