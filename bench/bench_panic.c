/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a panic costs, from gort_panic() to the return of the boundary, over
 * plain C frames and frames with cleanups; deferred calls; a fault; longjmp,
 * C++ throw and a reload beside them.
 * usage: bench_panic PLUGIN1 PLUGIN2
 */
#include "config.h"

#include "bench.h"
#include "bench_throw.h"

#include <gort.h>
#include <setjmp.h>
#include <string.h>

#define RUNS 25
#define PANICS 20000

static jmp_buf env;

__attribute__((noinline)) static void
deep(int n, int jump)
{
	volatile int keep = n;

	if (n == 0 && jump)
		longjmp(env, 1);
	if (n == 0)
		gort_panic("bench");
	if (n > 0)
		deep(n - 1, jump);
	keep++;
}

static void
panics(void *arg)
{
	deep(*(int *)arg, 0);
}

static void
bench_depth(const char *name, int depth)
{
	double v[RUNS];
	unsigned i, k;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < PANICS; k++)
			gort_try(panics, &depth, NULL);
		v[i] = (now_ns() - start) / PANICS;
	}
	report(name, v, RUNS, "ns");
}

static void
bench_longjmp(const char *name, int depth)
{
	double v[RUNS];
	volatile unsigned i;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();
		volatile unsigned k;

		for (k = 0; k < PANICS; k++)
			if (setjmp(env) == 0)
				deep(depth, 1);
		v[i] = (now_ns() - start) / PANICS;
	}
	report(name, v, RUNS, "ns");
}

static volatile int count;

static void
add_one(void *arg)
{
	(void)arg;
	count++;
}

__attribute__((noinline)) static void
defer_one(void)
{
	GORT_DEFERS;

	gort_defer(add_one, NULL);
}

__attribute__((noinline)) static void
defer_many(int n)
{
	GORT_DEFERS;

	for (; n > 0; n--)
		gort_defer(add_one, NULL);
}

static void
bench_defer(void)
{
	double one[RUNS], loop[RUNS];
	unsigned i, k;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < PANICS; k++)
			defer_one();
		one[i] = (now_ns() - start) / PANICS;
		start = now_ns();
		for (k = 0; k < PANICS / 1000; k++)
			defer_many(1000);
		loop[i] = (now_ns() - start) / PANICS;
	}
	report("panic.defer_ns", one, RUNS, "ns");
	report("panic.defer_loop_ns", loop, RUNS, "ns");
}

static void
recover_it(void *arg)
{
	(void)arg;
	if (!gort_recover())
		abort();
}

__attribute__((noinline)) static void
recovering(int depth)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	deep(depth, 0);
}

/* Ended by gort_recover in place of a boundary. */
static void
bench_recover(const char *name, int depth)
{
	double v[RUNS];
	unsigned i, k;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < PANICS; k++)
			recovering(depth);
		v[i] = (now_ns() - start) / PANICS;
	}
	report(name, v, RUNS, "ns");
}

#ifdef HAVE_CXX
static void
cleanups(void *arg)
{
	bench_cleanup(*(int *)arg, 0);
}

/* A panic, and by turns a C++ exception, over the same frames. */
static void
bench_cleanups(const char *name, const char *peer, int depth)
{
	double v[RUNS], w[RUNS];
	unsigned i, k;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < PANICS / 20; k++)
			gort_try(cleanups, &depth, NULL);
		v[i] = (now_ns() - start) / (PANICS / 20);
		start = now_ns();
		for (k = 0; k < PANICS / 20; k++)
			bench_throw(depth);
		w[i] = (now_ns() - start) / (PANICS / 20);
	}
	report(name, v, RUNS, "ns");
	report(peer, w, RUNS, "ns");
}
#endif

static void
bench_fault(void *null)
{
	double v[RUNS];
	unsigned i, k;

	if (gort_catch_faults(1))
		return;
	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < PANICS / 10; k++)
			gort_call(null, NULL, NULL);
		v[i] = (now_ns() - start) / (PANICS / 10);
	}
	report("panic.fault_ns", v, RUNS, "ns");
	gort_catch_faults(0);
}

static void
bench_reload(struct gort_plugin *p, char **files)
{
	double v[200];
	unsigned i;

	for (i = 0; i < 200; i++) {
		double start = now_ns();

		gort_reload(p, files[i % 2], 1000);
		v[i] = (now_ns() - start) / 1e3;
	}
	report("plugin.reload_us", v, 200, "us");
}

int
main(int argc, char **argv)
{
	struct gort_plugin *p = argc > 2 ? gort_open(argv[1], 0) : NULL;

	if (!p)
		return 64;
	bench_longjmp("peer.longjmp.d1_ns", 1);
	bench_longjmp("peer.longjmp.d100_ns", 100);
	bench_depth("panic.recover_d1_ns", 1);
	bench_depth("panic.recover_d10_ns", 10);
	bench_depth("panic.recover_d100_ns", 100);
	bench_recover("panic.deferred_d1_ns", 1);
	bench_recover("panic.deferred_d10_ns", 10);
	bench_recover("panic.deferred_d100_ns", 100);
	bench_defer();
#ifdef HAVE_CXX
	bench_cleanups("panic.cleanup_d1_ns", "peer.throw.d1_ns", 1);
	bench_cleanups("panic.cleanup_d10_ns", "peer.throw.d10_ns", 10);
	bench_cleanups("panic.cleanup_d100_ns", "peer.throw.d100_ns", 100);
#endif
	bench_fault(gort_sym(p, "null"));
	bench_reload(p, argv + 1);
	return gort_close(p, 1000) != 0;
}
