/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_recover: who may, what it gives, and where the function goes on.
 * Rows of the table in defer.h.
 */
#include "defer.h"

static void
recovers(void)
{
	CHECK(RETURNS(safe_void));
	CHECK(strcmp(got, "one") == 0);
	CHECK(traced("R"));
}

static void
no_boundary(void)
{
	safe_void(NULL);
	CHECK(strcmp(got, "one") == 0);
	CHECK(traced("R"));
}

static void
no_panic_recover(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
}

static void
nothing_to_recover(void)
{
	no_panic_recover(NULL);
	CHECK(traced("n"));
	recover_it(NULL);
	CHECK(traced("n"));
}

static void
goes_on(void *unused)
{
	safe_void(unused);
	mark('a');
	safe_void(unused);
	mark('b');
}

static void
caller_goes_on(void)
{
	CHECK(RETURNS(goes_on));
	CHECK(traced("RaRb"));
}

static void
not_after(void *unused)
{
	safe_void(unused);
	mark('a');
	gort_panic("two");
}

static void
panic_after_recovery(void)
{
	CHECK(caught(not_after, NULL, "two"));
	CHECK(traced("Ra"));
}

static void
recover_in_middle(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_it, NULL);
	gort_defer(say, text("2"));
	gort_panic("p");
}

static void
rest_runs(void)
{
	CHECK(RETURNS(recover_in_middle));
	CHECK(traced("2R1"));
}

static void
recover_twice_(void *unused)
{
	(void)unused;
	mark(gort_recover() ? 'R' : 'n');
	mark(gort_recover() ? 'R' : 'n');
}

static void
twice_in_one(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_twice_, NULL);
	gort_panic("p");
}

static void
second_recover(void)
{
	CHECK(RETURNS(twice_in_one));
	CHECK(traced("Rn"));
}

static void
two_recoverers(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(recover_it, NULL);
	gort_panic("p");
}

static void
first_takes_it(void)
{
	CHECK(RETURNS(two_recoverers));
	CHECK(traced("Rn"));
}

static void
helper_recovers(void *unused)
{
	recover_it(unused);
	sink++;
}

static void
deeper(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(helper_recovers, NULL);
	gort_panic("p");
}

static void
not_deeper(void)
{
	CHECK(caught(deeper, NULL, "p"));
	CHECK(traced("n"));
}

static void
own_nested(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	mark('d');
}

static void
nested_deferred(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(own_nested, NULL);
	gort_panic("p");
}

static void
not_in_nested(void)
{
	CHECK(caught(nested_deferred, NULL, "p"));
	CHECK(traced("dn"));
}

static void
recover_in_body(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	mark(gort_recover() ? 'R' : 'n');
	gort_defer(say, text("1"));
	gort_panic("p");
}

static void
not_shallower(void)
{
	CHECK(caught(recover_in_body, NULL, "p"));
	CHECK(traced("n1"));
}

static void
callee_with_defers(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	mark('c');
}

static void
calls_one(void *unused)
{
	callee_with_defers(unused);
	sink++;
}

static void
other_functions_defer(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(calls_one, NULL);
	gort_panic("p");
}

static void
not_others(void)
{
	CHECK(caught(other_functions_defer, NULL, "p"));
	CHECK(traced("cn"));
}

NOINLINE static void
down(int n)
{
	volatile char room[64];

	room[0] = (char)n;
	if (n == 0)
		gort_panic("deep");
	if (n > 0)
		down(n - 1);
	sink += room[0];
}

static void
from_deep(void *n)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	down(*(int *)n);
}

static void
deep_panic(void)
{
	int n;

	for (n = 0; n < 2000; n += 199) {
		CHECK(gort_try(from_deep, &n, &err) == 0);
		CHECK(traced("R"));
	}
}

static void
middle(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("m"));
	safe_void(unused);
	mark('a');
}

static void
outer_defers_stay(void)
{
	CHECK(RETURNS(middle));
	CHECK(traced("Ram"));
}

static void
outer_recovers(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	two_frames(unused);
}

static void
inner_frames_skipped(void)
{
	CHECK(RETURNS(outer_recovers));
	CHECK(traced("213R"));
}

static void
many_times(void)
{
	int i;

	if (under_tsan("its table of functions entered is full before"))
		return;
	for (i = 0; i < 20000; i++) {
		safe_void(NULL);
		trace[0] = '\0';
	}
	CHECK(RETURNS(safe_void));
	CHECK(traced("R"));
}

static const struct test tests[] = {
    {"a deferred function recovers a panic", recovers},
    {"below no boundary too (C)", no_boundary},
    {"recover is nil without a panic", nothing_to_recover},
    {"the caller of the function that recovered goes on", caller_goes_on},
    {"and may panic again", panic_after_recovery},
    {"the rest of the deferred calls runs", rest_runs},
    {"a second recover is nil", second_recover},
    {"the first of two that recover gets it", first_takes_it},
    {"a helper of a deferred function cannot recover", not_deeper},
    {"nor what a deferred function defers", not_in_nested},
    {"nor the function itself", not_shallower},
    {"nor what a callee of a deferred function defers", not_others},
    {"from any depth", deep_panic},
    {"what outer functions deferred waits", outer_defers_stay},
    {"an outer function recovers", inner_frames_skipped},
    {"20000 times", many_times},
};

int
main(void)
{
	return RUN_TESTS("defer recover", tests);
}
