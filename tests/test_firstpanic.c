/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first panic of a process that meets cleanups looks for the unwinder, by
 * the dynamic linker: beside a thread that holds that one's lock.
 */
#include "check.h"
#include "procstat.h"

#include <gort.h>

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

static _Atomic int cleaned;
static _Atomic bool go, over;
static _Atomic long other;
static int caught[2] = {1, 1};

static void
clean(int *unused)
{
	(void)unused;
	cleaned++;
}

static void
panics(void *unused)
{
	int local __attribute__((cleanup(clean))) = 0;

	(void)unused;
	(void)local;
	gort_panic("away");
}

static void *
other_panics(void *unused)
{
	(void)unused;
	atomic_store(&other, own_tid());
	while (!atomic_load(&go))
		sched_yield();
	caught[0] = gort_try(panics, NULL, NULL);
	atomic_store(&over, true);
	return NULL;
}

/* In a constructor, so dlopen holds the lock. */
static void
construct(void)
{
	atomic_store(&go, true);
	while (!atomic_load(&over) && !waits_in(atomic_load(&other), SYS_futex))
		sched_yield();
	caught[1] = gort_try(panics, NULL, NULL);
}

static void
in_constructor(void)
{
	pthread_t t;
	void *lib;

	if (emulated("/proc tells of the emulator's system calls"))
		return;
	set_hook("HOST_CALLBACK", construct);
	alarm(60); /* a deadlock has no other way out */
	REQUIRE(pthread_create(&t, NULL, other_panics, NULL) == 0);
	while (!atomic_load(&other))
		sched_yield();
	lib = dlopen(plugin("hostso"), RTLD_NOW);
	CHECK(lib != NULL);
	pthread_join(t, NULL);
	alarm(0);
	CHECK(caught[0] == -GORT_EPANIC && caught[1] == -GORT_EPANIC);
#ifdef __EXCEPTIONS
	CHECK(cleaned == 2);
#endif
	if (lib)
		dlclose(lib);
}

int
main(void)
{
	static const struct test tests[] = {
	    {"a panic in a constructor does not wait for another thread's "
	     "first",
		in_constructor},
	};

	return RUN_TESTS("firstpanic", tests);
}
