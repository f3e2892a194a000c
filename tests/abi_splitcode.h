/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What test_abi_split runs on small stacks: compiled with -fsplit-stack.
 */
#ifndef GORT_ABI_SPLITCODE_H
#define GORT_ABI_SPLITCODE_H

#include <gort.h>

struct split_big {
	long a[8];
};

struct split_work {
	unsigned n;
	uint64_t sum, again;
	double x, vx;
	float fx;
	long variadic, nested;
	struct split_big big;
	int caught, frames_in, splits, ended;
	struct gort_error err;
	char text[64];
};

/* Each takes a struct split_work. */
gort_func split_recurse, split_arguments, split_panics, split_walks,
    split_prints;

#endif
