/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From dlopen to the return of the first exported call, in a cold process;
 * and what loading leaves behind. The process that is measured is a plain
 * host: this program again, not linked with gort.
 * usage: bench_load LIBGORT PLUGIN BARE [GO]
 *        bench_load --child FILE SYMBOL [LIBGORT]
 *
 * An installed libgort.so is found by one look into ld.so's cache. In a build
 * tree ld.so would try a dozen folders for it, so it is opened by its path
 * first, within the time.
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
child(const char *file, const char *symbol, const char *libgort)
{
	struct procstat before = procstat(), after;
	double start = now_ns(), end;
	int (*add)(int, int);
	void *lib, *sym;

	if (libgort[0])
		dlopen(libgort, RTLD_NOW);
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
measure(const char *self, const char *prefix, const char *file,
    const char *symbol, const char *libgort)
{
	double us[RUNS], threads[RUNS], rss[RUNS];
	char command[8192], name[128];
	unsigned i, n = 0;

	snprintf(command, sizeof(command), "'%s' --child '%s' '%s' '%s'", self,
	    file, symbol, libgort);
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
	if (argc == 5 && strcmp(argv[1], "--child") == 0)
		return child(argv[2], argv[3], argv[4]);
	if (argc < 4)
		return 64;
	measure(argv[0], "peer.bare_so.", argv[3], "bare_add", "");
	measure(argv[0], "", argv[2], "basic_add", argv[1]);
	if (argc > 4 && argv[4][0])
		measure(argv[0], "peer.go.", argv[4], "peer_add", "");
	return 0;
}
