/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics with values: typed pointers, codes, destructors.
 * Rows of the table in defer.h.
 */
#include "defer.h"

static int destroyed;

static void
destroy(void *value)
{
	destroyed += *(int *)value;
}

static int number = 3;

static void
with_value(void *unused)
{
	(void)unused;
	gort_panic_value(42, "number", &number, destroy, "value %d", number);
}

static void
value_at_boundary(void)
{
	destroyed = 0;
	CHECK(caught(with_value, NULL, "value 3"));
	CHECK(err.detail == 42);
	CHECK(destroyed == 3);
}

static void
take_it(void *where)
{
	const struct gort_error *e = gort_recover();

	if (!e)
		return;
	mark(e->detail == 42 ? 'c' : '?');
	mark(gort_take_value(e, "other") ? '?' : 'o');
	*(void **)where = gort_take_value(e, "number");
	mark(gort_take_value(e, "number") ? '?' : 't');
}

static void *
takes_value(void)
{
	GORT_DEFERS_RESULT(void *, r);

	gort_defer(take_it, &r);
	with_value(NULL);
	gort_return(r);
}

static void
value_taken(void)
{
	destroyed = 0;
	CHECK(takes_value() == &number);
	CHECK(destroyed == 0);
	CHECK(traced("cot"));
}

static void
recovers_value(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	with_value(unused);
}

static void
value_destroyed(void)
{
	destroyed = 0;
	CHECK(RETURNS(recovers_value));
	CHECK(destroyed == 3);
	CHECK(traced("R"));
}

static void
replaces_value(void *unused)
{
	GORT_DEFERS;

	gort_defer(panic_with, text("instead"));
	with_value(unused);
}

static void
value_replaced(void)
{
	destroyed = 0;
	CHECK(caught(replaces_value, NULL, "instead"));
	CHECK(err.detail == 0 && destroyed == 3);
}

static void
repanic_it(void *unused)
{
	const struct gort_error *e = gort_recover();

	(void)unused;
	if (e)
		gort_repanic(e);
}

static void
passes_value_on(void *unused)
{
	GORT_DEFERS;

	gort_defer(repanic_it, NULL);
	with_value(unused);
}

static void *
takes_repanicked(void)
{
	GORT_DEFERS_RESULT(void *, r);

	gort_defer(take_it, &r);
	passes_value_on(NULL);
	gort_return(r);
}

static void
value_repanicked(void)
{
	destroyed = 0;
	CHECK(takes_repanicked() == &number);
	CHECK(destroyed == 0);
	CHECK(traced("cot"));
	CHECK(caught(passes_value_on, NULL, "value 3"));
	CHECK(err.detail == 42 && destroyed == 3);
}

static const struct test tests[] = {
    {"a value's destructor runs at the boundary (C)", value_at_boundary},
    {"the value is taken by its type", value_taken},
    {"not taken, it is destroyed", value_destroyed},
    {"replaced, it is destroyed", value_replaced},
    {"panicked again, it goes along", value_repanicked},
};

int
main(void)
{
	return RUN_TESTS("defer values", tests);
}
