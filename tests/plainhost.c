/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that knows nothing of gort: dlopen, dlsym, call, with the flags
 * given. Prints what changed in the process. usage: plainhost FILE FLAGS
 */
#include "procstat.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static int
handlers(void)
{
	struct sigaction sa;
	int sig, n = 0;

	for (sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			n++;
	return n;
}

int
main(int argc, char **argv)
{
	int flags = argc > 2 && strstr(argv[2], "lazy") ? RTLD_LAZY : RTLD_NOW;
	int before = handlers(), result;
	struct procstat at_start = procstat(), now;
	int (*add)(int, int);
	void *lib, *sym;

	if (argc > 2 && strstr(argv[2], "global"))
		flags |= RTLD_GLOBAL;
	lib = argc > 1 ? dlopen(argv[1], flags) : NULL;
	sym = lib ? dlsym(lib, "basic_add") : NULL;
	if (!sym) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	memcpy(&add, &sym, sizeof(sym));
	result = add(40, 2);
	now = procstat_alone();
	printf("result %d threads %d handlers %d rss %ld\n", result,
	    now.threads - at_start.threads, handlers() - before,
	    now.rss_kib - at_start.rss_kib);
	return result == 42 ? 0 : 1;
}
