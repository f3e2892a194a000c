/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin that is linked with a library that is a module, plug_dep.c. NAME;
 * NEED: of what module it says so.
 */
#include "plug_dep.h"

static int ready;

static int
init(void)
{
	plug_hook("USER_ON_INIT", use_dep);
	ready = dep_twice(21);
	return ready == 42 ? 0 : 5;
}

#ifdef NEED
GORT_NEEDS(NEED);
#endif

GORT_MODULE(NAME, "1.0", .init = init);

__attribute__((constructor)) static void
on_load(void)
{
	plug_hook("USER_ON_LOAD", NULL);
}

GORT_EXPORT(int, use_dep, (int x))
{
	return ready == 42 ? dep_twice(x) + 1 : -2;
}
