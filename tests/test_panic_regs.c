/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A function that recovered returns to its caller with every register that a
 * call preserves, whatever was between: vector registers too (arm64). And what
 * becomes of a panic whose walk such a register leads astray.
 */
#include "check.h"
#include "wreck.h"

#include <alloca.h>
#include <gort.h>

static int recoveries;

static void
recover_it(void *unused)
{
	(void)unused;
	recoveries += gort_recover() != NULL;
}

static void
fails(void *unused)
{
	(void)unused;
	gort_panic("with wrecked registers");
}

/* fn destroys them all and goes on in fails: code that needs none of them. */
#define THERE ((void *)(uintptr_t)fails)

static void
recovering(void (*fn)(void *), void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	fn(THERE);
}

/* The same from deeper: frames that save some of them lie between. */
__attribute__((noinline)) static double
between(void (*fn)(void *), void *arg, int n, double x)
{
	volatile double one = 1;
	double a = x + one, b = a * x, c = b - a;

	if (n > 0)
		a += between(fn, arg, n - 1, c);
	if (n > 0)
		return a * b + c;
	fn(arg); /* from here nothing that is in registers is good */
	return a * b + c;
}

static void
recovering_deep(void (*fn)(void *), void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	between(fn, THERE, 5, 2);
}

/* And a boundary does. */
struct wrecked {
	void (*fn)(void *);
};

static void
wreck_and_fail(void *arg)
{
	struct wrecked *w = arg;

	w->fn(THERE);
	recoveries = -1; /* no tail call */
}

static void
catching(void (*fn)(void *), void *unused)
{
	struct wrecked w = {fn};

	(void)unused;
	recoveries += gort_try(wreck_and_fail, &w, NULL) == -GORT_EPANIC;
}

static void
keeps(wreck_via *via)
{
	uintptr_t before[WRECK_KEPT], after[WRECK_KEPT];
	int i, k;

	for (k = 0; k < 5; k++) {
		for (i = 0; i < WRECK_KEPT; i++)
			before[i] = 0x1234567u * (unsigned)(i + 1 + k);
		memset(after, 0, sizeof(after));
		recoveries = 0;
		wreck_call(via, before, after);
		CHECK(recoveries == 1);
		for (i = 0; i < WRECK_KEPT; i++)
			CHECK(after[i] == before[i]);
	}
}

static void
recovered(void)
{
	keeps(recovering);
}

static void
recovered_deep(void)
{
	keeps(recovering_deep);
}

static void
caught(void)
{
	keeps(catching);
}

/* ---- a walk that faults ------------------------------------------------------ */

static int destroyed;
static void (*wrecker)(void *);

static void
destroy(void *value)
{
	destroyed += *(int *)value;
}

static void
fails_with_value(void *unused)
{
	static int one = 1;

	(void)unused;
	gort_panic_value(1, "one", &one, destroy, "with a value");
}

/* Its caller is found through the frame pointer. */
__attribute__((noinline)) static void
wreck_frame_pointer(void *n)
{
	volatile char *room = alloca(*(volatile size_t *)n);

	room[0] = 1;
	wrecker((void *)(uintptr_t)fails_with_value);
	room[1] = 2;
}

static void
defers_wreck(void *unused)
{
	size_t n = 100;
	GORT_DEFERS;

	(void)unused;
	gort_defer(wreck_frame_pointer, &n);
	gort_panic("first");
}

static void
walk_faults(void (*fn)(void *), void *unused)
{
	struct gort_error err;
	int i;

	(void)unused;
	wrecker = fn;
	for (i = 0; i < 3; i++)
		CHECK(gort_try(defers_wreck, NULL, &err) == -GORT_EFAULT);
}

static void
value_not_lost(void)
{
	uintptr_t before[WRECK_KEPT] = {0}, after[WRECK_KEPT];

	REQUIRE(gort_catch_faults(1) == 0);
	wreck_call(walk_faults, before, after);
	CHECK(destroyed == 3);
	CHECK(gort_catch_faults(0) == 0);
}

static const struct test tests[] = {
    {"who called a function that recovered has its registers", recovered},
    {"also with frames between that keep values there", recovered_deep},
    {"and who called gort_try", caught},
    {"the value of a panic whose walk faults is destroyed", value_not_lost},
};

int
main(void)
{
	return RUN_TESTS("registers after recovery", tests);
}
