/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The live part of a thread's stack is searched for return addresses. That is
 * conservative: a stale word keeps the code mapped, nothing unmaps code that is
 * in use. Threads are only asked for where an object imports a function that
 * makes them.
 */
#include "../include/small.h"
#include "inuse.h"
#include "../runtime/os.h"

/* All of it: a thread may wait deep below the frame that returns to the code. */
bool
gort__stack_points_in(
    const char *base, const char *end, uintptr_t sp, uintptr_t top)
{
	uintptr_t words[4096 / sizeof(uintptr_t)];
	uintptr_t at = sp & ~(uintptr_t)7;
	size_t n, i;

	if (!top)
		return true;
	for (; at < top; at += n) {
		n = 4096 - at % 4096;
		if (!gort__safe_read((const void *)at, words, n))
			return true;
		for (i = 0; i < n / sizeof(words[0]); i++)
			if (gort__within(base, end, words[i]))
				return true;
	}
	return false;
}

bool
gort__code_in_use(
    const char *base, const char *end, bool threads, char *why, size_t n)
{
	return gort__handlers_in(base, end, why, n) ||
	       gort__timers_in(base, end, why, n) ||
	       (threads && gort__threads_in(base, end, why, n));
}
