/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Results in vector registers that are wider than SSE's, of a call whose
 * version drains when it returns: the way out then wakes who drains, through
 * the C library, which may use these registers and clear what it does not. Here
 * it always does: the functions of that name below come before it.
 */
#include "check.h"

#include <dlfcn.h>
#include <gort.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <time.h>

static __thread bool drains, returns;
static sem_t draining; /* who drains sleeps: it is to be woken */
static bool spoilt;    /* and that has used vector registers */

typedef int broadcast_fn(pthread_cond_t *);
typedef int timedwait_fn(
    pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

static broadcast_fn *broadcast;
static timedwait_fn *timedwait;

/* The C library's own. */
static void
find_next(void)
{
	*(void **)&broadcast = dlsym(RTLD_NEXT, "pthread_cond_broadcast");
	*(void **)&timedwait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
}

/*
 * Before there is another thread: gort holds a lock where it waits, which a
 * constructor below dlopen wants, and glibc's dlsym waits for dlopen. (musl has
 * no such list; its dlsym does not wait for constructors.)
 */
__attribute__((section(".preinit_array"), used)) static void (*const first)(
    void) = find_next;

int
pthread_cond_broadcast(pthread_cond_t *c)
{
	if (!broadcast)
		find_next();
	if (returns) {
		__asm__ volatile("vzeroall" : : : "memory"); /* scratch, all */
		spoilt = true;
	}
	return broadcast(c);
}

int
pthread_cond_timedwait(
    pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
	if (!timedwait)
		find_next();
	if (drains)
		sem_post(&draining);
	return timedwait(c, m, until);
}

/* What the call waits for before it returns. */
static void
until_it_drains(void)
{
	sem_wait(&draining);
	returns = true;
}

typedef void wide_fn(const void *from, void (*wait)(void));

struct call {
	wide_fn *fn;
	unsigned char in[32], out[32];
};

static void *
call_it(void *arg)
{
	struct call *c = arg;

	c->fn(c->in, until_it_drains);
	/* no call, and nothing that needs a register like it, lies between */
	__asm__ volatile("vmovups %%ymm0, (%0)" : : "r"(c->out) : "memory");
	returns = false;
	return NULL;
}

static void
kept(void)
{
	struct gort_plugin *p = gort_open(plugin("waiter"), 0);
	struct call c = {.out = {0}};
	struct gort_stats st;
	pthread_t t;
	int i;

	if (!__builtin_cpu_supports("avx")) {
		printf("    SKIP: no AVX\n");
		return;
	}
	REQUIRE(p != NULL);
	*(void **)&c.fn = gort_sym(p, "wide");
	REQUIRE(c.fn != NULL);
	for (i = 0; i < 32; i++)
		c.in[i] = (unsigned char)(i + 1);
	REQUIRE(pthread_create(&t, NULL, call_it, &c) == 0);
	do
		REQUIRE(gort_stat(p, &st) == 0);
	while (st.in_flight == 0);
	drains = true;
	CHECK(gort_close(p, -1) == 0);
	drains = false;
	pthread_join(t, NULL);
	CHECK(spoilt);
	CHECK(memcmp(c.in, c.out, sizeof(c.in)) == 0);
}

int
main(void)
{
	static const struct test tests[] = {
	    {"a vector result is kept while its version drains", kept},
	};

	if (sem_init(&draining, 0, 0) != 0)
		return 99;
	return RUN_TESTS("wide results", tests);
}
