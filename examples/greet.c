/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * greet: a plugin in two versions, for swapping one for the other under load.
 * Built twice, as version 1 and 2; how many it greeted goes from one to the
 * other by the save and restore hooks.
 *
 *	GET /p/greet/hello?name=Ada
 */
#include <gort/http.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#ifndef GREET_VERSION
#define GREET_VERSION 1
#endif
#if GREET_VERSION == 1
#define VERSION "1.0"
#else
#define VERSION "2.0"
#endif

static _Atomic unsigned long greeted;

static int
save(void **state, size_t *size)
{
	unsigned long *copy = malloc(sizeof(*copy));

	if (!copy)
		return 1;
	*copy = atomic_load(&greeted);
	*state = copy;
	*size = sizeof(*copy);
	return 0;
}

/* Added to what is there: the old version still serves its last calls. */
static int
restore(const void *state, size_t size, const char *from_version)
{
	unsigned long n;

	(void)from_version;
	if (size != sizeof(n))
		return 1;
	memcpy(&n, state, sizeof(n));
	atomic_fetch_add(&greeted, n);
	return 0;
}

GORT_MODULE("greet", VERSION, .save = save, .restore = restore);

GORT_HANDLER(hello)
{
	const char *name = gort_http_query(rq, "name");
	unsigned long n = atomic_fetch_add(&greeted, 1) + 1;

	gort_http_printf(rq, "%s, %s! (version %d, greeting %lu)\n",
	    GREET_VERSION == 1 ? "Hello" : "Good day", name ? name : "world",
	    GREET_VERSION, n);
}
