/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library that is a module: what plug_user.c is linked with.
 */
#include "plug_dep.h"

#include <stdlib.h>

GORT_VISIBLE int dep_inits; /* how often init ran; read by dlsym */
GORT_VISIBLE int dep_early; /* what its constructor was told */

static int
init(void)
{
	dep_inits++;
	plug_hook("DEP_ON_INIT", NULL);
	return getenv("DEP_FAILS") ? 7 : 0;
}

static void
fini(void)
{
	plug_hook("DEP_ON_FINI", NULL);
}

GORT_MODULE("dep", "1.0", .init = init, .fini = fini);

GORT_EXPORT(int, dep_twice, (int x))
{
	return dep_inits == 1 ? 2 * x : -1;
}

/* after the module's own constructor, which has registered it */
__attribute__((constructor)) static void
call_early(void)
{
	if (getenv("DEP_EARLY"))
		dep_early = dep_twice(4);
}
