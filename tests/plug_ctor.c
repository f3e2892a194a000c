/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin that calls its own export from a constructor. */
#include <gort.h>

static int ready;

static int
init(void)
{
	ready = 5;
	return 0;
}

GORT_MODULE("ctor", "1.0", .init = init);

GORT_EXPORT(int, value, (void))
{
	return ready;
}

GORT_VISIBLE int from_ctor = -1;

/* after the module's own constructor, which has registered it */
__attribute__((constructor)) static void
call_early(void)
{
	from_ctor = value();
}
