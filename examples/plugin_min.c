/* SPDX-License-Identifier: BSD-3-Clause */
/* The smallest plugin; the README's tour uses it. */
#include <gort.h>
#include <stdio.h>

GORT_MODULE("min", "1.0");

GORT_EXPORT(void, work, (void *arg))
{
	int *n = arg;

	if (*n == 13)
		gort_panic("I will not do %d", *n);
	printf("work %d done\n", *n);
}
