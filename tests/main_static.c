/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that holds a module and the runtime itself, linked with the
 * archive: as a c-archive, ready before main. Its export is called in a
 * constructor, in main and in a destructor.
 */
#include "check.h"

#include <gort.h>

static int ready;

static int
init(void)
{
	ready = 1;
	return 0;
}

GORT_MODULE("static", "1.0", .init = init);

GORT_EXPORT(int, doubled, (int n))
{
	return ready ? 2 * n : -1;
}

GORT_EXPORT(void, fails, (void *arg))
{
	gort_panic("no %s", (const char *)arg);
}

static int in_constructor = -1, waited = -1;

/* The first thing of gort's that this program calls, before its own start. */
__attribute__((constructor(101))) static void
before_all(void)
{
	waited = gort_wait_ready(10000);
}

__attribute__((constructor)) static void
before_main(void)
{
	in_constructor = doubled(21);
}

__attribute__((destructor)) static void
after_main(void)
{
	int n = doubled(4);

	printf("in a destructor: %d\n", n);
	fflush(stdout);
	if (n != 8)
		_exit(1);
}

static void
constructor(void)
{
	CHECK(waited == 0);
	CHECK(in_constructor == 42);
}

static void
in_main(void)
{
	struct gort_error err;
	char way[] = "way";

	CHECK(doubled(5) == 10);
	CHECK(gort_state() == GORT_READY);
	CHECK(gort_try(fails, way, &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "no way") == 0);
	CHECK(strcmp(err.module, "static") == 0);
	/* of callers, or that nothing is known of them */
	CHECK(err.nframes > 0 || err.skipped > 0);
}

static const struct test tests[] = {
    {"a constructor's call waits for init and gets through", constructor},
    {"a call in main, a panic", in_main},
};

int
main(void)
{
	return RUN_TESTS("main_static", tests);
}
