/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hot split: a call in a loop that does not fit the stack each time. Once
 * with libgort_split.a, and as the peer (PEER) with libgcc's __morestack on a
 * thread's small stack. Compiled with -fsplit-stack.
 */
#include "bench.h"

#include <pthread.h>

#define RUNS 25
#define N 100000

__attribute__((noinline, noclone)) static int
big(int n)
{
	volatile char room[24000];

	room[0] = (char)n;
	return room[0];
}

static double v[RUNS];

static void *
hot(void *arg)
{
	unsigned i, k;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < N; k++)
			big(1);
		v[i] = (now_ns() - start) / N;
	}
	return arg;
}

#ifdef PEER

#define NAME "peer.libgcc.split.hot_ns"

static void
on_small(void)
{
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	if (pthread_create(&t, &attr, hot, NULL) == 0)
		pthread_join(t, NULL);
}

#else

#include <gort/switch.h>

#define NAME "split.hot_ns"

static struct gort_gobuf self, task;
static char stack[8192] __attribute__((aligned(64)));

static void
start(void *arg)
{
	hot(arg);
	gort_gogo(&self);
}

static void
on_small(void)
{
	gort_stack_init(&task, stack, sizeof(stack), start, NULL);
	gort_switch(&self, &task);
}

#endif

int
main(void)
{
	on_small();
	report(NAME, v, RUNS, "ns");
	return 0;
}
