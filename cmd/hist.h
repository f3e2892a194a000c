/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A histogram of durations: 16 buckets to each power of two, so a quantile is
 * at most 6.25 % too high. Counting is one relaxed atomic add.
 */
#ifndef GORT_HIST_H
#define GORT_HIST_H

#include <stdatomic.h>
#include <stdint.h>

#define HIST_SUB 16
#define HIST_BUCKETS (HIST_SUB * 40) /* up to 2^43 ns, over two hours */

struct hist {
	_Atomic uint64_t count[HIST_BUCKETS];
	_Atomic uint64_t sum; /* ns */
};

/* Count one duration. Any thread. */
void hist_add(struct hist *h, uint64_t ns);

/* How many were counted. */
uint64_t hist_total(const struct hist *h);

/*
 * The upper bound, in ns, of the bucket that holds the q-quantile (0 < q <=
 * 1); 0 when nothing was counted.
 */
uint64_t hist_quantile(const struct hist *h, double q);

#endif
