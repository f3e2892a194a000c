/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From dlopen to the return of the first exported call, in a cold process;
 * and what loading leaves behind. The process that is measured is a plain
 * host: this program again, not linked with gort.
 * usage: bench_load FOLDER PLUGIN BARE [GO]
 *        bench_load --child FILE SYMBOL
 *
 * The host opens the plugin, and ld.so the library with it. An installed
 * libgort.so is found in ld.so's cache; here, in the folder that
 * LD_LIBRARY_PATH names, as the plugin's own run path has a dozen of them.
 */
#include "bench.h"
#include "../tests/procstat.h"

#include <dlfcn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS 100

/* In the child: microseconds, threads, KiB on one line. */
static int
child(const char *file, const char *symbol)
{
	struct procstat before = procstat(), after;
	double start = now_ns(), end;
	int (*add)(int, int);
	void *lib, *sym;

	lib = dlopen(file, RTLD_NOW);
	sym = lib ? dlsym(lib, symbol) : NULL;
	if (!sym) {
		fprintf(stderr, "bench_load: %s\n", dlerror());
		return 1;
	}
	memcpy(&add, &sym, sizeof(add));
	if (add(40, 2) != 42)
		return 1;
	end = now_ns();
	/* (the peer may have threads that stay) */
	after = procstat_alone_within(1);
	printf("%f %d %ld\n", (end - start) / 1e3, after.threads - 1,
	    after.rss_kib - before.rss_kib);
	return 0;
}

static void
measure(
    const char *self, const char *prefix, const char *file, const char *symbol)
{
	double us[RUNS], threads[RUNS], rss[RUNS];
	char command[8192], name[128];
	unsigned i, n = 0;

	snprintf(command, sizeof(command), "'%s' --child '%s' '%s'", self, file,
	    symbol);
	for (i = 0; i < RUNS; i++) {
		FILE *f = popen(command, "r");

		if (f &&
		    fscanf(f, "%lf %lf %lf", &us[n], &threads[n], &rss[n]) == 3)
			n++;
		if (!f || pclose(f) != 0)
			return;
	}
	snprintf(name, sizeof(name), "%sload.first_call_us", prefix);
	report(name, us, n, "us");
	snprintf(name, sizeof(name), "%sload.threads", prefix);
	report(name, threads, n, "threads");
	snprintf(name, sizeof(name), "%sload.rss_kib", prefix);
	report(name, rss, n, "KiB");
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--child") == 0)
		return child(argv[2], argv[3]);
	if (argc < 4 || setenv("LD_LIBRARY_PATH", argv[1], 1))
		return 64;
	measure(argv[0], "peer.bare_so.", argv[3], "bare_add");
	measure(argv[0], "", argv[2], "basic_add");
	if (argc > 4 && argv[4][0])
		measure(argv[0], "peer.go.", argv[4], "peer_add");
	return 0;
}
