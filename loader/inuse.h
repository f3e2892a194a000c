/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who else points into code that is to be unmapped: signal handlers, what the C
 * library calls by itself, and threads that the code started. Private.
 */
#ifndef GORT_INUSE_H
#define GORT_INUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Does anything that is not a call point into [base, end): a signal handler, a
 * timer, or (threads) another thread's stack? true, with the reason in why.
 */
bool gort__code_in_use(
    const char *base, const char *end, bool threads, char *why, size_t n);

/* Its parts, of each system. */
bool gort__handlers_in(const char *base, const char *end, char *why, size_t n);
bool gort__timers_in(const char *base, const char *end, char *why, size_t n);
bool gort__threads_in(const char *base, const char *end, char *why, size_t n);

/* Is the destructor of a key of threads' data (pthread_key_create(3)) there? */
bool gort__keys_in(const char *base, const char *end);

/*
 * Delete those keys for the code, which is to go and has no thread inside:
 * values stay with their threads, and no destructor is begun any more. Their
 * numbers are held: what the code has yet to run (a static destructor) may delete
 * them again, and must not hit another's key. They are added to *held. false: not
 * now, why says it; or, with *lost, the code can never go, as a number was taken
 * meanwhile.
 */
struct gort__keys;
bool gort__keys_delete(struct gort__keys **held, const char *base,
    const char *end, bool *lost, char *why, size_t n);

/* The code is gone: give the numbers back. */
void gort__keys_release(struct gort__keys **held);

/*
 * A plugin is to be closed, and with it go the libraries that only it needs:
 * those that something else uses (see above) stay mapped for good. But modules:
 * they have a fini. dso: the dynamic linker's handle of the plugin.
 */
void gort__keep_used_libs(void *dso);

static inline bool
gort__within(const char *base, const char *end, uintptr_t p)
{
	return p >= (uintptr_t)base && p < (uintptr_t)end;
}

/* n with one digit more, as /proc writes numbers. */
static inline uintptr_t
gort__with_digit(uintptr_t n, unsigned radix, char c)
{
	return n * radix + (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/*
 * Does the stack of a thread that stands still hold an address in [base, end)?
 * It is searched from sp to top, where its mapping ends. Also when it cannot be
 * read, or top is 0: no mapping of ours. Takes no lock.
 */
bool gort__stack_points_in(
    const char *base, const char *end, uintptr_t sp, uintptr_t top);

#endif
