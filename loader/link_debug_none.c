/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where no debugger is told of images.
 */
#include "link.h"

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
