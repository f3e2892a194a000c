/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replacing and unloading under load: no call fails, nothing grows. The
 * counts may be raised by GORT_STRESS=N (times).
 */
#include "unload.h"
#include "procstat.h"

#include <gort.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#define THREADS 8

static unsigned times = 1;
static void *number;
static _Atomic bool stop;
static _Atomic unsigned long calls, wrong;

static void *
caller(void *arg)
{
	unsigned long n = 0, bad = 0;

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		int v = 0;

		if (gort_call(number, &v, NULL) || (v != 1 && v != 2)) {
			bad++;
			printf("    says %d: %s\n", v, gort_errmsg());
		}
		/* leave the processor: two cores serve nine threads */
		if (n++ % 64 == 0)
			usleep(50);
	}
	atomic_fetch_add(&calls, n);
	atomic_fetch_add(&wrong, bad);
	return arg;
}

/*
 * Where dlclose unmaps nothing (musl) each version stays in the dynamic
 * linker's list, which is searched by each: fewer do.
 */
static unsigned
rounds(unsigned n)
{
	return dlclose_unmaps() ? n * times : n / 20;
}

static void
swap(struct gort_plugin *p, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		CHECK(gort_reload(
			  p, plugin(i & 1 ? "basic1" : "basic2"), 10000) == 0);
}

static void
check_growth(const struct procstat *before)
{
	struct procstat after = procstat();

	printf("    rss %ld -> %ld KiB, fds %d -> %d, mappings %d -> %d\n",
	    before->rss_kib, after.rss_kib, before->fds, after.fds,
	    before->maps, after.maps);
	/* what nobody unmaps grows with each version: musl */
	if (!dlclose_unmaps())
		return;
	CHECK(after.fds <= before->fds);
#ifndef HAVE_SANITIZERS /* they keep freed memory */
	if (!emulated("memory, as the emulator's own counts along"))
		CHECK(after.rss_kib <= before->rss_kib + 512);
	CHECK(after.maps <= before->maps + 8);
#endif
}

static void
reload_under_load(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	pthread_t t[THREADS];
	struct procstat before;
	struct gort_stats st;
	int i;

	REQUIRE(p != NULL);
	number = gort_sym(p, "number");
	for (i = 0; i < THREADS; i++)
		REQUIRE(pthread_create(&t[i], NULL, caller, NULL) == 0);
	swap(p, 200);
	before = procstat();
	swap(p, rounds(1000));
	check_growth(&before);
	atomic_store(&stop, true);
	for (i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	printf("    %lu calls, %lu wrong\n", atomic_load(&calls),
	    atomic_load(&wrong));
	CHECK(atomic_load(&wrong) == 0);
	REQUIRE(gort_stat(p, &st) == 0);
	CHECK(st.calls == atomic_load(&calls));
	CHECK(!dlclose_unmaps() || st.lingering == 0);
	CHECK(st.in_flight == 0);
	CHECK(gort_close(p, 1000) == 0);
}

static bool
cycle(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	int v = 0;

	return p && gort_call(gort_sym(p, "number"), &v, NULL) == 0 && v == 1 &&
	       gort_close(p, 1000) == 0;
}

static void
open_and_close(void)
{
	struct procstat before;
	unsigned i, bad = 0, n = rounds(10000);

	for (i = 0; i < n / 10; i++)
		bad += !cycle();
	before = procstat();
	for (i = 0; i < n; i++)
		if (!cycle() && bad++ == 0)
			printf("    %s\n", gort_errmsg());
	CHECK(bad == 0);
	check_growth(&before);
}

/* Closing and opening while others call through the old pointer. */
static void *
opener(void *arg)
{
	unsigned i;

	for (i = 0; i < 300; i++) {
		struct gort_plugin *p = gort_open(plugin(arg), 0);

		if (p && gort_close(p, 10000) == 0)
			continue;
		/* the other thread has the name */
		if (!strstr(gort_errmsg(), "already")) {
			atomic_fetch_add(&wrong, 1);
			printf("    says: %s\n", gort_errmsg());
		}
	}
	return NULL;
}

static void
many_openers(void)
{
	static char a[] = "basic1", b[] = "basic2", c[] = "other";
	char *names[] = {a, b, c, a};
	pthread_t t[4];
	int i;

	atomic_store(&wrong, 0);
	for (i = 0; i < 4; i++)
		REQUIRE(pthread_create(&t[i], NULL, opener, names[i]) == 0);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK(atomic_load(&wrong) == 0);
}

static const struct test tests[] = {
    {"1000 reloads under 8 threads lose no call and grow nothing",
	reload_under_load},
    {"10000 cycles of open and close grow nothing", open_and_close},
    {"threads may open and close at the same time", many_openers},
};

int
main(void)
{
	if (getenv("GORT_STRESS"))
		times = (unsigned)atoi(getenv("GORT_STRESS"));
	if (times == 0)
		times = 1;
	return RUN_TESTS("stress", tests);
}
