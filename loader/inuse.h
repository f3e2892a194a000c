/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who else points into code that is to be unmapped: signal handlers, and
 * threads that the code started itself. Private.
 */
#ifndef GORT_INUSE_H
#define GORT_INUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Does anything that is not a call point into [base, end): a signal handler,
 * or (threads) another thread's stack? true, with the reason in why.
 */
bool gort__code_in_use(
    const char *base, const char *end, bool threads, char *why, size_t n);

/* Its two parts, of each system. */
bool gort__handlers_in(const char *base, const char *end, char *why, size_t n);
bool gort__threads_in(const char *base, const char *end, char *why, size_t n);

static inline bool
gort__within(const char *base, const char *end, uintptr_t p)
{
	return p >= (uintptr_t)base && p < (uintptr_t)end;
}

/*
 * Does the stack of a thread that stands still hold an address in [base, end)?
 * Also when sp is no stack of ours. Takes no lock.
 */
bool gort__stack_points_in(const char *base, const char *end, uintptr_t sp);

#endif
