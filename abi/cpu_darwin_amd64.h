/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A thread's pthread keys: macOS, amd64. Their values lie at %gs:0 and up, a
 * word each. Included by cpu_amd64.h.
 */
#ifndef GORT_ABI_CPU_DARWIN_AMD64_H
#define GORT_ABI_CPU_DARWIN_AMD64_H

/* The word at a distance from the first key's. */
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

static inline void
gort__tls_set_word(intptr_t offset, void *p)
{
	__asm__ volatile("movq %0, %%gs:(%1)"
			 :
			 : "r"(p), "r"(offset)
			 : "memory");
}

/* Never asked: there is no other model to prove. */
static inline bool
gort__tls_is_static(intptr_t offset)
{
	return offset > 0;
}

#endif
