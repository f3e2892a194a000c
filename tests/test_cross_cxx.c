/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics that cross C++ frames: which destructors run, in which order, who may
 * catch, and where the language ends the program.
 */
#include "check.h"

#include <gort.h>
#include <signal.h>

extern int cross_marks;
void cross_typed(void *);
void cross_rethrow(void *);
void cross_nested(void *);
void cross_noexcept(void *);
void cross_in_catch(void *);
void cross_throw_in_cleanup(void *);
void cross_swallow_many(void *);
void cross_boundary_in_destructor(void *);
void cross_floating(void *);

static struct gort_error err;

static int
marks_of(void (*fn)(void *), const char *message)
{
	cross_marks = 0;
	if (gort_try(fn, NULL, &err) != -GORT_EPANIC || err.skipped ||
	    strcmp(err.message, message) != 0)
		return -1;
	return cross_marks;
}

static void
typed(void)
{
	CHECK(marks_of(cross_typed, "C++ typed") == 21);
}

static void
rethrown(void)
{
	CHECK(marks_of(cross_rethrow, "C++ rethrow") == 2341);
	CHECK(marks_of(cross_rethrow, "C++ rethrow") == 2341);
}

static void
one_after_another(void)
{
	CHECK(marks_of(cross_nested, "C++ second") == 21);
}

static void
in_catch(void)
{
	CHECK(marks_of(cross_in_catch, "C++ in catch") == 21);
}

static void
cleanups_throw(void)
{
	CHECK(marks_of(cross_throw_in_cleanup, "C++ in cleanup") == 371);
}

static void
swallowed(void)
{
	int n = 0;

	cross_marks = 0;
	CHECK(gort_try(cross_swallow_many, &n, &err) == 0);
	CHECK(n == 1000);
	CHECK(marks_of(cross_typed, "C++ typed") == 21);
}

static void
destructor_tries(void)
{
	CHECK(marks_of(cross_boundary_in_destructor, "C++ outer") == 45);
}

static void
recover_it(void *seen)
{
	*(int *)seen = gort_recover() != NULL;
}

static int
recovering(void (*fn)(void *), int *seen)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(recover_it, seen);
	r = 3;
	fn(NULL);
	gort_return(0);
}

static void
recovered(void)
{
	int seen = 0;

	cross_marks = 0;
	CHECK(recovering(cross_typed, &seen) == 3);
	CHECK(seen == 1 && cross_marks == 21);
	cross_marks = 0;
	CHECK(recovering(cross_rethrow, &seen) == 3);
	CHECK(cross_marks == 2341);
}

static void
floating(void)
{
	double got = 0;
	int i;

	for (i = 0; i < 3; i++) {
		CHECK(gort_try(cross_floating, &got, &err) == 0);
		CHECK(got == 6 * 10000.0 + 12 * 100 + 24);
	}
}

#ifdef HAVE_FORK
static void
no_throw(void)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(3);
		gort_try(cross_noexcept, NULL, NULL);
		_exit(0);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
#endif

static const struct test tests[] = {
    {"no catch of a type takes a panic; destructors beside it run", typed},
    {"catch (...) may throw it on, twice", rethrown},
    {"one that was caught is over when the next comes", one_after_another},
    {"it leaves the handler of a C++ exception", in_catch},
    {"destructors that throw and catch do not disturb it", cleanups_throw},
    {"a thousand that catch (...) took leave nothing", swallowed},
    {"a destructor may have a boundary", destructor_tries},
    {"destructors run before a function that recovered returns", recovered},
    {"who catches finds floating values as they were", floating},
#ifdef HAVE_FORK
    {"noexcept ends in std::terminate", no_throw},
#endif
};

int
main(void)
{
	return RUN_TESTS("crossing C++", tests);
}
