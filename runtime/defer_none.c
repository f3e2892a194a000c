/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where functions cannot defer calls: no g ever has a scope, and
 * <gort/defer.h> is not included.
 */
#include "runtime.h"

struct panic *
gort__defers_run(struct g *gp, struct panic *p, const struct gort__frame *to)
{
	(void)gp;
	(void)to;
	return p;
}

_Noreturn void
gort__goexit_thread(struct g *gp, struct panic *p)
{
	(void)gp;
	gort__throw("gort_goexit without gort/defer.h: %s", p->err.message);
}

_Noreturn void
gort__defer_leave(struct g *gp, struct panic *p)
{
	(void)gp;
	gort__throw(
	    "a deferring function without gort/defer.h: %s", p->err.message);
}

void
gort__defers_drop(struct m *mp)
{
	(void)mp;
}

void
gort__chunks_free(struct m *mp)
{
	(void)mp;
}
