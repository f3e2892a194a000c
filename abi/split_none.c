/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No split stacks on this target: no limit to keep.
 */
#include "split.h"

void
gort__split_limit(const char *lo)
{
	(void)lo;
}
