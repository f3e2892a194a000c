/* SPDX-License-Identifier: BSD-3-Clause */
/* The smallest host; the README's tour uses it. */
#include <gort.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	struct gort_plugin *p = gort_open(argc > 1 ? argv[1] : "./min.so", 0);
	void *work = p ? gort_sym(p, "work") : NULL;
	struct gort_error err;
	int n;

	if (!work)
		return fprintf(stderr, "%s\n", gort_errmsg()), 1;
	for (n = 12; n <= 14; n++)
		if (gort_call(work, &n, &err))
			printf("%s: %s\n", err.module, err.message);
	return gort_close(p, 1000) ? 1 : 0;
}
