/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows: where _beginthreadex fails, that is an error which says so. The
 * archive is linked, and what it imports comes from here.
 */
#include "check.h"
#include "plat.h"

#include <errno.h>
#include <gort.h>

GORT_MODULE("newosproc", "1.0");

GORT_EXPORT(int, five, (void))
{
	return 5;
}

typedef uintptr_t begin_fn(void *security, unsigned stack,
    unsigned(__stdcall *fn)(void *), void *arg, unsigned flags, unsigned *tid);

/* The errno to fail with, as constructors need it: from the environment. */
static uintptr_t
begin(void *security, unsigned stack, unsigned(__stdcall *fn)(void *),
    void *arg, unsigned flags, unsigned *tid)
{
	const char *fail = getenv("FAIL_THREADS");
	begin_fn *real;
	void *p;

	if (fail) {
		errno = atoi(fail);
		return 0;
	}
	p = dlsym(GetModuleHandleA("msvcrt.dll"), "_beginthreadex");
	memcpy(&real, &p, sizeof(real));
	return real(security, stack, fn, arg, flags, tid);
}

/* Before the C runtime's import library: the linker takes the first. */
#ifdef __i386__
begin_fn *begin_slot __asm__("__imp___beginthreadex") = begin;
#else
begin_fn *begin_slot __asm__("__imp__beginthreadex") = begin;
#endif
extern begin_fn *begin_slot;

static const char *program;
static int called;

static void
call_five(void *arg)
{
	*(int *)arg = five();
}

/* In a fresh process. Which check fails is its status. */
static int
part(const char *with)
{
	const char *why = strerror(atoi(with));
	struct gort_error err;

	if (gort_wait_ready(10000) != -GORT_EFAILED)
		return 1;
	if (!strstr(gort_errmsg(), "cannot create the runtime-init thread") ||
	    !strstr(gort_errmsg(), why))
		return 2;
	if (gort_state() != GORT_FAILED)
		return 3;
	if (five() != 0 || !strstr(gort_errmsg(), why))
		return 4;
	if (gort_try(call_five, &called, &err) != -GORT_EFAILED || called)
		return 5;
	if (gort_shutdown(1000) != 0 || gort_state() != GORT_STOPPED)
		return 6;
	return 0;
}

static void
fails_with(int error)
{
	char with[16];

	snprintf(with, sizeof(with), "%d", error);
	setenv("FAIL_THREADS", with, 1);
	CHECK(run_self(program, with) == 0);
	unsetenv("FAIL_THREADS");
}

static void
out_of_memory(void)
{
	fails_with(ENOMEM);
}

static void
out_of_threads(void)
{
	fails_with(EAGAIN);
}

/* The hook is in the way of it: the other tests can fail. */
static void
works_else(void)
{
	CHECK(gort_wait_ready(10000) == 0);
	CHECK(five() == 5);
}

int
main(int argc, char **argv)
{
	static const struct test tests[] = {
	    {"out of memory is an error that says so", out_of_memory},
	    {"too many threads are an error that says so", out_of_threads},
	    {"else the runtime starts", works_else},
	};

	program = argv[0];
	if (argc > 1)
		return part(argv[1]);
	return RUN_TESTS("newosproc_win", tests);
}
