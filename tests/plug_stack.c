/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin whose init asks how much stack the init thread has left, and how
 * much there is. Read by dlsym.
 */
#include <gort.h>
#include <gort/switch.h>

#include <pthread.h>

int basic_add(int a, int b);
GORT_VISIBLE size_t stack_told, stack_there;

static int
init(void)
{
	pthread_attr_t attr;
	size_t size;
	void *lo;

	stack_told = gort_stack_left();
	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return 1;
	pthread_attr_getstack(&attr, &lo, &size);
	pthread_attr_destroy(&attr);
	stack_there = (size_t)((char *)__builtin_frame_address(0) - (char *)lo);
	return 0;
}

GORT_MODULE("stack", "1.0", .init = init);

GORT_EXPORT(int, basic_add, (int a, int b))
{
	return a + b;
}
