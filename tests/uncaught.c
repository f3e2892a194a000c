/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics that nothing catches. usage: uncaught plain|thread|hook|chain|goexit
 */
#include <gort.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void
hook(const struct gort_error *err)
{
	fprintf(stderr, "hook: %s\n", err->message);
}

static void *
panicking(void *arg)
{
	gort_panic("nobody catches %s", (const char *)arg);
}

static void
again(void *arg)
{
	(void)arg;
	if (gort_recover())
		gort_panic("b");
}

static void
instead(void *arg)
{
	(void)arg;
	gort_panic("c");
}

static void
chain(void)
{
	GORT_DEFERS;

	gort_defer(instead, NULL);
	gort_defer(again, NULL);
	gort_panic("a");
}

static void
report(void *arg)
{
	fprintf(stderr, "deferred %s\n", (const char *)arg);
}

static void
leave(void *what)
{
	GORT_DEFERS;

	gort_defer(report, what);
	gort_goexit();
}

int
main(int argc, char **argv)
{
	static char what[] = "this";
	pthread_t t;

	if (argc < 2)
		return 99;
	if (strcmp(argv[1], "hook") == 0 && gort_on_uncaught(hook) != NULL)
		return 98;
	if (strcmp(argv[1], "chain") == 0)
		chain();
	if (strcmp(argv[1], "goexit") == 0)
		leave(what);
	if (strcmp(argv[1], "thread") == 0 &&
	    pthread_create(&t, NULL, panicking, what) == 0)
		pthread_join(t, NULL);
	panicking(what);
	return 97;
}
