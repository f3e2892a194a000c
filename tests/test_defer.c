/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred calls: order, loops, arguments, values returned, panics.
 * Rows of the table in defer.h.
 */
#include "defer.h"

static void
three(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(say, text("2"));
	gort_defer(say, text("3"));
	mark('b');
}

static void
lifo(void)
{
	three(NULL);
	CHECK(traced("b321"));
}

static void
none_deferred(void *unused)
{
	GORT_DEFERS;

	if (unused)
		gort_defer(say, text("x"));
	mark('b');
}

static void
none(void)
{
	none_deferred(NULL);
	CHECK(traced("b"));
}

static void
early_return(void *arg)
{
	GORT_DEFERS;

	gort_defer(say, text("1"));
	if (arg)
		return;
	gort_defer(say, text("2"));
}

static void
early(void)
{
	early_return(trace);
	CHECK(traced("1"));
	early_return(NULL);
	CHECK(traced("21"));
}

static int order[5000], ordered;

static void
take_number(void *arg)
{
	order[ordered++] = *(int *)arg;
}

static void
loop_of(void *n)
{
	GORT_DEFERS;
	static int numbers[5000];
	int i;

	for (i = 0; i < *(int *)n; i++) {
		numbers[i] = i;
		gort_defer(take_number, &numbers[i]);
	}
}

static int
ran_backwards(int n)
{
	int i, ok = ordered == n;

	for (i = 0; i < n && ok; i++)
		ok = order[i] == n - 1 - i;
	ordered = 0;
	return ok;
}

static void
loops(void)
{
	int n;

	for (n = 0; n < 12; n++) {
		loop_of(&n);
		CHECK(ran_backwards(n));
	}
	n = 5000;
	loop_of(&n);
	CHECK(ran_backwards(n));
}

static void
loop_then_panic(void *n)
{
	GORT_DEFERS;
	int i, number[300];

	for (i = 0; i < *(int *)n; i++) {
		number[i] = i;
		gort_defer(take_number, &number[i]);
	}
	gort_panic("after the loop");
}

static void
loops_panicking(void)
{
	int n = 300;

	CHECK(caught(loop_then_panic, &n, "after the loop"));
	CHECK(ran_backwards(300));
}

static void
early_argument(void *unused)
{
	GORT_DEFERS;
	static const char *letters[] = {"a", "b"};
	const char *now = letters[0];

	(void)unused;
	gort_defer(say, text(now));
	now = letters[1];
	gort_defer(say, text(now));
}

static void
arguments(void)
{
	early_argument(NULL);
	CHECK(traced("ba"));
}

static int
changed_result(int n)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(triple, &r);
	gort_return(n);
}

static int
plain_result(int n)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(triple, &r);
	r = n;
	return r;
}

static void
results(void)
{
	CHECK(changed_result(7) == 21);
	CHECK(plain_result(7) == 7);
}

static int
recursive(int n)
{
	GORT_DEFERS_RESULT(int, r);
	char c = (char)('0' + n);

	gort_defer(say, &c);
	if (n > 0)
		r = recursive(n - 1);
	gort_return(r + 1);
}

static void
recursion(void)
{
	CHECK(recursive(5) == 6);
	CHECK(traced("012345"));
}

static void
defers_more(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("i"));
	gort_defer(say, text("j"));
	mark('d');
}

static void
nested_defers(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(defers_more, NULL);
	gort_defer(say, text("2"));
}

static void
defer_in_deferred(void)
{
	nested_defers(NULL);
	CHECK(traced("2dji1"));
}

static void
panic_runs(void)
{
	CHECK(caught(three_then_panic, NULL, "p"));
	CHECK(traced("21"));
}

static void
panic_runs_callers(void)
{
	CHECK(caught(two_frames, NULL, "p"));
	CHECK(traced("213"));
}

static void
not_reached(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	panic_with(text("early"));
	gort_defer(say, text("2"));
}

static void
later_defers(void)
{
	CHECK(caught(not_reached, NULL, "early"));
	CHECK(traced("1"));
}

static inline int
never(const char *why)
{
	return why == NULL;
}

static void
dropped(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
}

/*
 * The compiler learns late, by inlining, that nobody calls it: then what keeps
 * its label's address must go with it, or this program does not link.
 */
static void
may_be_dropped(void)
{
	if (never("so it is"))
		CHECK(RETURNS(dropped));
	CHECK(traced(""));
}

static const struct test tests[] = {
    {"deferred calls run last in, first out", lifo},
    {"a function that deferred nothing returns", none},
    {"only what was reached is deferred", early},
    {"calls deferred in a loop all run, newest first", loops},
    {"also when a panic runs them", loops_panicking},
    {"arguments are those at the defer", arguments},
    {"a deferred call changes the result after return", results},
    {"each activation of a function has its own", recursion},
    {"a deferred function defers its own", defer_in_deferred},
    {"a panic runs the deferred calls", panic_runs},
    {"and those of the callers", panic_runs_callers},
    {"what comes after a panic is not deferred", later_defers},
    {"a function that nobody calls may be dropped", may_be_dropped},
};

int
main(void)
{
	return RUN_TESTS("defer", tests);
}
