/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What only C has beside deferred calls: errno, boundaries, longjmp, faults,
 * cleanups, callbacks from libc, threads.
 * Rows of the table in defer.h.
 */
#include "defer.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>

static void
boundary_between(void *unused)
{
	GORT_DEFERS;
	struct gort_error e;

	gort_defer(say, text("o"));
	CHECK(gort_try(three_then_panic, unused, &e) == -GORT_EPANIC);
	mark('b');
}

static void
boundary_stops(void)
{
	boundary_between(NULL);
	CHECK(traced("21bo"));
}

static void
try_in_deferred(void *unused)
{
	struct gort_error e;

	CHECK(gort_try(safe_void, unused, &e) == 0);
	CHECK(gort_try(panic_with, text("in"), &e) == -GORT_EPANIC);
	recover_it(unused);
	mark('t');
}

static void
tries_while_panicking(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(try_in_deferred, NULL);
	gort_panic("outer");
}

static void
boundary_in_deferred(void)
{
	CHECK(caught(tries_while_panicking, NULL, "outer"));
	CHECK(traced("Rnt1"));
}

static void
recover_below_boundary(void *unused)
{
	gort_try(recover_it, unused, NULL);
	sink++;
}

static void
recovers_below(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_below_boundary, NULL);
	gort_panic("p");
}

static void
boundary_hides(void)
{
	CHECK(caught(recovers_below, NULL, "p"));
	CHECK(traced("n"));
}

static void
set_errno(void *unused)
{
	(void)unused;
	errno = EXDEV;
}

static void
errno_of_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	errno = ENOTTY;
	gort_panic("p");
}

static void
errno_of_deferred(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(set_errno, NULL);
	errno = ENOTTY;
	gort_panic("p");
}

static void
errno_then_panic(void *unused)
{
	(void)unused;
	errno = EDOM;
	gort_panic("p");
}

static void
errno_survives(void)
{
	errno = 0;
	errno_of_panic(NULL);
	CHECK(errno == ENOTTY);
	errno_of_deferred(NULL);
	CHECK(errno == EXDEV);
	gort_try(errno_then_panic, NULL, &err);
	CHECK(errno == EDOM);
	trace[0] = '\0';
}

static void
fault_it(void *unused)
{
	GORT_DEFERS;
	volatile int *volatile nowhere = (volatile int *)(uintptr_t)8;

	(void)unused;
	gort_defer(recover_it, NULL);
	*nowhere = 1;
}

static void
fault_recovered(void)
{
	REQUIRE(gort_catch_faults(1) == 0);
	CHECK(RETURNS(fault_it));
	CHECK(strncmp(got, "SIGSEGV", 7) == 0);
	CHECK(traced("R"));
	CHECK(gort_catch_faults(0) == 0);
}

static jmp_buf env;

NOINLINE static void
jump_away(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("x"));
	longjmp(env, 1);
}

static void
jumps_below(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("1"));
	if (setjmp(env) == 0)
		jump_away(unused);
	safe_void(unused);
	mark('d');
}

static void
longjmp_forgets(void)
{
	CHECK(RETURNS(jumps_below));
	CHECK(traced("Rd1"));
}

__attribute__((noinline)) static void
overwrite(void)
{
	volatile char fill[4096];
	unsigned i;

	for (i = 0; i < sizeof(fill); i++)
		fill[i] = 0x41;
}

static void
defers_and_panics(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("2"));
	gort_panic("after longjmp");
}

static void
jumps_and_overwrites(void *unused)
{
	if (setjmp(env) == 0)
		jump_away(unused);
	overwrite();
	defers_and_panics(unused);
}

static void
jumps_and_panics(void *unused)
{
	if (setjmp(env) == 0)
		jump_away(unused);
	overwrite();
	gort_panic("after longjmp");
}

/* Where it lay, on the stack, there is something else by then. */
static void
longjmp_overwritten(void)
{
	CHECK(gort_try(jumps_and_panics, NULL, NULL) == -GORT_EPANIC);
	CHECK(traced(""));
	CHECK(gort_try(jumps_and_overwrites, NULL, NULL) == -GORT_EPANIC);
	CHECK(traced("2"));
}

static int
compare(const void *a, const void *b)
{
	(void)a;
	(void)b;
	gort_panic("while sorting");
}

static int
sorts(void)
{
	GORT_DEFERS_RESULT(int, r);
	int v[] = {3, 2, 1};

	gort_defer(recover_it, NULL);
	r = 6;
	qsort(v, 3, sizeof(v[0]), compare);
	gort_return(0);
}

static void
through_libc(void)
{
#if !defined(__GLIBC__) && !defined(_WIN32)
	/* musl has no unwind data: nothing says what its qsort has saved */
	printf("    not with this libc\n");
	return;
#endif
	CHECK(sorts() == 6);
	CHECK(strcmp(got, "while sorting") == 0);
	CHECK(traced("R"));
}

static void
clean(int *unused)
{
	(void)unused;
	mark('c');
}

NOINLINE static void
has_cleanup(void *unused)
{
	__attribute__((cleanup(clean))) int guard = 0;

	(void)guard;
	(void)unused;
	panic_with(text("p"));
}

static int
over_cleanup(void)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(say, text("1"));
	gort_defer(recover_it, NULL);
	r = 8;
	has_cleanup(NULL);
	gort_return(0);
}

static void
cleanups(void)
{
	CHECK(over_cleanup() == 8);
#ifdef __EXCEPTIONS
	CHECK(traced("R1c"));
#else
	CHECK(traced("R1"));
#endif
	CHECK(over_cleanup() == 8);
	trace[0] = '\0';
}

/* Without the trace, which the threads would share. */
static void
set_five(void *r)
{
	if (gort_recover())
		*(int *)r = 5;
}

NOINLINE static int
gives_five(void)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(set_five, &r);
	gort_panic("no int");
	gort_return(0);
}

static void
set_five_below(void *r)
{
	set_five(r);
	sink++;
}

static void
not_recovered(void *r)
{
	GORT_DEFERS;

	gort_defer(set_five_below, r);
	gort_panic("p");
}

static void *
panics_on_thread(void *arg)
{
	int i, r = 0;

	for (i = 0; i < 2000; i++)
		if (gort_try(not_recovered, &r, NULL) != -GORT_EPANIC || r ||
		    gives_five() != 5)
			return arg;
	return NULL;
}

static void
threads(void)
{
	pthread_t t[8];
	void *bad;
	int i;

	for (i = 0; i < 8; i++)
		REQUIRE(
		    pthread_create(&t[i], NULL, panics_on_thread, &err) == 0);
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], &bad);
		CHECK(bad == NULL);
	}
}

#if defined(_WIN32) && defined(__i386__)
/* A frame that puts a handler on the thread's list, and does not come back. */
NOINLINE static void
with_handler(void *unused)
{
	struct {
		void *next;
		void *handler;
	} record = {NULL, NULL};

	(void)unused;
	__asm__ volatile("movl %%fs:0, %0" : "=r"(record.next));
	__asm__ volatile("movl %0, %%fs:0" : : "r"(&record) : "memory");
	panic_with(text("p"));
}

static void
recovers_over_handler(void)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	with_handler(NULL);
}

static void
handlers(void)
{
	void *before, *after;

	__asm__ volatile("movl %%fs:0, %0" : "=r"(before));
	recovers_over_handler();
	__asm__ volatile("movl %%fs:0, %0" : "=r"(after));
	__asm__ volatile("movl %0, %%fs:0" : : "r"(before) : "memory");
	CHECK(after == before);
	CHECK(traced("R"));
}
#endif

static const struct test tests[] = {
    {"a boundary keeps a panic from outer defers (C)", boundary_stops},
    {"boundaries in deferred calls (C)", boundary_in_deferred},
    {"recover does not reach through a boundary (C)", boundary_hides},
    {"errno survives both ways (C)", errno_survives},
    {"a fault is recovered", fault_recovered},
    {"longjmp forgets what it left (C)", longjmp_forgets},
    {"also where that is overwritten", longjmp_overwritten},
    {"a panic through libc is recovered (C)", through_libc},
    {"cleanups on the way run (C)", cleanups},
#if defined(_WIN32) && defined(__i386__)
    {"handlers of frames that were left are off the list (C)", handlers},
#endif
    {"on eight threads at once", threads},
};

int
main(void)
{
	return RUN_TESTS("defer c", tests);
}
