/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_goexit runs what is deferred, and nothing stops it.
 * Rows of the table in defer.h.
 */
#include "defer.h"

static void
exits(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(say, text("2"));
	gort_goexit();
}

static void
goexit_runs(void)
{
	CHECK(gort_try(exits, NULL, &err) == -GORT_EGOEXIT);
	CHECK(err.code == GORT_EGOEXIT);
	CHECK(traced("21"));
}

static void
exits_through(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	exits(unused);
	mark('x');
}

static void
goexit_not_recoverable(void)
{
	CHECK(gort_try(exits_through, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("21n"));
}

static void
go_away(void *unused)
{
	(void)unused;
	gort_goexit();
}

static void
exit_in_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(go_away, NULL);
	gort_panic("p");
}

static void
goexit_ends_panic(void)
{
	CHECK(gort_try(exit_in_panic, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("n"));
}

static void
panic_in_exit(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(panic_with, text("while exiting"));
	gort_goexit();
}

static void
panic_beats_goexit(void)
{
	CHECK(caught(panic_in_exit, NULL, "while exiting"));
	CHECK(traced("1"));
}

static void
recovered_in_exit(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_it, NULL);
	gort_defer(panic_with, text("while exiting"));
	gort_goexit();
}

static void
calls_recovered_in_exit(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("o"));
	recovered_in_exit(unused);
	mark('x');
}

static void
goexit_goes_on(void)
{
	CHECK(gort_try(calls_recovered_in_exit, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("R1o"));
}

static void
recover_then_exit_(void *unused)
{
	(void)unused;
	mark(gort_recover() ? 'R' : 'n');
	gort_goexit();
}

static void
recovers_and_exits(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_then_exit_, NULL);
	gort_panic("p");
}

static void
recover_then_exit(void)
{
	CHECK(gort_try(recovers_and_exits, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("R1"));
}

static void
exit_twice(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(go_away, NULL);
	gort_goexit();
}

static void
goexit_in_goexit(void)
{
	CHECK(gort_try(exit_twice, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("1"));
}

static void
exit_on_return(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(go_away, NULL);
}

static void
goexit_while_returning(void)
{
	CHECK(gort_try(exit_on_return, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("1"));
}

static void *
exiting_thread(void *arg)
{
	exits(NULL);
	mark('x');
	return arg;
}

static void
goexit_ends_thread(void)
{
	CHECK(ends_without_result(exiting_thread, trace));
	CHECK(traced("21"));
}

static const struct test tests[] = {
    {"goexit runs the deferred calls", goexit_runs},
    {"goexit is not recoverable", goexit_not_recoverable},
    {"goexit ends a panic", goexit_ends_panic},
    {"a panic during goexit", panic_beats_goexit},
    {"is recovered, and goexit goes on", goexit_goes_on},
    {"recover, then goexit", recover_then_exit},
    {"goexit during goexit", goexit_in_goexit},
    {"goexit in a deferred call on return", goexit_while_returning},
    {"goexit ends a thread", goexit_ends_thread},
};

int
main(void)
{
	return RUN_TESTS("defer goexit", tests);
}
