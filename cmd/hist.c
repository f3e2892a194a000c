/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Histograms of durations. Values below HIST_SUB have a bucket each; above,
 * a bucket is known by the value's highest bit and the four bits below it.
 */
#include "hist.h"

static unsigned
bucket_of(uint64_t ns)
{
	unsigned shift, i;

	if (ns < HIST_SUB)
		return (unsigned)ns;
	shift = 59 - (unsigned)__builtin_clzll(ns);
	i = (shift + 1) * HIST_SUB + (unsigned)(ns >> shift) % HIST_SUB;
	return i < HIST_BUCKETS ? i : HIST_BUCKETS - 1;
}

/* The largest value of a bucket. */
static uint64_t
upper_bound(unsigned i)
{
	unsigned shift;

	if (i < HIST_SUB)
		return i;
	shift = i / HIST_SUB - 1;
	return ((uint64_t)(HIST_SUB + i % HIST_SUB + 1) << shift) - 1;
}

void
hist_add(struct hist *h, uint64_t ns)
{
	atomic_fetch_add_explicit(
	    &h->count[bucket_of(ns)], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum, ns, memory_order_relaxed);
}

uint64_t
hist_total(const struct hist *h)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < HIST_BUCKETS; i++)
		n += atomic_load_explicit(&h->count[i], memory_order_relaxed);
	return n;
}

uint64_t
hist_quantile(const struct hist *h, double q)
{
	uint64_t total = hist_total(h), seen = 0, rank;
	unsigned i;

	if (!total)
		return 0;
	rank = (uint64_t)(q * (double)total);
	if ((double)rank < q * (double)total)
		rank++;
	for (i = 0; i < HIST_BUCKETS - 1; i++) {
		seen +=
		    atomic_load_explicit(&h->count[i], memory_order_relaxed);
		if (seen >= rank)
			break;
	}
	return upper_bound(i);
}
