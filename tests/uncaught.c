/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics that nothing catches. usage: uncaught plain|thread|hook
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

int
main(int argc, char **argv)
{
	static char what[] = "this";
	pthread_t t;

	if (argc < 2)
		return 99;
	if (strcmp(argv[1], "hook") == 0 && gort_on_uncaught(hook) != NULL)
		return 98;
	if (strcmp(argv[1], "thread") == 0 &&
	    pthread_create(&t, NULL, panicking, what) == 0)
		pthread_join(t, NULL);
	panicking(what);
	return 97;
}
