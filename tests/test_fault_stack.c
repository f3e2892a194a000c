/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stack overflow as a panic, on the main thread and on others.
 */
#include "check.h"

#include <gort.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#ifndef _WIN32
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

static struct gort_error err;
static volatile int sink;
static int cleaned;

__attribute__((noinline)) static int
forever(int n)
{
	volatile char room[200];

	room[n & 127] = 1;
	if (n >= 0) /* always */
		sink = forever((n + 1) & 0xffff);
	return room[0];
}

static void
overflow(void *unused)
{
	(void)unused;
	sink = forever(0);
}

static int
contained(void)
{
	return gort_try(overflow, NULL, &err) == -GORT_EFAULT &&
	       err.signo == SIGSEGV && strstr(err.message, "stack overflow") &&
	       err.nframes == GORT_ERROR_FRAMES;
}

static void
main_thread(void)
{
	int i;

	for (i = 0; i < 20; i++)
		CHECK(contained());
}

static void *
on_thread(void *arg)
{
	int i;

	for (i = 0; i < 20; i++)
		if (!contained())
			return arg;
	return NULL;
}

static void
small_thread(void)
{
	pthread_attr_t attr;
	pthread_t t;
	void *bad = &t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	REQUIRE(pthread_create(&t, &attr, on_thread, &err) == 0);
	pthread_join(t, &bad);
	CHECK(bad == NULL);
	pthread_attr_destroy(&attr);
}

/* Below an outer boundary, without another one in between. */
static void
again_and_again(void *arg)
{
	int i;

	for (i = 0; i < 3; i++)
		*(int *)arg += contained();
	overflow(NULL);
}

static void
outer_boundary(void)
{
	int inner = 0;

	CHECK(gort_try(again_and_again, &inner, &err) == -GORT_EFAULT);
	CHECK(inner == 3);
	CHECK(strstr(err.message, "stack overflow") != NULL);
}

/* A thread that was bound before faults were asked for. */
static void
returns(void *unused)
{
	(void)unused;
}

static void *
bound_before(void *arg)
{
	if (gort_catch_faults(0) != 0 || gort_try(returns, NULL, NULL) != 0 ||
	    gort_catch_faults(1) != 0)
		return arg;
	return on_thread(arg);
}

static void
asked_for_later(void)
{
	pthread_t t;
	void *bad = &t;

	REQUIRE(pthread_create(&t, NULL, bound_before, &err) == 0);
	pthread_join(t, &bad);
	CHECK(bad == NULL);
}

#ifndef _WIN32
static char host_stack[65536];

static void *
with_own_sigstack(void *arg)
{
	stack_t ss = {.ss_sp = host_stack, .ss_size = sizeof(host_stack)}, now;

	if (sigaltstack(&ss, NULL) != 0 || !contained() ||
	    sigaltstack(NULL, &now) != 0 || now.ss_sp != host_stack)
		return arg;
	return NULL;
}

static void
host_sigstack(void)
{
	pthread_t t;
	void *bad = &t;

	REQUIRE(pthread_create(&t, NULL, with_own_sigstack, &err) == 0);
	pthread_join(t, &bad);
	CHECK(bad == NULL);
}
#endif

#ifdef GORT_DEFERS_RESULT
static void
recover_it(void *seen)
{
	const struct gort_error *e = gort_recover();

	*(int *)seen = e && e->signo == SIGSEGV;
}

static int
recovering(int *seen)
{
	GORT_DEFERS_RESULT(int, r);
	void (*volatile fn)(void *) = overflow; /* could look at r */

	gort_defer(recover_it, seen);
	r = 7;
	fn(NULL);
	gort_return(0);
}

static void
below_boundary(void *arg)
{
	int *out = arg;

	out[1] = recovering(&out[0]);
}

static void
recovered(void)
{
	int out[2] = {0, 0};

	CHECK(gort_try(below_boundary, out, &err) == 0);
	CHECK(out[0] == 1 && out[1] == 7);
}
#endif

static void
clean(int *unused)
{
	(void)unused;
	cleaned++;
}

static void
with_cleanup(void *unused)
{
	__attribute__((cleanup(clean))) int guard = 0;
	void (*volatile fn)(void *) = overflow;

	(void)guard;
	fn(unused);
}

static void
cleanups(void)
{
	cleaned = 0;
	CHECK(gort_try(with_cleanup, NULL, &err) == -GORT_EFAULT);
#ifdef __EXCEPTIONS
	CHECK(cleaned == 1);
#endif
}

#ifndef _WIN32
#define HELD 4

static pthread_barrier_t bound;

static void *
bind_and_stay(void *unused)
{
	gort_try(returns, NULL, NULL);
	pthread_barrier_wait(&bound);
	for (;;)
		pause();
	return unused;
}

/* New threads get what the parent's had, and stay too: each gets another. */
static void *
overflow_and_stay(void *good)
{
	if (contained())
		atomic_fetch_add((_Atomic int *)good, 1);
	pthread_barrier_wait(&bound);
	for (;;)
		pause();
	return NULL;
}

static int
child_contains(void)
{
	static _Atomic int good;
	pthread_attr_t attr;
	pthread_t t;
	int i;

	alarm(20);
	pthread_barrier_init(&bound, NULL, 2);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 1 << 20);
	for (i = 0; i <= HELD; i++) {
		if (pthread_create(&t, &attr, overflow_and_stay, &good) != 0)
			return 1;
		pthread_barrier_wait(&bound);
	}
	return atomic_load(&good) != HELD + 1;
}

static void
forked(void)
{
	pthread_t t;
	pid_t pid;
	int i, status = 1;

	if (emulated("forks in a process with threads"))
		return;
	REQUIRE(pthread_barrier_init(&bound, NULL, HELD + 1) == 0);
	for (i = 0; i < HELD; i++)
		REQUIRE(pthread_create(&t, NULL, bind_and_stay, NULL) == 0);
	pthread_barrier_wait(&bound);
	pid = fork();
	if (pid == 0)
		_exit(child_contains());
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}
#endif

static const struct test tests[] = {
    {"the main thread's stack overflow is an error", main_thread},
    {"a small thread's too, time and again", small_thread},
    {"it is one time and again below an outer boundary", outer_boundary},
    {"on a thread that was there before it was asked for", asked_for_later},
#ifndef _WIN32
    {"a host's alternate signal stack is kept", host_sigstack},
#endif
#ifdef GORT_DEFERS_RESULT
    {"a deferred call recovers it", recovered},
#endif
    {"cleanups that have room run", cleanups},
#ifndef _WIN32
    {"in a child on threads that take the places of the parent's", forked},
#endif
};

int
main(void)
{
#ifndef _WIN32
	struct rlimit lim = {.rlim_cur = 8 << 20, .rlim_max = 8 << 20};

	setrlimit(RLIMIT_STACK, &lim);
#endif
	if (gort_catch_faults(1) != 0)
		return 99;
	return RUN_TESTS("stack overflow", tests);
}
