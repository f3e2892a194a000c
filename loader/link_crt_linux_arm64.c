/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What compilers for arm64 call without being told and no shared library has:
 * the atomic operations of -moutline-atomics, gcc's default, which choose their
 * instructions by the processor. Each program has a copy, of its compiler's
 * static run-time; objects that are linked into a process use libgort's.
 */
#include "config.h"
#include "../include/small.h"
#include "link_crt.h"

#include <string.h>

#ifdef HAVE_OUTLINE_ATOMICS
#define ORDERS(x, op) \
	x(op##_relax) x(op##_acq) x(op##_rel) x(op##_acq_rel) x(op##_sync)
#define SIZES(x, op) \
	ORDERS(x, op##1) ORDERS(x, op##2) ORDERS(x, op##4) ORDERS(x, op##8)
#define OPS(x) SIZES(x, swp) SIZES(x, ldadd) SIZES(x, ldclr)
#define BITS(x) SIZES(x, ldeor) SIZES(x, ldset)
#define ALL(x) SIZES(x, cas) ORDERS(x, cas16) OPS(x) BITS(x)

#define DECLARE(name) void __aarch64_##name(void);
ALL(DECLARE)

/* Names behind each other, so that they need no relocations each. */
#define NAME(name) #name "\0"
static const char names[] = ALL(NAME);
#define ADDRESS(name) __aarch64_##name,
static void (*const functions[])(void) = {ALL(ADDRESS)};
#endif

void __clear_cache(void *begin, void *end);

uintptr_t
gort__link_helper(const char *name)
{
	if (strcmp(name, "__clear_cache") == 0)
		return (uintptr_t)__clear_cache;
#ifdef HAVE_OUTLINE_ATOMICS
	if (strncmp(name, "__aarch64_", 10) == 0) {
		const char *p = names;
		unsigned i;

		for (i = 0; *p; i++, p += strlen(p) + 1)
			if (strcmp(p, name + 10) == 0)
				return (uintptr_t)functions[i];
	}
#endif
	return 0;
}
