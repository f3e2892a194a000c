/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics and exceptions that meet C++: at the boundary, in frames between.
 */
#include "check.h"

#include <gort.h>

extern int destroyed;
void cxx_throw(void *);
void cxx_throw_int(void *);
void cxx_rethrow_ptr(void *);
void cxx_panic(void *);
void cxx_swallow(void *);
void cxx_catch_around(void *);
void without_tables(void (*fn)(void *), void *arg);

static struct gort_error err;
static struct gort_plugin *p;

static void
plain(void *arg)
{
	gort_panic("plain %s", (const char *)arg);
}

static void
exceptions(void)
{
	destroyed = 0;
	CHECK(gort_try(cxx_throw, NULL, &err) == -GORT_EEXCEPTION);
	CHECK(strcmp(err.message, "std::out_of_range: too far") == 0);
	CHECK(destroyed == 1);
	CHECK(err.nframes > 0);
	CHECK(gort_try(cxx_throw_int, NULL, &err) == -GORT_EEXCEPTION);
	CHECK(strcmp(err.message, "int") == 0);
	CHECK(gort_try(cxx_rethrow_ptr, NULL, &err) == -GORT_EEXCEPTION);
	CHECK(strcmp(err.message, "std::logic_error: once more") == 0);
}

static void
destructors(void)
{
	int n = 7;

	destroyed = 0;
	CHECK(gort_try(cxx_panic, &n, &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "through C++ 7") == 0);
	CHECK(destroyed == 1);
}

static void
swallowed(void)
{
	int caught = 0;

	CHECK(gort_try(cxx_swallow, &caught, &err) == 0);
	CHECK(caught == 1);
	/* nothing is left of it */
	CHECK(gort_try(plain, "again", &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "plain again") == 0);
}

static int cleaned;

static void
clean(int *unused)
{
	(void)unused;
	cleaned++;
}

static int seven = 7;

static void
cxx_without_tables(void *arg)
{
	(void)arg;
	without_tables(cxx_panic, &seven);
}

/* A cleanup on either side of the gap. */
static void
both_sides(void *arg)
{
	__attribute__((cleanup(clean))) int guard = 0;

	(void)guard;
	cxx_without_tables(arg);
}

static void
gaps(void)
{
	destroyed = cleaned = 0;
	CHECK(gort_try(cxx_without_tables, NULL, &err) == -GORT_EPANIC);
	CHECK(destroyed == CLEANUPS_PASS_GAPS && err.skipped >= 1);
	destroyed = cleaned = 0;
	CHECK(gort_try(both_sides, NULL, &err) == -GORT_EPANIC);
	CHECK(destroyed == CLEANUPS_PASS_GAPS);
	CHECK(cleaned == CLEANUPS_PASS_GAPS && err.skipped >= 1);
}

static void
cxx_host(void)
{
	struct gort_stats st;

	/* a C++ host catches through an exported call's frame */
	destroyed = 0;
	cxx_catch_around(gort_sym(p, "call_back"));
	CHECK(destroyed == 42);
	CHECK(gort_stat(p, &st) == 0 && st.in_flight == 0);
}

static const struct test tests[] = {
    {"C++ exceptions end at the boundary with type and what()", exceptions},
    {"C++ destructors run when a panic passes", destructors},
    {"catch (...) may swallow a panic", swallowed},
    {"cleanups on either side of code without tables run", gaps},
    {"a C++ host catches through an exported call", cxx_host},
};

int
main(void)
{
	p = gort_open(plugin("basic1"), 0);
	if (!p) {
		fprintf(stderr, "%s\n", gort_errmsg());
		return 99;
	}
	return RUN_TESTS("panic_cxx", tests);
}
