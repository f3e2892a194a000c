/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads of the runtime's own: what they start with, and what happens where
 * one cannot be started. Each case runs in a process of its own: this program
 * again, with the case's name. Environment: NO_THREADS and NO_M make creating
 * a thread, and an m, fail with that errno.
 */
#include "cases.h"
#include "procstat.h"

#include <errno.h>
#include <gort.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Ours comes before libc's. */
int
pthread_create(
    pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	static int (*real)(
	    pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	const char *rc = getenv("NO_THREADS");
	void *p;

	if (rc)
		return atoi(rc);
	if (!real) {
		p = dlsym(RTLD_NEXT, "pthread_create");
		memcpy(&real, &p, sizeof(p));
	}
	return real(t, attr, fn, arg);
}

/* An m is the only thing that gort maps which has this size. */
void *
mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
	static void *(*real)(void *, size_t, int, int, int, off_t);
	const char *rc = getenv("NO_M");
	void *p;

	if (rc && (flags & MAP_NORESERVE) && n > 400000 && n < 2000000) {
		errno = atoi(rc);
		return MAP_FAILED;
	}
	if (!real) {
		p = dlsym(RTLD_NEXT, "mmap");
		memcpy(&real, &p, sizeof(p));
	}
	return real(at, n, prot, flags, fd, off);
}

#define MUST(e) \
	do { \
		if (!(e)) { \
			fprintf(stderr, "%s:%d: %s [%s]\n", __FILE__, \
			    __LINE__, #e, gort_errmsg()); \
			return 1; \
		} \
	} while (0)

#if defined(__x86_64__) || defined(__i386__)
/* Part of each thread's stack: more of it than gort leaves unasked. */
static __thread volatile char wide[3 << 20];
#define TOUCH_WIDE() (wide[0] = 1)
#else
#define TOUCH_WIDE() ((void)0)
#endif

static int (*add)(int, int);

/* Load a plugin as a host does that knows nothing of gort. */
static void *
load(const char *name)
{
	void *lib = dlopen(plugin(name), RTLD_NOW | RTLD_LOCAL);
	void *sym = lib ? dlsym(lib, "basic_add") : NULL;

	memcpy(&add, &sym, sizeof(sym));
	if (!sym)
		fprintf(stderr, "%s\n", dlerror());
	return sym ? lib : NULL;
}

static void
call_add(void *result)
{
	*(int *)result = add(2, 3);
}

/* The runtime failed for this reason, and everything says so. */
static int
failed_for(const char *reason)
{
	struct gort_error err;
	int result = -1;

	MUST(gort_state() == GORT_FAILED);
	MUST(gort_wait_ready(1000) == -GORT_EFAILED);
	MUST(strstr(gort_errmsg(), "cannot create the runtime-init thread: "));
	MUST(strstr(gort_errmsg(), reason));
	MUST(load("basic1"));
	MUST(add(2, 3) == 0);
	MUST(gort_try(call_add, &result, &err) == -GORT_EFAILED);
	MUST(result == -1 && strstr(err.message, reason));
	MUST(gort_shutdown(1000) == 0);
	MUST(gort_state() == GORT_STOPPED);
	return 0;
}

static int
c_refused(void)
{
	const char *rc = getenv("NO_THREADS");

	MUST(rc != NULL);
	return failed_for(strerror(atoi(rc)));
}

static pthread_barrier_t bound, over;

static void *
have_m(void *sum)
{
	*(int *)sum = add(2, 3);
	pthread_barrier_wait(&bound);
	pthread_barrier_wait(&over);
	return NULL;
}

/* The first ones need no memory: main and another thread have them. */
static int
c_no_m(void)
{
	pthread_t t;
	int sum;

	MUST(load("basic1"));
	MUST(add(2, 3) == 5);
	MUST(procstat_alone().threads == 1);
	pthread_barrier_init(&bound, NULL, 2);
	pthread_barrier_init(&over, NULL, 2);
	MUST(pthread_create(&t, NULL, have_m, &sum) == 0);
	pthread_barrier_wait(&bound);
	MUST(sum == 5);
	setenv("NO_M", "12", 1);
	MUST(load("other"));
	MUST(add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), "cannot create the runtime-init thread: "));
	MUST(strstr(gort_errmsg(), "no memory for its m"));
	unsetenv("NO_M");
	MUST(gort_state() == GORT_READY);
	MUST(load("slowinit"));
	MUST(add(2, 3) == 5);
	pthread_barrier_wait(&over);
	MUST(pthread_join(t, NULL) == 0);
	return 0;
}

/* No address space for a stack of the size that the process wants. */
static int
c_no_stack(void)
{
	return failed_for(strerror(EAGAIN));
}

/* When it is READY a thread that cannot start fails the modules that wait. */
static int
c_later(void)
{
	MUST(load("basic1"));
	MUST(add(2, 3) == 5);
	MUST(procstat_alone().threads == 1);
	setenv("NO_THREADS", "11", 1);
	MUST(load("other"));
	MUST(add(2, 3) == 0);
	MUST(strstr(gort_errmsg(), "cannot create the runtime-init thread: "));
	MUST(strstr(gort_errmsg(), strerror(11)));
	unsetenv("NO_THREADS");
	MUST(gort_state() == GORT_READY);
	MUST(load("slowinit"));
	MUST(add(2, 3) == 5);
	MUST(procstat_alone().threads == 1);
	return 0;
}

/* A failure a hundred times over costs nothing. */
static int
c_leaves_nothing(void)
{
	struct procstat before = {0}, after;
	void *lib;
	int i;

	MUST(load("basic1"));
	MUST(add(2, 3) == 5);
	MUST(procstat_alone().threads == 1);
	setenv("NO_THREADS", "11", 1);
	for (i = 0; i < 110; i++) {
		if (i == 10)
			before = procstat();
		MUST((lib = load("other")) != NULL);
		MUST(add(2, 3) == 0);
		MUST(dlclose(lib) == 0);
	}
	after = procstat();
	MUST(after.fds == before.fds && after.threads == before.threads);
	MUST(after.maps <= before.maps + 1);
	return 0;
}

static int
c_stack(void)
{
	void *lib = load("stack");
	size_t told, there;

	TOUCH_WIDE();
	MUST(lib != NULL);
	MUST(add(2, 3) == 5);
	told = *(size_t *)dlsym(lib, "stack_told");
	there = *(size_t *)dlsym(lib, "stack_there");
	fprintf(stderr, "told %zu of %zu\n", told, there);
	MUST(told <= there);
	MUST(told >= there / 2);
	return 0;
}

static const struct own_process cases[] = {
    {"refused", c_refused},
    {"no-m", c_no_m},
    {"no-stack", c_no_stack},
    {"later", c_later},
    {"leaves-nothing", c_leaves_nothing},
    {"stack", c_stack},
};

static void
t_refused(void)
{
	static const char *const why[] = {"1", "11", "12"}; /* EPERM.. */
	unsigned i;

	for (i = 0; i < 3; i++) {
		setenv("NO_THREADS", why[i], 1);
		CHECK(run_self(self, "refused") == 0);
		unsetenv("NO_THREADS");
	}
}

static void
t_no_m(void)
{
	if (emulated("that no thread is left"))
		return;
	CHECK(run_self(self, "no-m") == 0);
}

/* The exec'd program finds these limits; glibc reads its stack's from one. */
static void
with_limits(const char *name, rlim_t stack, rlim_t space)
{
	struct rlimit old_stack, old_space, rl;

	REQUIRE(getrlimit(RLIMIT_STACK, &old_stack) == 0);
	REQUIRE(getrlimit(RLIMIT_AS, &old_space) == 0);
	rl = old_stack;
	rl.rlim_cur = stack;
	REQUIRE(setrlimit(RLIMIT_STACK, &rl) == 0);
	rl = old_space;
	if (space)
		rl.rlim_cur = space;
	CHECK(setrlimit(RLIMIT_AS, &rl) == 0);
	CHECK(run_self(self, name) == 0);
	setrlimit(RLIMIT_STACK, &old_stack);
	setrlimit(RLIMIT_AS, &old_space);
}

static void
t_no_stack(void)
{
#if !defined(__GLIBC__) || defined(HAVE_SANITIZERS)
	printf("    SKIP: the C library takes no stack size from a limit, or a "
	       "sanitizer needs the address space\n");
#else
	if (emulated("limits, which are the emulator's own"))
		return;
	with_limits("no-stack", (rlim_t)1 << 30, (rlim_t)1 << 29);
#endif
}

static void
t_later(void)
{
	if (!emulated("that no thread is left"))
		CHECK(run_self(self, "later") == 0);
}

static void
t_leaves_nothing(void)
{
	if (!emulated("that no thread is left"))
		CHECK(run_self(self, "leaves-nothing") == 0);
}

static void
t_stack(void)
{
#ifdef HAVE_STACKS
	CHECK(run_self(self, "stack") == 0);
	with_limits("stack", 256 << 10, 0);
#endif
}

static const struct test tests[] = {
    {"a thread that is refused makes FAILED with its reason", t_refused},
    {"no memory for an m fails what waits, and says so", t_no_m},
    {"no address space for a stack makes FAILED with the reason", t_no_stack},
    {"when READY it fails the modules that wait, and only those", t_later},
    {"110 threads that are refused leave nothing", t_leaves_nothing},
    {"the init thread knows its stack", t_stack},
};

int
main(int argc, char **argv)
{
	return RUN_CASES("newm", tests, cases, argc, argv);
}
