/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics where no memory can be had any more.
 */
#include "cases.h"

#include <gort.h>
#include <gort/defer.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

static void
panic_again(void *unused)
{
	(void)unused;
	gort_panic("again");
}

static void
no_more_memory(void *unused)
{
	static const struct rlimit none = {1 << 20, 1 << 20};

	(void)unused;
	setrlimit(RLIMIT_AS, &none);
}

/* As many panics, each of which comes in place of the one before. */
static void
panics(void *times)
{
	GORT_DEFERS;
	int i;

	for (i = 0; i < *(int *)times; i++)
		gort_defer(panic_again, NULL);
	gort_defer(no_more_memory, NULL);
}

static int
c_few(void)
{
	int few = 8;

	return gort_try(panics, &few, NULL) == -GORT_EPANIC ? 0 : 1;
}

static void
waits(int unused)
{
	(void)unused;
	_exit(3);
}

static int
c_many(void)
{
	int many = 30;

	signal(SIGALRM, waits);
	alarm(60);
	return gort_try(panics, &many, NULL) == 0 ? 2 : 1;
}

static const struct own_process cases[] = {
    {"few", c_few},
    {"many", c_many},
};

/* Left out where nobody can take the memory away. */
static bool
is_left_out(void)
{
#ifdef HAVE_SANITIZERS
	printf("    SKIP: a sanitizer needs the address space\n");
	return true;
#else
	return emulated("limits of memory, which are the emulator's own");
#endif
}

static void
t_few(void)
{
	if (!is_left_out())
		CHECK(run_self(self, "few") == 0);
}

static void
t_many(void)
{
	if (!is_left_out())
		CHECK(ended_by_abort(run_self(self, "many")));
}

static const struct test tests[] = {
    {"some panics need no memory", t_few},
    {"more end the process, and do not wait for it", t_many},
};

int
main(int argc, char **argv)
{
	return RUN_CASES("nomemory", tests, cases, argc, argv);
}
