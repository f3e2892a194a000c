/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where links have no thread-local variables of their own, and no debugger is
 * told.
 */
#include "link.h"

int
gort__link_tls(struct gort_link *lk, struct gort_err *e)
{
	if (!lk->has_tls)
		return 0;
	return gort__err(e, GORT_ENOTSUP, NULL, GORT_ERR_NO_OFFSET,
	    "thread-local variables cannot be linked on this system");
}

bool
gort__link_tls_free(struct gort_link *lk)
{
	(void)lk;
	return true;
}

void
gort__link_debug(struct gort_link *lk)
{
	(void)lk;
}

void
gort__link_debug_free(struct gort_link *lk)
{
	(void)lk;
}
