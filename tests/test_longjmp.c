/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that handles errors by longjmp, as PostgreSQL and Lua do: over
 * exported calls and boundaries, on one thread and on others.
 */
#include "unload.h"

#include <gort.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#ifdef __GLIBC__
#include <ucontext.h>
#endif

#define NESTED 16384 /* calls and boundaries at most, gort.h */

static struct gort_plugin *p;
static void (*call_back)(void *cb); /* an export that calls one */
static struct gort_error err;

struct cb {
	void (*fn)(void *);
	void *arg;
};

static void
jump(void *env)
{
	longjmp(*(jmp_buf *)env, 1);
}

/* The host's error, from below a boundary and a call. */
__attribute__((noinline)) static void
fail_in_call(void)
{
	jmp_buf env;
	struct cb cb = {jump, &env};

	if (setjmp(env) == 0)
		gort_call((void *)call_back, &cb, &err);
}

/* From below a call alone, deeper than where it is handled. */
__attribute__((noinline)) static void
deep(jmp_buf *env, unsigned n)
{
	struct cb cb = {jump, env};
	volatile char room[512];

	room[n] = 0;
	if (n)
		deep(env, n - 1);
	call_back(&cb);
	room[n] = room[n] + 1;
}

__attribute__((noinline)) static void
fail_deep(void)
{
	jmp_buf env;

	if (setjmp(env) == 0)
		deep(&env, 20);
}

static uint64_t
in_flight(void)
{
	struct gort_stats st;

	return gort_stat(p, &st) == 0 ? st.in_flight : UINT64_MAX;
}

static unsigned
old_versions(void)
{
	struct gort_stats st;

	return gort_stat(p, &st) == 0 ? st.lingering : 999;
}

static void
not_inside(void)
{
	fail_in_call();
	fail_deep();
	CHECK(in_flight() == 0);
	fail_in_call();
	CHECK(gort_reload(p, NULL, 1000) == 0);
	CHECK(old_versions() == lingering(1));
	fail_deep();
	CHECK(gort_close(p, 1000) == 0);
	p = gort_open(plugin("basic1"), 0);
	REQUIRE(p != NULL);
	*(void **)&call_back = gort_sym(p, "call_back");
}

/* Where it is asked deeper than where it was left. */
__attribute__((noinline)) static uint64_t
ask_deep(unsigned n)
{
	volatile char room[512];

	room[n] = 0;
	return (n ? ask_deep(n - 1) : in_flight()) + (uint64_t)room[n];
}

static void
asked_deeper(void)
{
	fail_deep();
	CHECK(ask_deep(40) == 0);
	fail_in_call();
	CHECK(ask_deep(40) == 0);
}

static void
count(void *n)
{
	*(uint64_t *)n = ask_deep(3);
}

/* Calls that are live stay, beside those that were left before and in them. */
static void
left_and_count(void *n)
{
	fail_in_call();
	fail_deep();
	count(n);
}

static void
live_ones_stay(void)
{
	uint64_t n = 0;
	struct cb inner = {left_and_count, &n};
	struct cb outer = {(void (*)(void *))call_back, &inner};

	fail_in_call();
	fail_deep();
	CHECK(gort_call((void *)call_back, &outer, &err) == 0);
	CHECK(n == 2);
	CHECK(in_flight() == 0);
}

static void
reload_inside(void *rc)
{
	fail_in_call();
	*(int *)rc = gort_close(p, 1000);
}

static void
inside_is_inside(void)
{
	int rc = 0;
	struct cb cb = {reload_inside, &rc};

	CHECK(gort_call((void *)call_back, &cb, &err) == 0);
	CHECK(rc == -GORT_EDEADLK);
}

/* More errors than there are frames. */
static void
many(void)
{
	unsigned i, failed = 0;
	int n = 0;
	struct cb cb = {count, &n};
	uint64_t inside;

	for (i = 0; i < 2 * NESTED; i++) {
		err.code = 0;
		i & 1 ? fail_in_call() : fail_deep();
		failed += err.code != 0;
	}
	CHECK(failed == 0);
	cb.arg = &inside;
	CHECK(gort_call((void *)call_back, &cb, &err) == 0 && inside == 1);
	CHECK(in_flight() == 0);
}

static _Atomic int step;

static void
nothing(void *unused)
{
	(void)unused;
}

/* It goes on making calls, as a server's thread does. */
static void *
other_thread(void *unused)
{
	fail_in_call();
	fail_deep();
	atomic_store(&step, 1);
	while (atomic_load(&step) == 1)
		gort_try(nothing, NULL, NULL);
	return unused;
}

static void
other_threads(void)
{
	unsigned before = old_versions();
	pthread_t t;

	atomic_store(&step, 0);
	REQUIRE(pthread_create(&t, NULL, other_thread, NULL) == 0);
	while (atomic_load(&step) == 0)
		sched_yield();
	CHECK(gort_reload(p, NULL, 10000) == 0);
	CHECK(old_versions() == before + lingering(1));
	atomic_store(&step, 2);
	pthread_join(t, NULL);
}

#ifdef __GLIBC__

/* A call that waits on a stack of the host's own is not left. */
static ucontext_t main_context, other_context;
static char other_stack[256 << 10];

static void
leave_context(void *unused)
{
	(void)unused;
	swapcontext(&other_context, &main_context);
}

static void
in_context(void)
{
	struct cb cb = {leave_context, NULL};

	call_back(&cb);
}

static void
other_stacks(void)
{
	getcontext(&other_context);
	other_context.uc_stack.ss_sp = other_stack;
	other_context.uc_stack.ss_size = sizeof(other_stack);
	other_context.uc_link = &main_context;
	makecontext(&other_context, in_context, 0);
	swapcontext(&main_context, &other_context);
	CHECK(in_flight() == 1);
	swapcontext(&main_context, &other_context);
	CHECK(in_flight() == 0);
}

#endif

static const struct test tests[] = {
    {"a call that longjmp left is not inside", not_inside},
    {"also where that is asked deeper on the stack", asked_deeper},
    {"calls that are live stay", live_ones_stay},
    {"a close inside of a call is refused after one, too", inside_is_inside},
    {"any number of them", many},
    {"another thread's go at its next call", other_threads},
#ifdef __GLIBC__
    {"a call that waits on a stack of the host's own stays", other_stacks},
#endif
};

int
main(void)
{
	p = gort_open(plugin("basic1"), 0);
	if (!p) {
		fprintf(stderr, "%s\n", gort_errmsg());
		return 99;
	}
	*(void **)&call_back = gort_sym(p, "call_back");
	return RUN_TESTS("longjmp", tests);
}
