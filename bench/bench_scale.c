/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How panics scale: many threads at once, beside threads that only count; and
 * in a process with many loaded objects.
 * usage: bench_scale LIBRARY [OBJECTS]
 * Rows in x are of linear, by the clock and by processor time: higher is better
 * there. Waits are sleeps while the threads work, as a contended lock makes.
 */
#include "config.h"

#include "bench.h"

#include <dlfcn.h>
#include <gort.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define RUNS 15
#define THREADS 64
#define WORK 1024000 /* panics of one thread, or of all for a processor */

typedef void pass(void (*)(void *), void *);

static volatile unsigned long sink;

__attribute__((noinline)) static void
deep(int n)
{
	volatile int keep = n;

	if (n == 0)
		gort_panic("bench");
	if (n > 0)
		deep(n - 1);
	keep++;
}

static void
ten_deep(void *unused)
{
	(void)unused;
	deep(10);
}

static void
panics(unsigned n)
{
	while (n-- > 0)
		gort_try(ten_deep, NULL, NULL);
}

/* About as long, and nothing that threads share. */
static void
counts(unsigned n)
{
	volatile unsigned k;

	for (k = 0; k < n * 32; k++)
		;
}

struct team {
	void (*fn)(unsigned);
	unsigned each;
	pthread_barrier_t *start, *end;
};

static void *
member(void *arg)
{
	struct team *t = arg;

	t->fn(1);
	pthread_barrier_wait(t->start);
	t->fn(t->each);
	pthread_barrier_wait(t->end);
	return NULL;
}

/* What a team takes: by the clock, of processors, and sleeps. */
struct cost {
	double wall, cpu;
	long waits;
};

static double
cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static long
waits(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return ru.ru_nvcsw;
}

static struct cost
cost_of(void (*fn)(unsigned), unsigned n, unsigned each)
{
	pthread_barrier_t start, end;
	struct team t = {fn, each, &start, &end};
	pthread_t id[THREADS];
	struct cost c;
	unsigned i;

	pthread_barrier_init(&start, NULL, n + 1);
	pthread_barrier_init(&end, NULL, n + 1);
	for (i = 0; i < n; i++)
		if (pthread_create(&id[i], NULL, member, &t))
			abort();
	pthread_barrier_wait(&start);
	c.wall = now_ns();
	c.cpu = cpu_ns();
	c.waits = waits();
	pthread_barrier_wait(&end);
	c.wall = now_ns() - c.wall;
	c.cpu = cpu_ns() - c.cpu;
	/* each thread sleeps once at the end */
	c.waits = waits() - c.waits - (long)n;
	for (i = 0; i < n; i++)
		pthread_join(id[i], NULL);
	pthread_barrier_destroy(&start);
	pthread_barrier_destroy(&end);
	return c;
}

/* One thread's cost for its work over that of 64 for a processor's share. */
static void
bench_team(const char *name, void (*fn)(unsigned), unsigned ncpu)
{
	double wall[RUNS], cpu[RUNS], sleeps[RUNS];
	struct cost one, all;
	char row[64];
	unsigned i;

	for (i = 0; i < RUNS; i++) {
		one = cost_of(fn, 1, WORK);
		all = cost_of(fn, THREADS, WORK * ncpu / THREADS);
		wall[i] = one.wall / all.wall;
		cpu[i] = one.cpu * ncpu / all.cpu;
		sleeps[i] = all.waits > 0 ? (double)all.waits : 0;
	}
	snprintf(row, sizeof(row), "%s_x", name);
	report(row, wall, RUNS, "x");
	snprintf(row, sizeof(row), "%s_cpu_x", name);
	report(row, cpu, RUNS, "x");
	snprintf(row, sizeof(row), "%s_waits", name);
	report(row, sleeps, RUNS, "waits");
}

static void
bench_threads(void)
{
	long ncpu = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned n = ncpu > 0 && ncpu < THREADS ? (unsigned)ncpu : 1;

	bench_team("peer.count.threads64", counts, n);
	bench_team("panic.threads64", panics, n);
}

static void
end_here(void *unused)
{
	(void)unused;
	gort_panic("bench");
}

static void
through(void *fn)
{
	pass *p;

	memcpy(&p, &fn, sizeof(p));
	p(end_here, NULL);
	sink++;
}

/* Through each of the n objects from fn[0] on, k times. */
static double
time_objects(void **fn, unsigned n, unsigned k)
{
	double start = now_ns();
	unsigned i, j;

	for (j = 0; j < k; j++)
		for (i = 0; i < n; i++)
			gort_try(through, fn[i], NULL);
	return (now_ns() - start) / (n * k);
}

/* The library under a name and inode of its own. */
static void *
open_copy(const char *bytes, size_t n)
{
	char name[] = "/tmp/gort-bench-XXXXXX";
	int fd = mkstemp(name);
	void *lib = NULL;

	if (fd < 0)
		return NULL;
	if (write(fd, bytes, n) == (ssize_t)n)
		lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	close(fd);
	unlink(name);
	return lib ? dlsym(lib, "pass") : NULL;
}

#define FEW 100

static void
bench_objects(const char *file, unsigned want)
{
	static char bytes[1 << 20];
	double v[RUNS], w[RUNS];
	FILE *f = fopen(file, "r");
	size_t size = f ? fread(bytes, 1, sizeof(bytes), f) : 0;
	void **fn = calloc(want, sizeof(*fn));
	unsigned n, i;

	for (n = 0; fn && n < want; n++) {
		if (n == FEW) {
			for (i = 0; i < RUNS; i++) {
				v[i] = time_objects(fn, 1, 10000);
				w[i] = time_objects(fn, FEW, 10);
			}
			report("panic.few_objects_ns", v, RUNS, "ns");
			report("panic.few_objects_turns_ns", w, RUNS, "ns");
		}
		fn[n] = open_copy(bytes, size);
		if (!fn[n])
			break;
	}
	if (n > FEW) {
		for (i = 0; i < RUNS; i++) {
			v[i] = time_objects(fn + n - 1, 1, 10000);
			w[i] = time_objects(fn + n - FEW, FEW, 10);
		}
		printf("panic.objects\t%u\tobjects\t1\n", n);
		report("panic.many_objects_ns", v, RUNS, "ns");
		report("panic.many_objects_turns_ns", w, RUNS, "ns");
	}
	if (f)
		fclose(f);
	free(fn);
}

int
main(int argc, char **argv)
{
	bench_threads();
	if (argc > 1)
		bench_objects(
		    argv[1], argc > 2 ? (unsigned)atoi(argv[2]) : 10000);
	return 0;
}
