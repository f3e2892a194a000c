/* SPDX-License-Identifier: BSD-3-Clause */
/* A shared object with an export but no GORT_MODULE. */
#include <gort.h>

GORT_EXPORT(int, lonely, (void))
{
	return 1;
}
