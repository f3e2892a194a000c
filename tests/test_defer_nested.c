/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics in deferred calls: replaced, raised again, recovered inside.
 * Rows of the table in defer.h.
 */
#include "defer.h"

static void
panic_in_deferred(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(panic_with, text("second"));
	gort_panic("first");
}

static void
replaces(void)
{
	CHECK(caught(panic_in_deferred, NULL, "second"));
	CHECK(traced("1"));
}

static void
replaced_then_recovered(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(panic_with, text("second"));
	gort_panic("first");
}

static void
recovers_newest(void)
{
	CHECK(RETURNS(replaced_then_recovered));
	CHECK(strcmp(got, "second") == 0);
	CHECK(traced("R"));
}

static void
panic_on_return(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(panic_with, text("on return"));
	mark('b');
}

static void
panics_on_return(void)
{
	CHECK(caught(panic_on_return, NULL, "on return"));
	CHECK(traced("b1"));
}

static void
chain(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(panic_with, text("4"));
	gort_defer(panic_with, text("3"));
	gort_defer(panic_with, text("2"));
	gort_panic("1");
}

static void
chains(void)
{
	CHECK(caught(chain, NULL, "4"));
}

static void
recover_then_panic(void *unused)
{
	const struct gort_error *e = gort_recover();

	(void)unused;
	gort_panic("again %s", e ? e->message : "?");
}

static void
repanics_(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_then_panic, NULL);
	gort_panic("a");
}

static void
repanics(void)
{
	CHECK(caught(repanics_, NULL, "again a"));
	CHECK(traced("1"));
}

static void
repanic_recovered_(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(recover_then_panic, NULL);
	gort_panic("a");
}

static void
repanic_recovered(void)
{
	CHECK(RETURNS(repanic_recovered_));
	CHECK(strcmp(got, "again a") == 0);
	CHECK(traced("R"));
}

static void
outer_of_repanic(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	repanics_(unused);
	mark('x');
}

static void
repanic_outside(void)
{
	CHECK(RETURNS(outer_of_repanic));
	CHECK(strcmp(got, "again a") == 0);
	CHECK(traced("1R"));
}

static void
recovers_inside(void *unused)
{
	safe_void(unused);
	mark('d');
}

static void
inner_pair(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recovers_inside, NULL);
	gort_panic("outer");
}

static void
inner_recovered(void)
{
	CHECK(caught(inner_pair, NULL, "outer"));
	CHECK(traced("Rd1"));
}

static void
panics_in_nested(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("n"));
	gort_defer(panic_with, text("third"));
	gort_panic("second");
}

static void
three_deep(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(panics_in_nested, NULL);
	gort_panic("first");
}

static void
nested_three(void)
{
	CHECK(RETURNS(three_deep));
	CHECK(strcmp(got, "third") == 0);
	CHECK(traced("nR"));
}

static void
new_panic_in_rest(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(panic_with, text("fresh"));
	gort_defer(recover_it, NULL);
	gort_panic("old");
}

static void
fresh_panic(void)
{
	CHECK(RETURNS(new_panic_in_rest));
	CHECK(strcmp(got, "fresh") == 0);
	CHECK(traced("RR"));
}

static void
recover_in_nested_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_panic("inner");
}

static void
nested_and_both(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(recover_in_nested_panic, NULL);
	gort_panic("outer");
}

static void
both_recovered(void)
{
	CHECK(RETURNS(nested_and_both));
	CHECK(strcmp(got, "outer") == 0);
	CHECK(traced("RR"));
}

static void
panic_loop(void *n)
{
	GORT_DEFERS;
	int i;

	for (i = 0; i < *(int *)n; i++)
		gort_defer(panic_with, text("in a loop"));
	gort_panic("first");
}

static void
hundred_replaced(void)
{
	int n = 100;

	CHECK(caught(panic_loop, &n, "in a loop"));
}

static const struct test tests[] = {
    {"a panic in a deferred call replaces the first", replaces},
    {"and is what recover gives", recovers_newest},
    {"a deferred call panics on return", panics_on_return},
    {"a chain of them: the last counts", chains},
    {"recover, then panic again", repanics},
    {"which the same function's next recovers", repanic_recovered},
    {"or an outer function", repanic_outside},
    {"a panic inside a deferred call, recovered there", inner_recovered},
    {"three panics deep", nested_three},
    {"a panic after the recovery is a new one", fresh_panic},
    {"inner and outer panic are recovered each", both_recovered},
    {"a hundred panics replace each other", hundred_replaced},
};

int
main(void)
{
	return RUN_TESTS("defer nested", tests);
}
