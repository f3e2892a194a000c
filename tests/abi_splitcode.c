/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See abi_splitcode.h.
 */
#include "abi_splitcode.h"

#include <gort/switch.h>
#include <stdarg.h>
#include <stdio.h>

extern void gort__morestack_split(void);

#define NOINLINE __attribute__((noinline, noclone))

NOINLINE static uint64_t
recurse(unsigned n)
{
	volatile unsigned mine[4] = {n, n, n, n};
	uint64_t below;

	if (n == 0)
		return 0;
	below = recurse(n - 1);
	return below + (mine[0] + mine[1] + mine[2] + mine[3]) / 4;
}

void
split_recurse(void *arg)
{
	struct split_work *w = arg;

	w->sum = recurse(w->n);
}

/* Frames this big do not fit the first stack, so each call splits. */
NOINLINE static long
many(long a, long b, long c, long d, long e, long f, long g, long h, long i,
    long j, double *x, double a0, double a1, double a2, double a3, double a4,
    double a5, double a6, double a7, double a8, double a9)
{
	volatile char room[6000];

	room[0] = (char)a;
	*x = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9;
	return room[0] + b + c + d + e + f + g + h + i + j;
}

NOINLINE static long
variadic(double *x, int n, ...)
{
	volatile char room[6000];
	long sum = 0;
	va_list ap;

	room[0] = 0;
	va_start(ap, n);
	while (n-- > 0)
		sum += va_arg(ap, long);
	*x = va_arg(ap, double);
	*x += va_arg(ap, double);
	va_end(ap);
	return sum + room[0];
}

NOINLINE static struct split_big
returns_big(long n)
{
	volatile char room[6000];
	struct split_big b;
	int i;

	room[0] = 0;
	for (i = 0; i < 8; i++)
		b.a[i] = n * (i + 1) + room[0];
	return b;
}

NOINLINE static float
returns_float(float x)
{
	volatile float room[1500];

	room[0] = x;
	return room[0] + 3.0f;
}

#ifdef __clang__
/* no nested functions */
static long
nested(long k)
{
	return k;
}
#else
NOINLINE static long
nested(long k)
{
	volatile long two = 2;

	/* has a static chain, which is in r10 at the call */
	__extension__ NOINLINE long add(long n)
	{
		volatile char room[6000];

		room[0] = 0;
		two = two + 0;
		return n + k + room[0];
	}

	return add(two) - 2;
}
#endif

void
split_arguments(void *arg)
{
	struct split_work *w = arg;

	w->sum = (uint64_t)many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, &w->x, 0.5, 1.5,
	    2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5);
	w->variadic = variadic(
	    &w->vx, 7, 100l, 200l, 300l, 400l, 500l, 600l, 700l, 0.25, 0.75);
	w->big = returns_big(11);
	w->fx = returns_float(0.25f);
	w->nested = nested(42);
}

NOINLINE static void
panic_below(unsigned n)
{
	volatile unsigned mine[8] = {n};

	if (n > 0)
		panic_below(n - 1);
	if (mine[0] == 0)
		gort_panic("split");
	mine[1] = mine[0];
}

static void
panics(void *arg)
{
	panic_below(((struct split_work *)arg)->n);
}

void
split_panics(void *arg)
{
	struct split_work *w = arg;

	w->caught = gort_try(panics, w, &w->err);
	w->again = recurse(100);
}

NOINLINE static void
walk_below(struct split_work *w, unsigned n)
{
	volatile char room[3000];
	void *pcs[64];
	size_t got, i;
	int split = 0;

	room[0] = 0;
	if (n > 1) {
		walk_below(w, n - 1);
		room[1] = room[0];
		return;
	}
	got = gort_backtrace(pcs, 64);
	for (i = 0; i < got; i++) {
		uintptr_t d = (uintptr_t)pcs[i] - (uintptr_t)walk_below;

		/* the prologue's call of __morestack is not one more */
		if (d < 1024 && !split)
			w->frames_in++;
		d = (uintptr_t)pcs[i] - (uintptr_t)gort__morestack_split;
		split = d < 512;
		w->splits += split;
	}
	w->ended = got < 64;
}

void
split_walks(void *arg)
{
	struct split_work *w = arg;

	w->frames_in = 0;
	walk_below(w, w->n);
}

NOINLINE static void
print_below(struct split_work *w, unsigned n)
{
	volatile unsigned mine = n;

	if (n > 0) {
		print_below(w, n - 1);
		mine = mine + 1;
		return;
	}
	snprintf(
	    w->text, sizeof(w->text), "deep %u %f %s", w->n, 1.0 / 3, "text");
}

void
split_prints(void *arg)
{
	struct split_work *w = arg;

	print_below(w, w->n);
}
