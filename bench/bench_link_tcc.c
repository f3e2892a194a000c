/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The peer of bench_link: libtcc's linker, which loads a whole archive.
 * usage: bench_link_tcc NAME ARCHIVE FUNCTION
 *
 * It relocates in malloced memory and cannot reach data of libc from there.
 * So this is no PIE, has copies of the standard streams, and malloc takes all
 * from the heap that follows: tcc gets the conditions that it needs.
 */
#include "bench.h"

#include <libtcc.h>

#include <malloc.h>
#include <string.h>

#define RUNS 50

/* named, so that the program has the copies */
FILE *const *const streams[] = {&stdin, &stdout, &stderr};

int
main(int argc, char **argv)
{
	double ms[RUNS];
	unsigned n;

	if (argc != 4)
		return 64;
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	for (n = 0; n < RUNS; n++) {
		double start = now_ns();
		TCCState *s = tcc_new();
		const void *(*fn)(int);
		void *p = NULL;

		tcc_set_options(s, "-Wl,-whole-archive");
		tcc_set_output_type(s, TCC_OUTPUT_MEMORY);
		if (tcc_add_file(s, argv[2]) == 0) {
			tcc_set_options(s, "-Wl,-no-whole-archive");
			tcc_add_symbol(s, "__dso_handle", s);
			if (tcc_relocate(s, TCC_RELOCATE_AUTO) == 0)
				p = tcc_get_symbol(s, argv[3]);
		}
		if (!p)
			return 1;
		memcpy(&fn, &p, sizeof(fn));
		if (!fn(0))
			return 1;
		ms[n] = (now_ns() - start) / 1e6;
		tcc_delete(s);
	}
	report(argv[1], ms, RUNS, "ms");
	return 0;
}
