/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code compiled with -fsplit-stack runs on a stack of 4 KiB. What it calls is
 * in abi_splitcode.c; this file asks for no more stack than it has.
 */
#include "check.h"
#include "abi_splitcode.h"

#include <gort.h>
#include <gort/switch.h>
#include <pthread.h>

#define STACK 4096

static __thread struct gort_gobuf self, task;
static __thread char stack[STACK] __attribute__((aligned(64)));
static gort_func *todo;

static void
start(void *arg)
{
	todo(arg);
	gort_gogo(&self);
}

/* Run fn(arg) on the small stack. */
static void
on_small(gort_func *fn, void *arg)
{
	todo = fn;
	memset(stack, 0x5a, 64);
	if (gort_stack_init(&task, stack, STACK, start, arg) != 0)
		abort();
	gort_switch(&self, &task);
	CHECK(stack[0] == 0x5a && stack[63] == 0x5a);
	gort_stack_fini(&task);
}

static void
recursion(void)
{
	struct split_work w = {.n = 100000};

	on_small(split_recurse, &w);
	CHECK(w.sum == 100000ull * 100001 / 2);
}

static void
arguments(void)
{
	struct split_work w = {.n = 0};
	int i;

	for (i = 0; i < 3; i++) {
		memset(&w, 0, sizeof(w));
		on_small(split_arguments, &w);
		CHECK(w.sum == 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10);
		CHECK(w.x == 0.5 + 1.5 + 2.5 + 3.5 + 4.5 + 5.5 + 6.5 + 7.5 +
				 8.5 + 9.5);
		CHECK(w.variadic == 100 + 200 + 300 + 400 + 500 + 600 + 700);
		CHECK(w.vx == 0.25 + 0.75);
		CHECK(w.nested == 42);
		CHECK(w.big.a[0] == 11 && w.big.a[7] == 88);
		CHECK(w.fx == 3.25);
	}
}

static void
panic_leaves(void)
{
	struct split_work w = {.n = 1000};
	int i;

	for (i = 0; i < 10; i++) {
		w.caught = 0;
		on_small(split_panics, &w);
		CHECK(w.caught == -GORT_EPANIC);
		CHECK(strcmp(w.err.message, "split") == 0);
		CHECK(w.err.skipped == 0);
		CHECK(w.again == 100ull * 101 / 2);
	}
}

static void
backtrace_passes(void)
{
	struct split_work w = {.n = 6};

	on_small(split_walks, &w);
	/* in each of the six frames, and at its end */
	CHECK(w.frames_in == 6);
	CHECK(w.splits >= 1);
	CHECK(w.ended == 1);
}

static void *
recurse_on_thread(void *arg)
{
	struct split_work *w = arg;

	if (gort_stack_init(&task, stack, STACK, start, arg) != 0)
		abort();
	gort_switch(&self, &task);
	gort_stack_fini(&task);
	return w;
}

static void
threads(void)
{
	struct split_work w[4];
	pthread_t t[4];
	int i;

	todo = split_recurse;
	for (i = 0; i < 4; i++) {
		memset(&w[i], 0, sizeof(w[i]));
		w[i].n = 50000;
		REQUIRE(
		    pthread_create(&t[i], NULL, recurse_on_thread, &w[i]) == 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		CHECK(w[i].sum == 50000ull * 50001 / 2);
	}
	/* on a thread's own stack it just runs */
	w[0].sum = 0;
	w[0].n = 1000;
	split_recurse(&w[0]);
	CHECK(w[0].sum == 1000ull * 1001 / 2);
}

#ifdef WITH_GOLD
static void
calls_libc(void)
{
	struct split_work w = {.n = 20};
	int i;

	for (i = 0; i < 100; i++) {
		memset(w.text, 0, sizeof(w.text));
		on_small(split_prints, &w);
		CHECK(strcmp(w.text, "deep 20 0.333333 text") == 0);
	}
}
#endif

int
main(void)
{
	static const struct test tests[] = {
	    {"a recursion runs deep", recursion},
	    {"arguments and results of all kinds arrive", arguments},
	    {"a panic leaves its segments", panic_leaves},
	    {"a backtrace passes its segments", backtrace_passes},
	    {"four threads do it at once", threads},
#ifdef WITH_GOLD
	    {"code that does not ask gets a big segment", calls_libc},
#endif
	};

	return RUN_TESTS("split", tests);
}
