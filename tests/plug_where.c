/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library whose constructor or destructor panics, or has a boundary and
 * panics below that, as WHERE_PANICS says: ctor, dtor, inside.
 */
#include <gort.h>

#include <stdlib.h>
#include <string.h>

GORT_VISIBLE int where_caught;

static int
asked(const char *what)
{
	const char *now = getenv("WHERE_PANICS");

	return now && strcmp(now, what) == 0;
}

static void
panics(void *arg)
{
	gort_panic("from a %s", (const char *)arg);
}

__attribute__((constructor)) static void
construct(void)
{
	static char name[] = "constructor";

	if (asked("ctor"))
		panics(name);
	if (asked("inside"))
		where_caught = gort_try(panics, name, NULL);
}

__attribute__((destructor)) static void
destruct(void)
{
	static char name[] = "destructor";

	if (asked("dtor"))
		panics(name);
}
