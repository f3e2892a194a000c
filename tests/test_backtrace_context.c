/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backtraces of contexts, running and parked: through exported calls,
 * boundaries, libc's callbacks and segments of a stack that grew, from other
 * threads and from signal handlers, and to the end of each stack.
 */
#include "check.h"

#include <gort.h>
#include <gort/switch.h>
#include <signal.h>
#include <stdint.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#endif

GORT_MODULE("contexts", "1.0");

#define STACK (256 << 10)
#define NOINLINE __attribute__((noinline))
#define MANY 200 /* contexts parked at a time */

/* musl's own code has no unwind data, nor has what calls signal handlers. */
#if defined(__linux__) && !defined(__GLIBC__)
#define LIBC_UNWINDS 0
#else
#define LIBC_UNWINDS 1
#endif

/* Sanitizers add frames. */
#ifdef HAVE_SANITIZERS
#define PLAIN 0
#else
#define PLAIN 1
#endif

/* Where each function on the way was called from, outermost first. */
struct trail {
	void *back[48];
	size_t n;
};

/* One context, its way, and what it does at the end of that. */
struct ctx {
	struct gort_gobuf self;
	struct gort_gobuf from; /* who runs it */
	char *stack;
	uintptr_t start;
	struct trail trail;
	gort_func *const *way;         /* NULL at its end */
	void (*at_end)(struct ctx *c); /* the bottom of it */
	void *pcs[64];
	size_t n;
	volatile int turns; /* no call is a tail call */
};

/* The next function of the way; each notes where it was called from. */
#define NOTE(c) ((c)->trail.back[(c)->trail.n++] = __builtin_return_address(0))

NOINLINE static void
go_on(struct ctx *c)
{
	gort_func *next = *c->way;

	NOTE(c);
	if (next) {
		c->way++;
		next(c);
	} else {
		c->at_end(c);
	}
	c->turns++;
}

NOINLINE static void
plain(void *arg)
{
	struct ctx *c = arg;

	NOTE(c);
	go_on(c);
	c->turns++;
}

GORT_EXPORT(int, exported_way, (void *arg, int a, double b))
{
	struct ctx *c = arg;

	go_on(c);
	return a + (int)b;
}

static void
exported(void *arg)
{
	struct ctx *c = arg;

	NOTE(c);
	CHECK(exported_way(c, 3, 4.5) == 7);
	c->turns++;
}

static void
bounded(void *arg)
{
	struct ctx *c = arg;

	NOTE(c);
	CHECK(gort_try(plain, c, NULL) == 0);
	c->turns++;
}

/* By a callback of the C library. */
static struct ctx *sorting;

NOINLINE static int
compare(const void *a, const void *b)
{
	struct ctx *c = sorting;

	(void)a;
	(void)b;
	sorting = NULL;
	if (c) {
		NOTE(c);
		go_on(c);
		c->turns++;
	}
	return 0;
}

static void
sorted(void *arg)
{
	struct ctx *c = arg;
	int two[2] = {1, 2};

	NOTE(c);
	sorting = c;
	if (LIBC_UNWINDS)
		qsort(two, 2, sizeof(two[0]), compare);
	else
		compare(&two[0], &two[1]);
	c->turns++;
}

static void
grown(void *arg)
{
	struct ctx *c = arg;

	NOTE(c);
	CHECK(gort_stack_grow(STACK, plain, c) == 0);
	c->turns++;
}

/* A frame that a row cannot have by the stack pointer alone. */
static void
aligned(void *arg)
{
	struct ctx *c = arg;
	_Alignas(128) volatile char room[128];

	NOTE(c);
	room[0] = ((uintptr_t)room & 127) == 0;
	CHECK(room[0]);
	go_on(c);
	c->turns++;
}

/* ---- running a context ---------------------------------------------------------- */

static void
begins(void *arg)
{
	struct ctx *c = arg;

	NOTE(c);
	go_on(c);
	gort_gogo(&c->from);
}

static int
make(struct ctx *c, gort_func *const *way, void (*at_end)(struct ctx *))
{
	memset(c, 0, sizeof(*c));
	c->way = way;
	c->at_end = at_end;
	c->stack = malloc(STACK);
	if (!c->stack ||
	    gort_stack_init(&c->self, c->stack, STACK, begins, c) != 0)
		return -1;
	c->start = (uintptr_t)c->self.pc;
	return 0;
}

static void
unmake(struct ctx *c)
{
	gort_stack_fini(&c->self);
	free(c->stack);
}

/* All of the trail, innermost first, and at last the first frame of a stack. */
static int
is_complete(const struct ctx *c)
{
	uintptr_t last = c->n ? (uintptr_t)c->pcs[c->n - 1] : 0;
	size_t i, k = 0;

	for (i = c->trail.n; i-- > 0;) {
		/* the first was called from the stack's start */
		while (k < c->n && c->pcs[k] != c->trail.back[i])
			k++;
		if (k++ == c->n) {
			printf("    frame %zu of %zu is missing in %zu\n", i,
			    c->trail.n, c->n);
			return 0;
		}
	}
	if (!PLAIN)
		return 1;
	/* where somebody watches switches, C code of gort's begins a stack */
	return c->n - k <= 1 && last > c->start && last < c->start + 64;
}

NOINLINE static void
take_trace(struct ctx *c)
{
	NOTE(c);
	c->n = gort_backtrace(c->pcs, 64);
}

NOINLINE static void
park(struct ctx *c)
{
	NOTE(c);
	gort_switch(&c->self, &c->from);
	c->turns++;
}

NOINLINE static void
park_inline(struct ctx *c)
{
	NOTE(c);
	gort_switch_inline(&c->self, &c->from);
	c->turns++;
}

static gort_func *const crossing[] = {plain, exported, bounded, aligned, sorted,
    exported, grown, aligned, bounded, plain, NULL};
static gort_func *const simple[] = {plain, plain, NULL};
static gort_func *const nothing[] = {NULL};
static gort_func *const *const ways[] = {crossing, simple, nothing};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void
running(void)
{
	struct ctx c;
	size_t i;

	for (i = 0; i < WAYS; i++) {
		REQUIRE(make(&c, ways[i], take_trace) == 0);
		gort_switch(&c.from, &c.self);
		CHECK(is_complete(&c));
		unmake(&c);
	}
}

static void
parked_by(void (*how)(struct ctx *), size_t inner)
{
	struct ctx c;
	size_t i;

	for (i = 0; i < WAYS; i++) {
		REQUIRE(make(&c, ways[i], how) == 0);
		gort_switch(&c.from, &c.self);
		c.n = gort_backtrace_parked(&c.self, c.pcs, 64);
		CHECK(is_complete(&c));
		CHECK(!PLAIN || c.n >= c.trail.n + inner);
		/* and it is as it was */
		c.turns = 0;
		gort_switch(&c.from, &c.self);
		CHECK(c.turns > 1);
		unmake(&c);
	}
}

static void
parked(void)
{
	parked_by(park, 1);
}

static void
parked_inline(void)
{
	parked_by(park_inline, 0);
}

/* ---- more than one --------------------------------------------------------------- */

/* Runs another context, and unwinds itself and that. */
static struct ctx inner_one;

static void
runs_another(struct ctx *c)
{
	struct ctx *in = &inner_one;

	REQUIRE(make(in, crossing, take_trace) == 0);
	NOTE(c);
	gort_switch(&in->from, &in->self);
	CHECK(is_complete(in));
	unmake(in);
	REQUIRE(make(in, simple, park) == 0);
	gort_switch(&in->from, &in->self);
	in->n = gort_backtrace_parked(&in->self, in->pcs, 64);
	CHECK(is_complete(in));
	c->n = gort_backtrace(c->pcs, 64);
	unmake(in);
}

static void
nested(void)
{
	struct ctx c;

	REQUIRE(make(&c, crossing, runs_another) == 0);
	gort_switch(&c.from, &c.self);
	CHECK(is_complete(&c));
	unmake(&c);
}

/* The thread, while a context runs: it is parked as any other. */
static void *thread_pcs[64];
static size_t nthread;

static void
looks_back(struct ctx *c)
{
	NOTE(c);
	nthread = gort_backtrace_parked(&c->from, thread_pcs, 64);
	c->n = gort_backtrace(c->pcs, 64);
}

NOINLINE static void
run_below(struct ctx *c)
{
	gort_switch(&c->from, &c->self);
	c->turns++;
}

static void
of_the_thread(void)
{
	void *here[64];
	struct ctx c;
	size_t n, i;

	REQUIRE(make(&c, simple, looks_back) == 0);
	run_below(&c);
	n = gort_backtrace(here, 64);
	CHECK(is_complete(&c));
	/* gort_switch and who watches, run_below, then all that is here */
	CHECK(!PLAIN || (nthread >= n + 2 && nthread <= n + 3));
	for (i = 1; i + 1 < n && i < nthread; i++)
		CHECK(thread_pcs[nthread - i] == here[n - i]);
	unmake(&c);
}

static void
many(void)
{
	static struct ctx all[MANY];
	static gort_func *way[17];
	unsigned i;

	for (i = 0; i < 16; i++)
		way[i] = i % 3 ? plain : aligned;
	for (i = 0; i < MANY; i++) {
		REQUIRE(make(&all[i], way + i % 17,
			    i & 1 ? park : park_inline) == 0);
		gort_switch(&all[i].from, &all[i].self);
	}
	for (i = 0; i < MANY; i++) {
		struct ctx *c = &all[i];

		c->n = gort_backtrace_parked(&c->self, c->pcs, 64);
		CHECK(is_complete(c));
	}
	for (i = 0; i < MANY; i++)
		unmake(&all[i]);
}

#ifdef _WIN32
static DWORD WINAPI
#else
static void *
#endif
look_from_there(void *arg)
{
	struct ctx *c = arg;

	c->n = gort_backtrace_parked(&c->self, c->pcs, 64);
	return 0;
}

static int
on_a_thread(struct ctx *c)
{
#ifdef _WIN32
	HANDLE t = CreateThread(NULL, 0, look_from_there, c, 0, NULL);

	return t && WaitForSingleObject(t, INFINITE) == 0 && CloseHandle(t);
#else
	pthread_t t;

	return pthread_create(&t, NULL, look_from_there, c) == 0 &&
	       pthread_join(t, NULL) == 0;
#endif
}

static void
from_another_thread(void)
{
	struct ctx c;

	REQUIRE(make(&c, crossing, park) == 0);
	gort_switch(&c.from, &c.self);
	REQUIRE(on_a_thread(&c));
	CHECK(is_complete(&c));
	gort_switch(&c.from, &c.self);
	unmake(&c);
}

/* ---- panics ----------------------------------------------------------------------- */

static void
panic_there(struct ctx *c)
{
	NOTE(c);
	gort_panic("in a context");
}

static void
panics_below(void *arg)
{
	struct ctx *c = arg;

	NOTE(c);
	go_on(c);
	c->turns++;
}

static struct gort_error err;
static int caught;

static void
catches(void *arg)
{
	struct ctx *c = arg;

	NOTE(c);
	caught = gort_try(panics_below, c, &err);
	c->n = err.nframes;
	memcpy(c->pcs, err.frames, c->n * sizeof(c->pcs[0]));
}

/* Its trace is that of the frames that it left, up to the boundary. */
static void
panicking(void)
{
	static gort_func *const way[] = {
	    plain, exported, catches, plain, aligned, sorted, plain, NULL};
	struct ctx c;
	size_t i, k;

	REQUIRE(make(&c, way, panic_there) == 0);
	gort_switch(&c.from, &c.self);
	CHECK(caught == -GORT_EPANIC);
	CHECK(err.skipped == 0);
	/* up to panics_below; what called it is outside, or the boundary */
	for (k = 0, i = c.trail.n; i-- > 8;) {
		while (k < c.n && c.pcs[k] != c.trail.back[i])
			k++;
		CHECK(k < c.n);
	}
	unmake(&c);
}

/* ---- signal handlers ----------------------------------------------------------------- */

#ifndef _WIN32
static struct ctx *interrupted;

static void
trace_here(int sig)
{
	(void)sig;
	interrupted->n = gort_backtrace(interrupted->pcs, 64);
}

static void
raises(struct ctx *c)
{
	NOTE(c);
	raise(SIGUSR1);
	c->turns++;
}

static void
in_handlers(void)
{
	static char alternate[65536];
	stack_t ss = {.ss_sp = alternate, .ss_size = sizeof(alternate)}, old;
	struct sigaction sa = {.sa_handler = trace_here}, before;
	struct ctx c;
	unsigned i;

	if (!LIBC_UNWINDS) {
		printf("    SKIP: traces of handlers begin in them here\n");
		return;
	}
	REQUIRE(sigaltstack(&ss, &old) == 0);
	for (i = 0; i < 2; i++) {
		sa.sa_flags = i ? SA_ONSTACK : 0;
		sigaction(SIGUSR1, &sa, &before);
		REQUIRE(make(&c, crossing, raises) == 0);
		interrupted = &c;
		gort_switch(&c.from, &c.self);
		CHECK(is_complete(&c));
		unmake(&c);
		sigaction(SIGUSR1, &before, NULL);
	}
	sigaltstack(&old, NULL);
}
#endif

static const struct test tests[] = {
    {"a running context's trace has all its frames and ends with it", running},
    {"so has that of one parked by gort_switch", parked},
    {"and of one parked by gort_switch_inline", parked_inline},
    {"a context that runs another is unwound without that", nested},
    {"a thread that runs a context unwinds as a parked one", of_the_thread},
    {"many parked contexts unwind, each to its own end", many},
    {"a parked context unwinds from another thread", from_another_thread},
    {"a panic's trace has the context's frames up to its boundary", panicking},
#ifndef _WIN32
    {"a handler's trace goes on in the context and ends there", in_handlers},
#endif
};

int
main(void)
{
	if (gort_wait_ready(10000) != 0)
		return 99;
	return RUN_TESTS("backtraces of contexts", tests);
}
