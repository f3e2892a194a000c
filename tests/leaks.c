/* SPDX-License-Identifier: BSD-3-Clause */
/* A host's whole life, for valgrind. */
#include "check.h"

#include <gort.h>

int
main(void)
{
	struct gort_plugin *p;
	struct gort_error err;
	int i, v = 0;

	for (i = 0; i < 20; i++) {
		p = gort_open(plugin("basic1"), 0);
		if (!p || gort_call(gort_sym(p, "number"), &v, NULL) || v != 1)
			return 1;
		if (gort_call(gort_sym(p, "boom"), "x", &err) != -GORT_EPANIC)
			return 2;
		if (gort_reload(p, plugin("basic2"), 1000) ||
		    gort_reload(p, plugin("failinit"), 1000) != -GORT_EINIT)
			return 3;
		if (gort_open("/nowhere", 0) || gort_open("/etc/passwd", 0))
			return 4;
		if (gort_close(p, 1000))
			return 5;
	}
	return gort_shutdown(1000) ? 6 : 0;
}
