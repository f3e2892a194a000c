/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread's pthread keys: macOS, arm64. TPIDRRO_EL0 points to their values, a
 * word each; xnu has kept a number in its low bits. Included by cpu_arm64.h.
 */
#ifndef GORT_ABI_CPU_DARWIN_ARM64_H
#define GORT_ABI_CPU_DARWIN_ARM64_H

static inline char *
gort__thread_pointer(void)
{
	uintptr_t tp;

	__asm__ volatile("mrs %0, TPIDRRO_EL0" : "=r"(tp));
	return (char *)(tp & ~(uintptr_t)7);
}

/* The word at a distance from the first key's. */
static inline void *
gort__tls_word(intptr_t offset)
{
	return *(void *volatile *)(void *)(gort__thread_pointer() + offset);
}

static inline void
gort__tls_set_word(intptr_t offset, void *p)
{
	*(void *volatile *)(void *)(gort__thread_pointer() + offset) = p;
}

/* Never asked: there is no other model to prove. */
static inline bool
gort__tls_is_static(intptr_t offset)
{
	return offset > 0;
}

#endif
