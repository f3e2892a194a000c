/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics for a long time: nothing is lost. GORT_SOAK: how many, for a run by
 * hand.
 */
#include "check.h"
#include "procstat.h"

#include <gort.h>
#include <pthread.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/*
 * ThreadSanitizer counts who enters and leaves functions, in a table of 65536
 * a thread. Frames that a panic leaves are never taken off it, and where it is
 * full the process crashes: here after about 9000 panics.
 */
#ifdef HAVE_TSAN
#define LEAST 2000
#else
#define LEAST 200000
#endif

static unsigned long recovered, destroyed, cleaned;

static void
destroy(void *value)
{
	destroyed += *(int *)value == 5;
}

__attribute__((noinline)) static void
deep(int n)
{
	volatile int keep = n;

	if (n == 0)
		gort_panic("soak %d", keep);
	if (n > 0)
		deep(n - 1);
	keep++;
}

static void
plain(void *depth)
{
	deep(*(int *)depth);
}

static void
recover_it(void *unused)
{
	(void)unused;
	recovered += gort_recover() != NULL;
}

static int
recovering(int depth)
{
	GORT_DEFERS_RESULT(int, r);
	int i;

	for (i = 0; i < 20; i++)
		gort_defer(recover_it, NULL);
	r = depth;
	deep(depth);
	gort_return(0);
}

static void
with_value(void *five)
{
	gort_panic_value(7, "soak value", five, destroy, "with a value");
}

static void
clean(int *unused)
{
	(void)unused;
	cleaned++;
}

static void
with_cleanup(void *depth)
{
	__attribute__((cleanup(clean))) int guard = 0;

	(void)guard;
	plain(depth);
}

static void
fault(void *unused)
{
	volatile int *volatile nowhere = (volatile int *)8;

	(void)unused;
	*nowhere = 1;
}

/* A round of one each; how many panics that were. */
static unsigned
round_of(unsigned long i)
{
	int depth = (int)(i % 12), five = 5;
	unsigned bad = 0;

	bad += gort_try(plain, &depth, NULL) != -GORT_EPANIC;
	bad += recovering(depth) != depth;
	bad += gort_try(with_value, &five, NULL) != -GORT_EPANIC;
	bad += gort_try(with_cleanup, &depth, NULL) != -GORT_EPANIC;
	if (i % 64 == 0)
		bad += gort_try(fault, NULL, NULL) != -GORT_EFAULT;
	CHECK(bad == 0);
	return 4;
}

static size_t
allocated(void)
{
#if defined(__GLIBC__) && !defined(HAVE_SANITIZERS)
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

static void
soak(void)
{
	const char *want = getenv("GORT_SOAK");
	unsigned long n = want ? strtoul(want, NULL, 0) : LEAST, done = 0, i;
	struct procstat before, after;
	size_t heap;

	REQUIRE(gort_catch_faults(1) == 0);
	for (i = 0; i < LEAST / 200; i++)
		round_of(i);
	recovered = destroyed = cleaned = 0;
	before = procstat_alone();
	heap = allocated();
	for (i = 0; done < n; i++)
		done += round_of(i);
	CHECK(allocated() == heap);
	after = procstat_alone();
	printf("    %lu panics, %ld KiB and %d mappings, then %ld and %d\n",
	    done, before.rss_kib, before.maps, after.rss_kib, after.maps);
	CHECK(recovered == i && destroyed == i);
#ifdef __EXCEPTIONS
	CHECK(cleaned == i);
#endif
#ifndef HAVE_SANITIZERS
	CHECK(after.rss_kib <= before.rss_kib + 64);
	CHECK(after.maps <= before.maps + 1);
#endif
	CHECK(after.fds == before.fds && after.threads == before.threads);
	CHECK(gort_catch_faults(0) == 0);
}

static pthread_barrier_t together; /* threads that run at the same time */

static void *
one_thread(void *bad)
{
	unsigned i;
	int depth = 3;

	pthread_barrier_wait(&together);
	for (i = 0; i < 20; i++)
		if (gort_try(plain, &depth, NULL) != -GORT_EPANIC ||
		    recovering(depth) != depth)
			return bad;
	return NULL;
}

/*
 * An m serves the next thread when its own has ended. As many live together in
 * each round, so that no later one needs more m's and stacks than the first.
 */
static void
threads(void)
{
	struct procstat before = {0}, after;
	pthread_t t[16];
	unsigned i, k;
	void *bad;

	REQUIRE(pthread_barrier_init(&together, NULL, 16) == 0);
	for (i = 0; i < 40; i++) {
		for (k = 0; k < 16; k++)
			REQUIRE(
			    pthread_create(&t[k], NULL, one_thread, t) == 0);
		for (k = 0; k < 16; k++) {
			pthread_join(t[k], &bad);
			CHECK(bad == NULL);
		}
		if (i == 19)
			before = procstat_alone();
	}
	after = procstat_alone();
#ifndef HAVE_SANITIZERS
	if (!emulated("memory that the emulator takes for threads"))
		CHECK(after.rss_kib <= before.rss_kib + 256);
	CHECK(after.maps <= before.maps + 8);
#endif
	CHECK(after.threads == before.threads);
	pthread_barrier_destroy(&together);
}

static const struct test tests[] = {
    {"panics, recoveries, values, cleanups and faults leave nothing", soak},
    {"nor do threads that panic and end", threads},
};

int
main(void)
{
	return RUN_TESTS("soak", tests);
}
