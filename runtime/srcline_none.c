/* SPDX-License-Identifier: BSD-3-Clause */
/* Where no library reads debug information: no file and line of code. */
#include "runtime.h"

size_t
gort_describe_line(const void *pc, char *buf, size_t n)
{
	(void)pc;
	if (n > 0)
		buf[0] = '\0';
	return 0;
}
