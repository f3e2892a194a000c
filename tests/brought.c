/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library, no module, with a thread of its own; a plugin that is linked with
 * it (PLUGIN), and through which nothing else comes to it.
 */
int start_own(void (*fn)(void));

#ifdef PLUGIN
#include <gort.h>

GORT_MODULE("brings", "1.0");

GORT_EXPORT(int, start, (void (*fn)(void)))
{
	return start_own(fn);
}

#else
#include <pthread.h>

static void (*wait_for)(void);

static void *
run(void *arg)
{
	wait_for();
	return arg;
}

__attribute__((visibility("default"))) int
start_own(void (*fn)(void))
{
	pthread_t t;

	wait_for = fn;
	return pthread_create(&t, NULL, run, NULL) || pthread_detach(t);
}
#endif
