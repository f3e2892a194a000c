/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A whole archive linked into the process, from its file to the address of
 * one of its functions, which is called.
 * usage: bench_link NAME ARCHIVE FUNCTION
 */
#include "bench.h"

#include <gort.h>
#include <gort/link.h>

#include <string.h>

#define RUNS 50

int
main(int argc, char **argv)
{
	double ms[RUNS];
	unsigned n;

	if (argc != 4)
		return 64;
	for (n = 0; n < RUNS; n++) {
		double start = now_ns();
		struct gort_link *lk = gort_link_new();
		const char *(*fn)(int);
		void *p;

		if (!lk || gort_link_add(lk, argv[2], GORT_LINK_WHOLE) ||
		    gort_link_load(lk) || !(p = gort_link_sym(lk, argv[3]))) {
			fprintf(stderr, "bench_link: %s\n", gort_errmsg());
			return 1;
		}
		memcpy(&fn, &p, sizeof(fn));
		if (!fn(0))
			return 1;
		ms[n] = (now_ns() - start) / 1e6;
		gort_link_free(lk);
	}
	report(argv[1], ms, RUNS, "ms");
	return 0;
}
