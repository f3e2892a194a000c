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

#define STACK_WINDOW (256 * 1024) /* bytes searched above the stack pointer */

/*
 * Page by page: the one that cannot be read is past the stack's end. When it
 * is the first, what the system told is no stack of ours (an emulator's own),
 * and the thread cannot be looked at.
 */
bool
gort__stack_points_in(const char *base, const char *end, uintptr_t sp)
{
	uintptr_t words[4096 / sizeof(uintptr_t)];
	uintptr_t start = sp & ~(uintptr_t)7, at = start;
	size_t n, i;

	for (; at - start < STACK_WINDOW; at += n) {
		n = 4096 - at % 4096;
		if (!gort__safe_read((const void *)at, words, n))
			return at == start;
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
	       (threads && gort__threads_in(base, end, why, n));
}
