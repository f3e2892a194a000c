/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin that waits in functions of the host's, on a thread and in a call. */
#include <gort.h>

#include <pthread.h>

GORT_MODULE("waiter", "1.0");

static void (*wait_for)(void);

static void *
waiter(void *arg)
{
	wait_for();
	return arg;
}

GORT_EXPORT(int, start, (void (*fn)(void)))
{
	pthread_attr_t attr;
	pthread_t t;
	int rc;

	wait_for = fn;
	if (pthread_attr_init(&attr) != 0)
		return 1;
	/* musl's are 128 KiB */
	rc = pthread_attr_setstacksize(&attr, 2 << 20) ||
	     pthread_create(&t, &attr, waiter, NULL) || pthread_detach(t);
	pthread_attr_destroy(&attr);
	return rc;
}

#if (defined(__x86_64__) || defined(__i386__)) && !defined(_WIN32)
/* Returns the 32 bytes at from as a function of type __m256 does. */
GORT_EXPORT(void, wide, (const void *from, void (*wait)(void)))
{
	wait();
	__asm__ volatile("vmovups (%0), %%ymm0" : : "r"(from) : "memory");
}
#endif
