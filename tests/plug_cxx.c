/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin with C++ in it: it throws. */
#include <gort.h>

void cxx_throw(void *);

GORT_MODULE("cxx", "1.0");

GORT_EXPORT(void, throws, (void *arg))
{
	cxx_throw(arg);
}
