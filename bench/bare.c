/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The peer that does the least: a shared object with an init thread that its
 * export waits for, and nothing else of what gort does.
 */
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static bool ready;
int bare_add(int a, int b);
int bare_forward(int a, int b);

static void *
init(void *arg)
{
	pthread_mutex_lock(&lock);
	__atomic_store_n(&ready, true, __ATOMIC_RELEASE);
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&lock);
	return arg;
}

__attribute__((constructor)) static void
start(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, init, NULL) == 0)
		pthread_detach(t);
}

__attribute__((noinline)) static void
wait_ready(void)
{
	pthread_mutex_lock(&lock);
	while (!ready)
		pthread_cond_wait(&cond, &lock);
	pthread_mutex_unlock(&lock);
}

int
bare_add(int a, int b)
{
	if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		wait_ready();
	return a + b;
}

static int (*volatile forwarded)(int, int) = bare_add;

/* One indirect call between caller and function, and nothing else. */
int
bare_forward(int a, int b)
{
	int sum = forwarded(a, b);

	/* not a tail call: it comes back here, as an entered call must */
	__asm__ volatile("" : "+r"(sum));
	return sum;
}
