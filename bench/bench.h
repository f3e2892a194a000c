/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the benchmarks share: time, and rows of
 *	name<TAB>minimum<TAB>unit<TAB>runs
 * each followed by name.median. Lower is better everywhere.
 */
#ifndef GORT_BENCH_H
#define GORT_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int
bench_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sorts v. */
static inline void
report(const char *name, double *v, unsigned n, const char *unit)
{
	if (n == 0)
		return;
	qsort(v, n, sizeof(*v), bench_order);
	printf("%s\t%.2f\t%s\t%u\n", name, v[0], unit, n);
	printf("%s.median\t%.2f\t%s\t%u\n", name, v[n / 2], unit, n);
	fflush(stdout);
}

/*
 * What v costs over base, measured by turns: the difference of the minima and
 * that of the medians. Sorts both.
 */
static inline void
report_over(
    const char *name, double *v, double *base, unsigned n, const char *unit)
{
	qsort(v, n, sizeof(*v), bench_order);
	qsort(base, n, sizeof(*base), bench_order);
	printf("%s\t%.2f\t%s\t%u\n", name, v[0] - base[0], unit, n);
	printf(
	    "%s.median\t%.2f\t%s\t%u\n", name, v[n / 2] - base[n / 2], unit, n);
	fflush(stdout);
}

#endif
