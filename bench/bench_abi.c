/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine level: switches between contexts, growing a stack, deferred
 * calls, crosscall. swapcontext beside them, where the C library has it.
 */
#include "bench.h"

#include <gort.h>
#include <gort/crosscall.h>
#include <gort/jmpdefer.h>
#include <gort/switch.h>
#include <string.h>
#ifdef __GLIBC__
#include <ucontext.h>
#endif

#define RUNS 25
#define N 100000
#define STACK 65536

static char stack[STACK] __attribute__((aligned(64)));
static struct gort_gobuf self, task;
static volatile unsigned count;

static void
nothing(void *arg)
{
	(void)arg;
	count++;
}

/* ---- switches ---------------------------------------------------------------- */

static void
answers(void *arg)
{
	(void)arg;
	for (;;)
		gort_switch(&task, &self);
}

static void
answers_inline(void *arg)
{
	(void)arg;
	for (;;)
		gort_switch_inline(&task, &self);
}

static void
answers_fp(void *arg)
{
	(void)arg;
	for (;;)
		gort_switch_fp(&task, &self);
}

static void
calls(void)
{
	unsigned k;

	for (k = 0; k < N; k++)
		gort_switch(&self, &task);
}

static void
calls_inline(void)
{
	unsigned k;

	for (k = 0; k < N; k++)
		gort_switch_inline(&self, &task);
}

static void
calls_fp(void)
{
	unsigned k;

	for (k = 0; k < N; k++)
		gort_switch_fp(&self, &task);
}

/* Each side switches four calls deep and returns each time. */
__attribute__((noinline)) static void
deep(int n, struct gort_gobuf *from, struct gort_gobuf *to)
{
	if (n == 0)
		gort_switch(from, to);
	else
		deep(n - 1, from, to);
	count++;
}

static void
answers_deep(void *arg)
{
	(void)arg;
	for (;;)
		deep(4, &task, &self);
}

static void
calls_deep(void)
{
	unsigned k;

	for (k = 0; k < N; k++)
		deep(4, &self, &task);
}

static void
bench_pair(const char *name, gort_func *fn, void (*loop)(void))
{
	double v[RUNS];
	unsigned i;

	memset(&self, 0, sizeof(self));
	if (gort_stack_init(&task, stack, STACK, fn, NULL) != 0)
		return;
	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		loop();
		v[i] = (now_ns() - start) / N;
	}
	gort_stack_fini(&task);
	report(name, v, RUNS, "ns");
}

#ifdef __GLIBC__
static ucontext_t uself, utask;

static void
uanswers(void)
{
	for (;;)
		swapcontext(&utask, &uself);
}

static void
bench_swapcontext(void)
{
	double v[RUNS];
	unsigned i, k;

	getcontext(&utask);
	utask.uc_stack.ss_sp = stack;
	utask.uc_stack.ss_size = STACK;
	makecontext(&utask, uanswers, 0);
	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		for (k = 0; k < N / 10; k++)
			swapcontext(&uself, &utask);
		v[i] = (now_ns() - start) / (N / 10);
	}
	report("peer.swapcontext.pair_ns", v, RUNS, "ns");
}
#endif

/* ---- calls ---------------------------------------------------------------------- */

static void
grows(void)
{
	unsigned k;

	for (k = 0; k < N; k++)
		gort_stack_grow(32768, nothing, NULL);
}

static void
checks(void)
{
	unsigned k;

	for (k = 0; k < N; k++)
		count += gort_stack_left() == 0;
}

static void
crosscalls(void)
{
	unsigned k;

	for (k = 0; k < N; k++)
		gort__crosscall(nothing, NULL);
}

static struct gort__defer records[N];

static void
defers(void)
{
	struct gort__defer *list = NULL;
	unsigned k;

	for (k = 0; k < N; k++) {
		records[k] = (struct gort__defer){list, nothing, NULL};
		list = &records[k];
	}
	GORT__DEFERRETURN(list);
}

/* The same by a loop, which has no return address to rewind. */
static void
defers_by_loop(void)
{
	struct gort__defer *list = NULL, *d;
	unsigned k;

	for (k = 0; k < N; k++) {
		records[k] = (struct gort__defer){list, nothing, NULL};
		list = &records[k];
	}
	while ((d = list) != NULL) {
		list = d->link;
		d->fn(d->arg);
	}
}

static void
bench_loop(const char *name, void (*loop)(void))
{
	double v[RUNS];
	unsigned i;

	for (i = 0; i < RUNS; i++) {
		double start = now_ns();

		loop();
		v[i] = (now_ns() - start) / N;
	}
	report(name, v, RUNS, "ns");
}

int
main(void)
{
	bench_pair("switch.pair_ns", answers, calls);
	bench_pair("switch.deep_pair_ns", answers_deep, calls_deep);
	bench_pair("switch.inline_ns", answers_inline, calls_inline);
	bench_pair("switch.fp_pair_ns", answers_fp, calls_fp);
#ifdef __GLIBC__
	bench_swapcontext();
#endif
	bench_loop("crosscall_ns", crosscalls);
	bench_loop("defer.run_ns", defers);
	bench_loop("peer.loop.defer.run_ns", defers_by_loop);
	bench_loop("stack_grow_ns", grows);
	bench_loop("stack_left_ns", checks);
	/* growing has asked to be told of switches */
	bench_pair("switch.watched_pair_ns", answers, calls);
	return 0;
}
