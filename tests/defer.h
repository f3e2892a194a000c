/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of deferred calls and recovery: of what Go's published semantics
 * say (The Go Programming Language Specification, "Defer statements",
 * "Handling panics", "Return statements"; package runtime, Goexit). Its rows
 * are the names of the tests in tests[], at the end of each test_defer*.c. Rows
 * that end with "(C)" are about what only C has. Built several times, with
 * other compilers and optimisations (defer.sh).
 *
 *	test_defer		order, loops, arguments, values returned
 *	test_defer_recover	who may, what it gives, where the function goes
 *	test_defer_results	what it returns, and what its caller then has
 *	test_defer_nested	panics in deferred calls
 *	test_defer_goexit	it runs what is deferred, nothing stops it
 *	test_defer_values	typed pointers, codes, destructors
 *	test_defer_c		errno, boundaries, longjmp, faults, cleanups
 *
 * A suite's functions note what they do as letters of a trace.
 */
#ifndef GORT_TESTS_DEFER_H
#define GORT_TESTS_DEFER_H

#include "check.h"

#include <gort.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))
/* a helper that not every suite needs */
#define HELPER __attribute__((unused)) static

static char trace[256], got[256];
static struct gort_error err;
__attribute__((unused)) static volatile int sink;

HELPER void
mark(int c)
{
	size_t n = strlen(trace);

	if (n + 1 < sizeof(trace)) {
		trace[n] = (char)c;
		trace[n + 1] = '\0';
	}
}

HELPER int
traced(const char *want)
{
	int same = strcmp(trace, want) == 0;

	if (!same)
		printf("    trace is \"%s\", not \"%s\"\n", trace, want);
	trace[0] = got[0] = '\0';
	return same;
}

HELPER void
say(void *c)
{
	mark(*(const char *)c);
}

HELPER void
triple(void *n)
{
	*(int *)n *= 3;
}

HELPER void *
text(const char *s)
{
	return (void *)(uintptr_t)s;
}

HELPER void
recover_it(void *unused)
{
	const struct gort_error *e = gort_recover();

	(void)unused;
	mark(e ? 'R' : 'n');
	snprintf(got, sizeof(got), "%s", e ? e->message : "");
}

HELPER void
panic_with(void *message)
{
	gort_panic("%s", (const char *)message);
}

HELPER int
caught(gort_func *fn, void *arg, const char *message)
{
	int rc = gort_try(fn, arg, &err);

	return rc == -GORT_EPANIC && strcmp(err.message, message) == 0;
}
#define RETURNS(fn) (gort_try(fn, NULL, &err) == 0)

HELPER void
three_then_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(say, text("2"));
	gort_panic("p");
}

HELPER void
two_frames(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("3"));
	three_then_panic(unused);
	mark('x');
}

HELPER void
safe_void(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_panic("one");
}

#endif
