/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin in C++ with a thread that waits in a function of the host's: it
 * imports std::thread's functions, not pthread_create.
 */
#include <gort.h>

#include <thread>

static void
wait_in(void (*fn)(void), volatile int *left)
{
	fn();
	*left = 1; /* not by a jump to fn */
}

extern "C" {
GORT_MODULE("cxxthread", "1.0");

GORT_EXPORT(int, start, (void (*fn)(void)))
{
	static volatile int left;

	std::thread(wait_in, fn, &left).detach();
	return 0;
}
}
