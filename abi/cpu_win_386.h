/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TEB, and what else is Windows': 386. Included by cpu_386.h.
 */
#ifndef GORT_ABI_CPU_WIN_386_H
#define GORT_ABI_CPU_WIN_386_H

/* the head of the list of exception handlers, fs:0 */
#define REGS_MORE 4

/* the TEB, from gort__thread_pointer: PEB, TlsSlots, TlsExpansionSlots */
#define TEB_PEB 0x30
#define TEB_TLS_SLOTS 0xe10
#define TEB_TLS_EXPANSION 0xf94
/* the PEB: LoaderLock */
#define PEB_LOADER_LOCK 0xa0

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

#endif
