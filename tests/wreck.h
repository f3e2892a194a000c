/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code that destroys every register a call should preserve, and a caller that
 * survives it and sees what is left. For the tests of crosscall.
 */
#ifndef GORT_WRECK_H
#define GORT_WRECK_H

#include <gort/crosscall.h>
#include <stdint.h>

typedef void wreck_via(void (*fn)(void *), void *arg);

/* How many preserved registers there are (vector ones: their low halves). */
#if defined(__x86_64__) && defined(_WIN32)
#define WRECK_KEPT 18
#elif defined(__x86_64__)
#define WRECK_KEPT 6
#elif defined(__i386__)
#define WRECK_KEPT 4
#elif defined(__aarch64__)
#define WRECK_KEPT 19
#endif

/*
 * Load the preserved registers from before, call via(a routine that destroys
 * them all, NULL), store them to after. wreck_*.S. With an argument, the
 * address of a function, that routine does not return but jumps there.
 */
void wreck_call(wreck_via *via, const uintptr_t *before, uintptr_t *after);

/* A via that calls directly. */
static inline void
wreck_direct(void (*fn)(void *), void *arg)
{
	fn(arg);
}

#endif
