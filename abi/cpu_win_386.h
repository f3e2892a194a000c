/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386, Windows: cdecl, stdcall, fastcall and thiscall preserve the same
 * registers as System V; gcc's DWARF numbers are its too. Included by cpu.h.
 */
#ifndef GORT_ABI_CPU_WIN_386_H
#define GORT_ABI_CPU_WIN_386_H

enum { K_BX, K_BP, K_SI, K_DI, REGS_KEPT };
#define K_FP K_BP
#define K_ENTRY K_BX
#define KEPT_DWARF \
	{ \
		3, 5, 6, 7 \
	}
enum { DWARF_SP = 4, DWARF_RA = 8, DWARF_SIGNAL_RA = DWARF_RA };
enum { ROW_PC = REGS_KEPT, ROW_SIGNAL_PC = ROW_PC, ROW_RULES };
#define FRAME_RECORD_AT_TOP 1
#define MPROTECT_IS_BARRIER 1
#define COOKIE_WORD 1
#define RESULT_REAL_IS_X87(size) ((size) > 0)
/* the head of the list of exception handlers, fs:0 */
#define REGS_MORE 4

/* the TEB, from gort__thread_pointer: PEB, TlsSlots, TlsExpansionSlots */
#define TEB_PEB 0x30
#define TEB_TLS_SLOTS 0xe10
#define TEB_TLS_EXPANSION 0xf94
/* the PEB: LoaderLock */
#define PEB_LOADER_LOCK 0xa0

struct gort__args {
	uint64_t ret;    /* in: eax, 0; out: eax, edx of a refused call */
	uint32_t ecx;    /* an argument of fastcall and regparm functions */
	uint32_t edx;    /* the same */
	uint32_t stack0; /* the first word on the stack */
	uint32_t slot;   /* for the assembly */
};

/* Where the caller wants a result that is returned in memory. */
static inline uintptr_t
gort__args_sret(const struct gort__args *a)
{
	return a->stack0;
}

/* The TEB: its own address stands at %fs:0x18 (NT_TIB.Self). */
static inline char *
gort__thread_pointer(void)
{
	char *tp;

	__asm__ volatile("movl %%fs:0x18, %0" : "=r"(tp));
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

	__asm__ volatile("movl %%fs:(%1), %0"
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
