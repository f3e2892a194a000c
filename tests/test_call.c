/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exported calls: every kind of argument and result, the pointers of
 * gort_sym, what the warm path does not do.
 */
#include "check.h"

#include <gort.h>
#include <pthread.h>
#include <stdbool.h>

#if defined(HAVE_LINUX_SECCOMP_H) && !defined(HAVE_TSAN)
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#if defined(__x86_64__) && !defined(_WIN32) && defined(__SIZEOF_FLOAT128__)
_Static_assert(GORT__EX_OF(long double) == GORT__EX_ST0 &&
		   GORT__EX_OF(__float128) == 0 && GORT__EX_OF(double) == 0 &&
		   GORT__EX_OF(void) == 0,
    "psABI 3.2.3: only long double is returned on the x87 stack");
#elif defined(__i386__) && defined(__SIZEOF_FLOAT128__)
_Static_assert(GORT__EX_OF(long double) == GORT__EX_ST0 &&
		   GORT__EX_OF(__float128) == GORT__EX_SRET &&
		   GORT__EX_OF(float) == GORT__EX_ST0 && GORT__EX_OF(void) == 0,
    "psABI i386 2.2.3.3: all but __float128, which is in memory");
#endif
#endif

struct big {
	long v[6];
};

typedef double mix_fn(int, int, int, int, int, int, int, int, int, int, double,
    double, double, double, double, double, double, double, double);

static struct gort_plugin *p;

static double
call_mix(void)
{
	mix_fn *mix = (mix_fn *)gort_sym(p, "mix");

	return mix(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5,
	    7.5, 8.5, 9.5);
}

static void
arguments(void)
{
	CHECK(call_mix() == 692.5);
	CHECK(call_mix() == 692.5);
}

static void *
mix_thread(void *ok)
{
	*(bool *)ok = call_mix() == 692.5;
	return NULL;
}

static void
slow_path_arguments(void)
{
	pthread_t t;
	bool ok = false;

	/* a fresh thread is bound in the slow path of its first call */
	REQUIRE(pthread_create(&t, NULL, mix_thread, &ok) == 0);
	pthread_join(t, NULL);
	CHECK(ok);
}

static void
results(void)
{
	struct big (*make_big)(long) =
	    (struct big(*)(long))gort_sym(p, "make_big");
	long double (*twice)(long double) =
	    (long double (*)(long double))gort_sym(p, "twice");
	struct big (*of)(long, long, long, long) =
	    (struct big(*)(long, long, long, long))gort_sym(p, "make_big_of");
	struct big b = make_big(40), c = of(1, 2, 3, 4);

	CHECK(c.v[0] == 1 && c.v[1] == 2 && c.v[2] == 3 && c.v[3] == 4);
	CHECK(b.v[0] == 40 && b.v[5] == 45);
	CHECK(twice(1.25L) == 2.5L);
}

static void
same_pointer(void)
{
	CHECK(gort_sym(p, "mix") == gort_sym(p, "mix"));
	CHECK(gort_sym(p, "mix") != gort_sym(p, "twice"));
}

static void
plain_functions(void)
{
	int (*f)(int) = (int (*)(int))gort_sym(p, "plain_function");

	REQUIRE(f != NULL);
	CHECK(f(41) == 42);
}

static void
unlisted_arguments(void)
{
	double (*sum)(int, ...) = (double (*)(int, ...))gort_sym(p, "sum_of");
	double (*many)(int, double, int, double, int, double, int, double, int,
	    double) = (double (*)(int, double, int, double, int, double, int,
	    double, int, double))gort_sym(p, "plain_many");
	int i;

	REQUIRE(sum && many);
	for (i = 0; i < 2; i++) {
		CHECK(sum(0) == 0);
		CHECK(sum(2, 1.5, 2.5) == 4);
		CHECK(sum(12, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0,
			  11.0, 12.0) == 78);
		CHECK(many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10) == 385);
	}
}

static void
missing_symbol(void)
{
	CHECK(gort_sym(p, "nothing") == NULL);
	CHECK(strstr(gort_errmsg(), "basic1" PLUGIN_EXT) != NULL);
	CHECK(strstr(gort_errmsg(), "no export nothing") != NULL);
	/* of a library it depends on, and data: neither is an export */
	CHECK(gort_sym(p, "malloc") == NULL);
	CHECK(gort_sym(p, "inits") == NULL);
}

#if defined(HAVE_LINUX_SECCOMP_H) && !defined(HAVE_TSAN)
static void
quiet(void *arg)
{
	int (*add)(int, int) = (int (*)(int, int))arg;
	int i;

	for (i = 0; i < 1000; i++)
		if (add(i, 1) != i + 1)
			syscall(SYS_exit, 1);
}

/*
 * Strict seccomp kills at any system call but read, write and exit. (Not with
 * ThreadSanitizer: its own thread would go on when ours has ended.)
 */
static void
no_system_call(void)
{
	void *add = gort_sym(p, "basic_add");
	pid_t pid;
	int status, i;

	if (under_valgrind("valgrind makes system calls of its own"))
		return;
	pid = fork();
	if (pid == 0) {
		quiet(add); /* starts the runtime in the child */
		gort_try(quiet, add, NULL);
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
			_exit(77);
		quiet(add);
		for (i = 0; i < 100; i++)
			gort_try(quiet, add, NULL);
		syscall(SYS_exit, 0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77 &&
	    emulated("it has no strict seccomp"))
		return;
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
#endif

static int recursions;

static void
recurse(void *arg)
{
	void (*call_back)(void *) = (void (*)(void *))gort_sym(p, "call_back");
	struct {
		void (*fn)(void *);
		void *arg;
	} cb = {recurse, arg};

	recursions++;
	call_back(&cb);
}

/* The stack must not run out before the frames do. */
static void *
recurse_thread(void *arg)
{
	struct gort_error *err = arg;

	err->code = -gort_try(recurse, NULL, err);
	return NULL;
}

static void
too_deep(void)
{
	struct gort_error err = {0};
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 20);
	REQUIRE(pthread_create(&t, &attr, recurse_thread, &err) == 0);
	pthread_join(t, NULL);
	pthread_attr_destroy(&attr);
	CHECK(err.code == GORT_ELIMIT);
	CHECK(recursions > 10000);
	CHECK(strstr(err.message, "nested calls") != NULL);
}

static void
bad_arguments(void)
{
	struct gort_error err;

	CHECK(gort_call(NULL, NULL, &err) == -GORT_EINVAL);
	CHECK(err.code == GORT_EINVAL);
	CHECK(gort_sym(NULL, "x") == NULL);
	CHECK(gort_sym(p, NULL) == NULL);
	CHECK(gort_stat(p, NULL) == -GORT_EINVAL);
	CHECK(gort_close(NULL, 0) == -GORT_EINVAL);
	CHECK(gort_open("x", 1) == NULL);
	CHECK(gort_open(NULL, 0) == NULL);
	CHECK(gort_reload(NULL, NULL, 0) == -GORT_EINVAL);
}

static const struct test tests[] = {
    {"integer, floating and stack arguments arrive", arguments},
    {"they arrive through the slow path too", slow_path_arguments},
    {"large structs and long doubles come back", results},
    {"a name has one pointer", same_pointer},
    {"plain exported functions can be had", plain_functions},
    {"variadic and plain functions get their arguments", unlisted_arguments},
    {"a missing symbol is named with its file", missing_symbol},
#if defined(HAVE_LINUX_SECCOMP_H) && !defined(HAVE_TSAN)
    {"a warm call makes no system call", no_system_call},
#endif
    {"too deep recursion is an error", too_deep},
    {"bad arguments are refused", bad_arguments},
};

int
main(void)
{
	p = gort_open(plugin("basic1"), 0);
	if (!p) {
		fprintf(stderr, "%s\n", gort_errmsg());
		return 99;
	}
	return RUN_TESTS("call", tests);
}
