/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred calls, panics and recovery with C++ frames between.
 */
#include "defer.h"
#include "defer_cxx.h"

void
cxx_mark(int c)
{
	mark(c);
}

static void
panics(void *message)
{
	panic_with(message);
}

/* Runs a C++ frame around a panic, and recovers. */
static int
recovers_over(void (*frames)(cxx_fn *, void *))
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(say, text("1"));
	gort_defer(recover_it, NULL);
	r = 8;
	frames(panics, text("p"));
	mark('x');
	gort_return(0);
}

static void
destructors(void)
{
	CHECK(recovers_over(cxx_through) == 8);
	CHECK(traced("R1d"));
	CHECK(recovers_over(cxx_through_two) == 8);
	CHECK(traced("R1de"));
}

void without_tables(void (*fn)(void *), void *arg);

static cxx_fn *below;

static void
through(void *arg)
{
	cxx_through(below, arg);
}

static void
without(cxx_fn *fn, void *arg)
{
	below = fn;
	without_tables(through, arg);
}

/* Below a boundary: the frame pointer of who calls such code may be anything. */
static void
over_gap(void *unused)
{
	(void)unused;
	CHECK(recovers_over(without) == 8);
}

static void
gap(void)
{
	CHECK(RETURNS(over_gap));
	CHECK(traced(CLEANUPS_PASS_GAPS ? "R1d" : "R1"));
}

static void
rethrown(void)
{
	CHECK(recovers_over(cxx_rethrow) == 8);
	CHECK(traced("R1cd"));
}

static void
many_times(void)
{
	int i;

	for (i = 0; i < 500; i++) {
		CHECK(recovers_over(cxx_rethrow) == 8);
		CHECK(traced("R1cd"));
		CHECK(recovers_over(cxx_through) == 8);
		CHECK(traced("R1d"));
	}
}

static void
not_by_type(void)
{
	CHECK(recovers_over(cxx_catch_type) == 8);
	CHECK(traced("R1"));
}

static void
panic_in_destructor(void)
{
	CHECK(recovers_over(cxx_trying) == 8);
	CHECK(traced("R1t"));
}

struct call {
	void (*frames)(cxx_fn *, void *);
	cxx_fn *fn;
};

static void
around(void *arg)
{
	const struct call *c = arg;

	c->frames(c->fn, text("b"));
	mark('x');
}

static void
rethrown_to_boundary(void)
{
	struct call c = {cxx_rethrow, panics};

	CHECK(caught(around, &c, "b"));
	CHECK(traced("cd"));
	c.frames = cxx_catch_type;
	CHECK(caught(around, &c, "b"));
	CHECK(traced(""));
}

static void
swallowed(void)
{
	struct call c = {cxx_catch_all, panics};

	CHECK(gort_try(around, &c, &err) == 0);
	CHECK(traced("cax"));
}

static void
goexit_from_there(void *unused)
{
	(void)unused;
	gort_goexit();
}

static void
goexit_over(void)
{
	struct call c = {cxx_through, goexit_from_there};

	CHECK(gort_try(around, &c, &err) == -GORT_EGOEXIT);
	CHECK(traced("d"));
}

static void
throws_deferred(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(cxx_out_of_range, NULL);
	gort_panic("p");
}

static void
recovers_exception(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	throws_deferred(unused);
}

static void
exception_replaces(void)
{
	CHECK(gort_try(throws_deferred, NULL, &err) == -GORT_EEXCEPTION);
	CHECK(strcmp(err.message, "std::out_of_range: too far") == 0);
	CHECK(traced("1"));
	CHECK(RETURNS(recovers_exception));
	CHECK(strcmp(got, "std::out_of_range: too far") == 0);
	CHECK(traced("1R"));
}

static char *self;

static void
noexcept_frame(void)
{
	CHECK(ended_by_abort(run_self(self, "noexcept")));
}

static const struct test tests[] = {
    {"destructors on the way to who recovered run last", destructors},
    {"code without tables on the way is no hindrance", gap},
    {"catch (...) that throws again is passed", rethrown},
    {"500 times", many_times},
    {"a catch by type is not for panics", not_by_type},
    {"a panic in a destructor, below a boundary", panic_in_destructor},
    {"catch (...) on the way to a boundary throws again", rethrown_to_boundary},
    {"and may end the panic", swallowed},
    {"goexit runs destructors", goexit_over},
    {"an exception in a deferred call replaces the panic", exception_replaces},
    {"a noexcept function ends the process", noexcept_frame},
};

int
main(int argc, char **argv)
{
	struct call c = {cxx_noexcept, panics};

	self = argv[0];
	if (argc > 1)
		return gort_try(around, &c, NULL) == 0 ? 97 : 98;
	return RUN_TESTS("defer cxx", tests);
}
