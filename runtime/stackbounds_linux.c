/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the stack of the calling thread lies: Linux.
 */
#include "runtime.h"

#include <pthread.h>

bool
gort__threadstack(struct gort__bounds *b)
{
	pthread_attr_t attr;
	void *lo = NULL;
	size_t size = 0;

	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return false;
	if (pthread_attr_getstack(&attr, &lo, &size) != 0)
		size = 0;
	pthread_attr_destroy(&attr);
	b->lo = lo;
	b->hi = (char *)lo + size;
	return size != 0;
}
