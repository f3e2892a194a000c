/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a call costs: a bare function pointer, a bare shared object, exports
 * through gort, the boundary, and Go's c-shared where it was built.
 * call.entry_ns is a whole exported call over the same call in a bare object;
 * call.gate_ns is gate and in-flight accounting: an exported call over one
 * that passes through an indirect call and nothing else (call.gate_2t_ns: on
 * two threads at once).
 * usage: bench_call PLUGIN BARE [GO]
 */
#include "bench.h"
#include "../tests/plat.h"

#include <gort.h>
#include <pthread.h>
#include <string.h>

#define RUNS 250
#define CALLS 400000 /* a run of 1 ms is seldom disturbed */

typedef int add_fn(int, int);

static add_fn *volatile target; /* not inlined, not known */

__attribute__((noinline)) static int
local_add(int a, int b)
{
	return a + b;
}

static double
time_calls(unsigned n)
{
	add_fn *fn = target;
	double start = now_ns();
	volatile int sum = 0;
	int s = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		s = fn(s, 1);
	sum = s;
	(void)sum;
	return (now_ns() - start) / n;
}

static void
bench(const char *name, add_fn *fn, unsigned calls)
{
	double v[RUNS];
	unsigned i;

	target = fn;
	time_calls(1000);
	for (i = 0; i < RUNS; i++)
		v[i] = time_calls(calls);
	report(name, v, RUNS, "ns");
}

static void
bench_over(const char *name, add_fn *fn, add_fn *base)
{
	double v[RUNS], b[RUNS];
	unsigned i;

	for (i = 0; i < RUNS; i++) {
		target = base;
		b[i] = time_calls(CALLS);
		target = fn;
		v[i] = time_calls(CALLS);
	}
	report_over(name, v, b, RUNS, "ns");
}

static void *
two_threads(void *arg)
{
	double *v = arg;

	*v = time_calls(CALLS);
	return NULL;
}

/* Both threads' time a call, in the middle. */
static double
time_calls_2t(add_fn *fn)
{
	double one, two;
	pthread_t t;

	target = fn;
	pthread_create(&t, NULL, two_threads, &one);
	two = time_calls(CALLS);
	pthread_join(t, NULL);
	return (one + two) / 2;
}

static void
bench_2t(const char *name, add_fn *fn, add_fn *base)
{
	double v[RUNS], b[RUNS];
	unsigned i;

	for (i = 0; i < RUNS; i++) {
		b[i] = time_calls_2t(base);
		v[i] = time_calls_2t(fn);
	}
	report_over(name, v, b, RUNS, "ns");
}

static void
nothing(void *arg)
{
	(*(volatile int *)arg)++;
}

static void
bench_boundary(const char *name, void *fn)
{
	double v[RUNS];
	unsigned i, k;
	int n = 0;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < CALLS; k++)
			gort_call(fn, &n, NULL);
		v[i] = (now_ns() - start) / CALLS;
	}
	report(name, v, RUNS, "ns");
}

static void *
call_once(void *arg)
{
	double start = now_ns();

	(*(add_fn **)arg)(1, 2);
	return (void *)(size_t)(now_ns() - start);
}

/* The first call of a fresh thread, measured on it. */
static void
bench_fresh(const char *name, add_fn *fn)
{
	double v[500];
	unsigned i;
	void *ns;

	for (i = 0; i < 500; i++) {
		pthread_t t;

		pthread_create(&t, NULL, call_once, &fn);
		pthread_join(t, &ns);
		v[i] = (double)(size_t)ns;
	}
	report(name, v, 500, "ns");
}

static add_fn *
load(const char *file, const char *name)
{
	void *lib = dlopen(file, RTLD_NOW | RTLD_LOCAL), *sym;
	add_fn *fn;

	sym = lib ? dlsym(lib, name) : NULL;
	memcpy(&fn, &sym, sizeof(fn));
	if (!fn)
		fprintf(stderr, "bench_call: %s\n", dlerror());
	return fn;
}

int
main(int argc, char **argv)
{
	struct gort_plugin *p;
	gort_func *fn;
	void *any;
	add_fn *bare, *forward, *export, *sym, *go;

	if (argc < 3)
		return 64;
	bare = load(argv[2], "bare_add");
	forward = load(argv[2], "bare_forward");
	p = gort_open(argv[1], 0);
	if (!bare || !forward || !p) {
		fprintf(stderr, "bench_call: %s\n", gort_errmsg());
		return 1;
	}
	sym = (add_fn *)gort_sym(p, "basic_add");
	bench("peer.pointer.call_ns", local_add, CALLS);
	bench("peer.bare_so.call_ns", bare, CALLS);
	bench("call.warm_ns", sym, CALLS);
	bench("peer.forward.call_ns", forward, CALLS);
	bench_over("call.entry_ns", sym, bare);
	bench_over("call.gate_ns", sym, forward);
	bench_2t("call.gate_2t_ns", sym, forward);
	bench_boundary("call.boundary_ns", gort_sym(p, "count"));
	fn = nothing;
	memcpy(&any, &fn, sizeof(any));
	bench_boundary("call.try_ns", any);
	bench_fresh("peer.bare_so.fresh_thread_ns", bare);
	bench_fresh("call.fresh_thread_ns", sym);
	gort_close(p, 1000);
	export = load(argv[1], "basic_add");
	if (export)
		bench("call.export_ns", export, CALLS);
	go = argc > 3 && argv[3][0] ? load(argv[3], "peer_add") : NULL;
	if (go) {
		bench("peer.go.call.warm_ns", go, 2000);
		bench_fresh("peer.go.call.fresh_thread_ns", go);
	}
	return 0;
}
