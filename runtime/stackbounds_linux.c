/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the stack of the calling thread lies: Linux.
 */
#include "runtime.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * The main thread's stack grows up to the limit, of which the arguments above
 * it take some; musl tells only how far it has grown.
 */
#define ARGUMENTS 65536

static size_t
grows_to(size_t size)
{
	struct rlimit rl;

#ifdef __GLIBC__
	return size;
#endif
	if (gort__tid() != getpid() || getrlimit(RLIMIT_STACK, &rl) != 0 ||
	    rl.rlim_cur == RLIM_INFINITY || rl.rlim_cur <= size + ARGUMENTS)
		return size;
	return ((size_t)rl.rlim_cur - ARGUMENTS) & ~(gort__pagesize() - 1);
}

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
	if (!size)
		return false;
	b->hi = (char *)lo + size;
	b->lo = b->hi - grows_to(size);
	return true;
}
