/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a panic costs, from gort_panic() to the return of the boundary, over
 * plain C frames and frames with cleanups; deferred calls; a fault; a
 * backtrace; longjmp, C++ throw, Go's panics and a reload beside them.
 * usage: bench_panic PLUGIN1 PLUGIN2 [libpeer.so]
 */
#include "config.h"

#include "bench.h"
#include "bench_throw.h"

#include <dlfcn.h>
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
	unsigned i;

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

/* A defer in each frame. */
__attribute__((noinline)) static void
deep_deferring(int n)
{
	GORT_DEFERS;

	gort_defer(add_one, NULL);
	if (n == 0)
		gort_panic("bench");
	deep_deferring(n - 1);
}

__attribute__((noinline)) static void
recovering_deferring(int depth)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	deep_deferring(depth);
}

/* Ended by gort_recover in place of a boundary. */
static void
bench_recover(const char *name, void (*fn)(int), int depth)
{
	double v[RUNS];
	unsigned i, k;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < PANICS; k++)
			fn(depth);
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

#define FRAMES 64

/* A backtrace from n frames down: per frame, and with its text. */
__attribute__((noinline)) static void
trace(int n, double *raw, double *text)
{
	volatile int keep = n;
	void *pcs[FRAMES];
	char line[256];
	size_t i, got = 0;
	double start;
	unsigned k;

	if (n > 0) {
		trace(n - 1, raw, text);
		keep++;
		return;
	}
	start = now_ns();
	for (k = 0; k < PANICS / 10; k++)
		got = gort_backtrace(pcs, FRAMES);
	*raw = (now_ns() - start) / (PANICS / 10) / (double)got;
	start = now_ns();
	for (k = 0; k < PANICS / 100; k++)
		for (i = 0; i < got; i++)
			gort_describe_pc(pcs[i], line, sizeof(line));
	*text = (now_ns() - start) / (PANICS / 100) / (double)got;
}

static void
bench_trace(void)
{
	double raw[RUNS], text[RUNS];
	unsigned i;

	for (i = 0; i < RUNS; i++)
		trace(40, &raw[i], &text[i]);
	report("panic.bt_frame_ns", raw, RUNS, "ns");
	report("panic.bt_text_ns", text, RUNS, "ns");
}

typedef double peer_panic(int kind, int depth, int n);

static void
bench_go(const char *file)
{
	static const struct {
		const char *name;
		int kind, depth, n;
	} rows[] = {
	    {"peer.go.panic.recover_d1_ns", 0, 1, PANICS},
	    {"peer.go.panic.recover_d10_ns", 0, 10, PANICS},
	    {"peer.go.panic.recover_d100_ns", 0, 100, PANICS / 10},
	    {"peer.go.panic.each_d1_ns", 1, 1, PANICS},
	    {"peer.go.panic.each_d10_ns", 1, 10, PANICS},
	    {"peer.go.panic.each_d100_ns", 1, 100, PANICS / 10},
	    {"peer.go.panic.defer_ns", 2, 0, PANICS},
	    {"peer.go.panic.defer_loop_ns", 3, 0, PANICS},
	    {"peer.go.panic.fault_ns", 4, 0, PANICS / 10},
	};
	void *lib = dlopen(file, RTLD_NOW);
	void *sym = lib ? dlsym(lib, "peer_panic_ns") : NULL;
	double v[RUNS];
	peer_panic *fn;
	unsigned i, k;

	if (!sym)
		return;
	memcpy(&fn, &sym, sizeof(fn));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (k = 0; k < RUNS; k++)
			v[k] = fn(rows[i].kind, rows[i].depth, rows[i].n);
		report(rows[i].name, v, RUNS, "ns");
	}
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
	bench_recover("panic.deferred_d1_ns", recovering, 1);
	bench_recover("panic.deferred_d10_ns", recovering, 10);
	bench_recover("panic.deferred_d100_ns", recovering, 100);
	bench_recover("panic.each_d1_ns", recovering_deferring, 1);
	bench_recover("panic.each_d10_ns", recovering_deferring, 10);
	bench_recover("panic.each_d100_ns", recovering_deferring, 100);
	bench_defer();
#ifdef HAVE_CXX
	bench_cleanups("panic.cleanup_d1_ns", "peer.throw.d1_ns", 1);
	bench_cleanups("panic.cleanup_d10_ns", "peer.throw.d10_ns", 10);
	bench_cleanups("panic.cleanup_d100_ns", "peer.throw.d100_ns", 100);
#endif
	bench_fault(gort_sym(p, "null"));
	bench_trace();
	bench_reload(p, argv + 1);
	if (gort_close(p, 1000))
		return 1;
	if (argc > 3 && argv[3][0])
		bench_go(argv[3]);
	return 0;
}
