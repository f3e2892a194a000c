/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_stack_grow, gort_stack_left, GORT_MORESTACK: code goes on on another
 * piece of stack, and whatever leaves it finds its way back.
 */
#include "check.h"

#include <gort.h>
#include <gort/switch.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <unwind.h>
#ifdef __GLIBC__
#include <execinfo.h>
#define UNWINDERS 1
#else
/* only gort walks there */
#define UNWINDERS 0
#define backtrace(pcs, n) 0
#define _Unwind_Backtrace(fn, arg) ((void)(fn))
#define _Unwind_GetIP(ctx) ((uintptr_t)(ctx))
#endif

/* built with the unwinder's help */
#ifdef __EXCEPTIONS
#define CLEANUPS 1
#else
#define CLEANUPS 0
#endif
#define STACK 65536
#ifdef HAVE_TSAN /* it has room for 65536 calls, one inside the other */
#define DEEP 20000
#else
#define DEEP 200000
#endif

#ifdef GORT__SWITCH_TOLD
#define PLAIN 0
#else
#define PLAIN 1
#endif

static char stack[STACK] __attribute__((aligned(4096)));
static struct gort_gobuf self, task;
static unsigned cleaned, calls;
static uintptr_t at;
static void *pcs[32];
static size_t npcs;

static uintptr_t
here(void)
{
	return (uintptr_t)__builtin_frame_address(0);
}

static void
notes_place(void *arg)
{
	at = here();
	calls++;
	if (arg)
		*(size_t *)arg = gort_stack_left();
}

static void
goes_elsewhere(void)
{
	uintptr_t first;
	size_t left = 0;

	calls = 0;
	CHECK(gort_stack_grow(100000, notes_place, &left) == 0);
	CHECK(calls == 1);
	first = at;
	CHECK(first < here() - STACK || first > here() + STACK);
	CHECK(left > 99000 && left < 200000);
	CHECK(gort_stack_grow(100000, notes_place, NULL) == 0);
	CHECK(at == first);
	CHECK(gort_stack_left() > 100000);
}

static void
no_memory(void)
{
	calls = 0;
	CHECK(gort_stack_grow(SIZE_MAX - 65536, notes_place, NULL) ==
	      -GORT_ENOMEM);
	CHECK(gort_stack_grow(SIZE_MAX, notes_place, NULL) == -GORT_ENOMEM);
	CHECK(calls == 0);
	CHECK(strstr(gort_errmsg(), "stack") != NULL);
}

__attribute__((noinline)) static size_t
left_below(volatile char *unused)
{
	volatile char more[4096];
	size_t left;

	more[0] = unused[0];
	more[sizeof(more) - 1] = 0;
	left = gort_stack_left();
	/* not a tail call: the array stays */
	return more[0] == 0 ? left : (size_t)more[sizeof(more) - 1];
}

static void
left_counts(void)
{
	volatile char c = 0;
	size_t before = gort_stack_left(), below = left_below(&c);

	CHECK(before > 65536);
#ifndef __clang__ /* which puts the array into this function's frame */
	CHECK(before - below >= 4096 && before - below < 8192);
#endif
	CHECK(below < before);
}

/* ---- depth ----------------------------------------------------------------- */

struct dive {
	unsigned left;
	unsigned reached;
	uint64_t sum;
};

__attribute__((noinline)) static void
dives(void *arg)
{
	struct dive *d = arg;
	volatile unsigned mine = d->left;

	GORT_MORESTACK(4096, dives, arg);
	if (d->left-- == 0)
		return;
	d->reached++;
	dives(d);
	/* nobody wrote over this frame meanwhile */
	d->sum += mine;
}

static void
dive_and_go(void *arg)
{
	dives(arg);
	gort_gogo(&self);
}

static void
dives_deep(void)
{
	struct dive d = {DEEP, 0, 0};

	dives(&d);
	CHECK(d.reached == DEEP);
	CHECK(d.sum == (uint64_t)DEEP * (DEEP + 1) / 2);
}

static void
dives_from_small(void)
{
	struct dive d = {DEEP, 0, 0};
	int i;

	for (i = 0; i < 3; i++) {
		d = (struct dive){DEEP, 0, 0};
		REQUIRE(
		    gort_stack_init(&task, stack, STACK, dive_and_go, &d) == 0);
		gort_switch(&self, &task);
		CHECK(d.reached == DEEP);
		CHECK(d.sum == (uint64_t)DEEP * (DEEP + 1) / 2);
		gort_stack_fini(&task);
	}
	CHECK(gort_stack_left() > 65536);
}

static void *
dives_on_thread(void *arg)
{
	dives(arg);
	return NULL;
}

static void
dives_threads(void)
{
	struct dive d[4];
	pthread_t t[4];
	int i;

	for (i = 0; i < 4; i++) {
		d[i] = (struct dive){DEEP, 0, 0};
		REQUIRE(
		    pthread_create(&t[i], NULL, dives_on_thread, &d[i]) == 0);
	}
	for (i = 0; i < 4; i++) {
		pthread_join(t[i], NULL);
		CHECK(d[i].reached == DEEP);
	}
}

/* ---- leaving --------------------------------------------------------------- */

static void
cleanup(int *p)
{
	cleaned += (unsigned)*p;
}

static void
panics(void *arg)
{
	int here_too __attribute__((cleanup(cleanup), unused)) = 1;

	notes_place(NULL);
	if (arg)
		gort_panic("from a segment: %s", (char *)arg);
}

static void
grows_and_panics(void *arg)
{
	int there __attribute__((cleanup(cleanup), unused)) = 10;

	gort_stack_grow(20000, panics, arg);
	calls++;
}

static void
plain_panics(void *arg)
{
	gort_panic("plain: %s", (char *)arg);
}

static void
grows_twice_and_panics(void *arg)
{
	if (calls++ == 0)
		gort_stack_grow(20000, grows_twice_and_panics, arg);
	else
		gort_stack_grow(20000, plain_panics, arg);
}

static void
panic_leaves(void)
{
	static char word[] = "hello";
	struct gort_error err;
	uintptr_t first = 0;
	int i;

	for (i = 0; i < 100; i++) {
		cleaned = calls = 0;
		CHECK(gort_try(grows_and_panics, word, &err) == -GORT_EPANIC);
		CHECK(strcmp(err.message, "from a segment: hello") == 0);
#ifdef _WIN32
		/* the system unwinds to higher addresses only: where that
		   does not lead back, cleanups are left out and counted */
		CHECK(cleaned == 11 || err.skipped > 0);
		CHECK(calls == 1);
#else
		CHECK(cleaned == 11 * CLEANUPS && calls == 1);
#endif
		CHECK(gort_stack_left() > 65536);
		if (i == 0)
			first = at;
		CHECK(at == first);
	}
}

static void
plain_panic_leaves(void)
{
	static char word[] = "hello";
	struct gort_error err;
	int i;

	for (i = 0; i < 100; i++) {
		calls = 0;
		CHECK(gort_try(grows_twice_and_panics, word, &err) ==
		      -GORT_EPANIC);
		CHECK(strcmp(err.message, "plain: hello") == 0);
		CHECK(err.skipped == 0);
		CHECK(gort_stack_left() > 65536);
	}
}

static jmp_buf env;

static void
jumps(void *arg)
{
	(void)arg;
	notes_place(NULL);
	longjmp(env, 1);
}

static void
longjmp_leaves(void)
{
	volatile int i;
	volatile uintptr_t lo = UINTPTR_MAX, hi = 0;

	for (i = 0; i < 1000; i++) {
		if (setjmp(env) == 0)
			gort_stack_grow(20000, jumps, NULL);
		CHECK(gort_stack_left() > 65536);
		lo = at < lo ? at : lo;
		hi = at > hi ? at : hi;
	}
	CHECK(lo == hi);
}

static void
exits(void *arg)
{
	int there __attribute__((cleanup(cleanup), unused)) = 10;

	(void)arg;
	pthread_exit(&cleaned);
}

static void *
exits_on_thread(void *arg)
{
	gort_stack_grow(20000, exits, arg);
	return NULL;
}

static void
thread_exit_leaves(void)
{
	void *status = NULL;
	pthread_t t;

#ifdef _WIN32
	/* as above, but the system ends the process */
	printf("    skipped: pthread_exit from a segment\n");
	return;
#endif
	cleaned = 0;
	REQUIRE(pthread_create(&t, NULL, exits_on_thread, NULL) == 0);
	pthread_join(t, &status);
	CHECK(status == &cleaned);
	CHECK(cleaned == 10 * CLEANUPS);
}

/* ---- backtraces -------------------------------------------------------------- */

static _Unwind_Reason_Code
collect(struct _Unwind_Context *ctx, void *arg)
{
	(void)arg;
	if (npcs < 32)
		pcs[npcs++] = (void *)_Unwind_GetIP(ctx);
	return _URC_NO_REASON;
}

static void
walks(void *arg)
{
	npcs = 0;
	if (*(int *)arg == 0)
		npcs = gort_backtrace(pcs, 32);
	else if (*(int *)arg == 1)
		npcs = (size_t)backtrace(pcs, 32);
	else
		_Unwind_Backtrace(collect, NULL);
	calls++;
}

/* A piece of pcs lies in this function's caller. */
__attribute__((noinline)) static void
grows_and_walks(int how)
{
	calls = 0;
	gort_stack_grow(50000, walks, &how);
	calls++;
}

static int
passes(int how)
{
	size_t i;

	grows_and_walks(how);
	/* the first ones are of functions that may lie right behind it */
	for (i = 3; i < npcs; i++)
		if ((uintptr_t)pcs[i] > (uintptr_t)grows_and_walks &&
		    (uintptr_t)pcs[i] < (uintptr_t)grows_and_walks + 256)
			break;
	/* walks, gort__morestack, gort_stack_grow before it */
	return i < npcs - 2 && i < 7;
}

static void
backtraces_pass(void)
{
	CHECK(passes(0));
	if (PLAIN && UNWINDERS)
		CHECK(passes(1));
	if (UNWINDERS)
		CHECK(passes(2));
}

/* ---- switches from segments ----------------------------------------------- */

static size_t lefts[4];

static void
switches(void *arg)
{
	(void)arg;
	lefts[0] = gort_stack_left();
	gort_switch(&task, &self);
	lefts[1] = gort_stack_left();
}

static void
grows_and_switches(void *arg)
{
	lefts[2] = gort_stack_left();
	gort_stack_grow(300000, switches, arg);
	lefts[3] = gort_stack_left();
	gort_gogo(&self);
}

static void
back_into(void *arg)
{
	(void)arg;
	gort_switch(&self, &task);
	notes_place(NULL);
}

static void
switch_from_segment(void)
{
	size_t left;

	REQUIRE(gort_stack_init(
		    &task, stack, STACK, grows_and_switches, NULL) == 0);
	gort_switch(&self, &task);
	CHECK(lefts[2] > STACK / 2 && lefts[2] < STACK);
	CHECK(lefts[0] > 299000);
	left = gort_stack_left();
	CHECK(left > 65536);
	/* from a segment of ours to the end of its own */
	gort_stack_grow(20000, back_into, NULL);
	CHECK(lefts[1] == lefts[0]);
	CHECK(lefts[3] == lefts[2]);
	CHECK(gort_stack_left() == left);
	gort_stack_fini(&task);
}

/*
 * Each on a segment at a time: what one writes there the others leave alone,
 * however those before have ended.
 */
#define AT_ONCE 3
static struct gort_gobuf at_once[AT_ONCE];
static char at_once_stacks[AT_ONCE][STACK] __attribute__((aligned(64)));
static unsigned wrong, rounds_left;

static void
fills(void *arg)
{
	struct gort_gobuf *own = arg;
	volatile char room[20000];
	char c = (char)(own - at_once + 1);
	unsigned i;

	for (i = 0; i < sizeof(room); i++)
		room[i] = c;
	gort_switch(own, &self);
	for (i = 0; i < sizeof(room); i++)
		wrong += room[i] != c;
	/* one leaves for good from here, the others from below */
	if (own == &at_once[0])
		gort_gogo(&self);
}

static void
grows_and_fills(void *arg)
{
	gort_stack_grow(30000, fills, arg);
	gort_gogo(&self);
}

static void
segments_at_once(void *end)
{
	unsigned i;

	for (i = 0; i < AT_ONCE; i++) {
		REQUIRE(gort_stack_init(&at_once[i], at_once_stacks[i], STACK,
			    grows_and_fills, &at_once[i]) == 0);
		gort_switch(&self, &at_once[i]);
	}
	for (i = 0; end && i < AT_ONCE; i++)
		gort_switch(&self, &at_once[i]);
	for (i = 0; i < AT_ONCE; i++)
		gort_stack_fini(&at_once[i]);
	rounds_left--;
}

static void
each_has_its_own(void)
{
	memset(&self, 0, sizeof(self));
	rounds_left = 60;
	wrong = 0;
	/* to their end, parked for ever, and from a segment of its own */
	while (rounds_left > 0) {
		segments_at_once(&self);
		segments_at_once(NULL);
		gort_stack_grow(30000, segments_at_once, &self);
	}
	CHECK(rounds_left == 0);
	CHECK(wrong == 0);
}

/* Parked on its segment for ever. */
static void
parks(void *unused)
{
	(void)unused;
	gort_switch(&task, &self);
}

static void
grows_and_parks(void *size)
{
	gort_stack_grow(*(size_t *)size, parks, NULL);
	gort_gogo(&self);
}

static void *
ends_task(void *unused)
{
	gort_stack_fini(&task);
	return unused;
}

static size_t
mapped(void)
{
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	if (f)
		fclose(f);
	return pages * 4096;
}

/* That thread has no list of segments to keep them in. */
static void
fini_elsewhere(void)
{
	size_t size = 4 << 20, before = 0;
	pthread_t t;
	int i;

	for (i = 0; i < 36; i++) {
		if (i == 4)
			before = mapped();
		memset(&self, 0, sizeof(self));
		REQUIRE(gort_stack_init(
			    &task, stack, STACK, grows_and_parks, &size) == 0);
		gort_switch(&self, &task);
		REQUIRE(task.grown != NULL);
		REQUIRE(pthread_create(&t, NULL, ends_task, NULL) == 0);
		pthread_join(t, NULL);
	}
	REQUIRE(before > 0);
	CHECK(mapped() < before + 16 * size);
}

int
main(void)
{
	static const struct test tests[] = {
	    {"a function runs on a segment, which is used again",
		goes_elsewhere},
	    {"no memory is an error, and nothing is called", no_memory},
	    {"gort_stack_left counts down", left_counts},
	    {"GORT_MORESTACK lets a recursion run deep", dives_deep},
	    {"GORT_MORESTACK lets it run deep from a small stack",
		dives_from_small},
	    {"GORT_MORESTACK works on four threads", dives_threads},
	    {"a panic with cleanups leaves a segment", panic_leaves},
	    {"a plain panic leaves two segments", plain_panic_leaves},
	    {"longjmp leaves a segment", longjmp_leaves},
	    {"pthread_exit leaves a segment", thread_exit_leaves},
	    {"backtraces pass the boundary", backtraces_pass},
	    {"contexts switch from segment to segment", switch_from_segment},
	    {"no two contexts have one segment, however others ended",
		each_has_its_own},
	    {"a thread without segments gives back a context's",
		fini_elsewhere},
	};

	return RUN_TESTS("stack", tests);
}
