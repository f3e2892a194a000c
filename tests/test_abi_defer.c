/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort__deferreturn: any number of deferred calls run in one frame. Built
 * twice, as position-independent code and not; on Windows 386, which knows no
 * such code, to call through the thunk of an import, and directly.
 */
#include "check.h"

#include <gort.h>
#include <gort/jmpdefer.h>
#include <stdint.h>

#define MANY 1000000

static struct gort__defer records[MANY];
static uintptr_t lowest, highest;
static unsigned ran, in_order;
static void *pcs[8];
static size_t npcs;

static void
push(struct gort__defer **list, struct gort__defer *d, gort_func *fn, void *arg)
{
	d->fn = fn;
	d->arg = arg;
	d->link = *list;
	*list = d;
}

static void
notes_place(void *arg)
{
	uintptr_t at = (uintptr_t)__builtin_dwarf_cfa();

	if (at < lowest)
		lowest = at;
	if (at > highest)
		highest = at;
	in_order += arg == &records[MANY - 1 - ran];
	ran++;
}

/* What the frame holds across must be there after. */
__attribute__((noinline)) static unsigned
defers_many(unsigned a, unsigned b, unsigned c)
{
	struct gort__defer *list = NULL;
	volatile unsigned onstack[4] = {a, b, c, 7};
	double x = a * 0.5;
	unsigned i;

	for (i = 0; i < MANY; i++)
		push(&list, &records[i], notes_place, &records[i]);
	GORT__DEFERRETURN(list);
	return list == NULL ? a + b + c + onstack[0] + onstack[1] + onstack[2] +
				  onstack[3] + (unsigned)(x * 2)
			    : 0;
}

static void
a_million(void)
{
	ran = in_order = 0;
	lowest = UINTPTR_MAX;
	highest = 0;
	CHECK(defers_many(1, 2, 3) == 6 + 6 + 7 + 1);
	CHECK(ran == MANY);
	CHECK(in_order == MANY);
	CHECK(lowest == highest);
	CHECK(lowest % 16 == 0);
}

static void
counts(void *arg)
{
	++*(unsigned *)arg;
}

__attribute__((noinline)) static unsigned
no_calls(unsigned n)
{
	struct gort__defer *list = NULL;

	/* the only call: where a leaf would use the red zone */
	if (n == 77)
		list = &records[0];
	GORT__DEFERRETURN(list);
	return n + 1;
}

static void
none(void)
{
	CHECK(no_calls(1) == 2);
	ran = 0;
	records[0].link = NULL;
	records[0].fn = counts;
	records[0].arg = &ran;
	CHECK(no_calls(77) == 78);
	CHECK(ran == 1);
}

static struct gort__defer *shared;

static void
adds(void *arg)
{
	unsigned *left = arg;

	if (*left > 0) {
		--*left;
		push(&shared, &records[*left], adds, left);
	}
	ran++;
}

__attribute__((noinline)) static void
defers_adder(unsigned *left)
{
	push(&shared, &records[100], adds, left);
	GORT__DEFERRETURN(shared);
}

static void
added_while_running(void)
{
	unsigned left = 50;

	ran = 0;
	defers_adder(&left);
	CHECK(ran == 51);
	CHECK(left == 0);
}

static void
walks(void *arg)
{
	(void)arg;
	npcs = gort_backtrace(pcs, 8);
}

__attribute__((noinline)) static void
defers_walk(void)
{
	struct gort__defer *list = NULL;

	push(&list, &records[0], walks, NULL);
	push(&list, &records[1], walks, NULL);
	GORT__DEFERRETURN(list);
	ran++;
}

static void
called_from_here(void)
{
	defers_walk();
	/* walks, defers_walk, here */
	REQUIRE(npcs >= 3);
	CHECK((uintptr_t)pcs[1] > (uintptr_t)defers_walk &&
	      (uintptr_t)pcs[1] < (uintptr_t)defers_walk + 512);
	CHECK((uintptr_t)pcs[2] > (uintptr_t)called_from_here &&
	      (uintptr_t)pcs[2] < (uintptr_t)called_from_here + 512);
}

static void
panics(void *arg)
{
	gort_panic("deferred by %s", (char *)arg);
}

static void
defers_panic(void *arg)
{
	struct gort__defer *list = NULL;

	push(&list, &records[0], panics, arg);
	GORT__DEFERRETURN(list);
	ran++;
}

static void
panic_leaves(void)
{
	static char me[] = "me";
	struct gort_error err;

	ran = 0;
	CHECK(gort_try(defers_panic, me, &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "deferred by me") == 0);
	CHECK(err.skipped == 0);
	CHECK(ran == 0);
}

GORT_API void gort__deferreturn(void);

static void
built_as_named(void)
{
#if defined(_WIN32) && defined(__i386__)
	unsigned char first;

	/* of the routine or of its thunk: ff 25, a jump through a slot */
	memcpy(&first, (void *)(uintptr_t)gort__deferreturn, 1);
#ifdef WANT_PIC
	CHECK(first == 0xff);
#else
	CHECK(first != 0xff);
#endif
#elif defined(WANT_PIC)
	CHECK(__PIC__ + 0 != 0);
#elif defined(__PIC__) && !defined(_WIN32)
	CHECK(!"position-independent, which it should not be");
#endif
}

int
main(void)
{
	static const struct test tests[] = {
	    {"it is built as its name says", built_as_named},
	    {"a million run in one frame, newest first, in constant stack",
		a_million},
	    {"none run, also in a function without calls", none},
	    {"those that are added meanwhile run too", added_while_running},
	    {"a backtrace goes on in the function that deferred",
		called_from_here},
	    {"a panic leaves through them", panic_leaves},
	};

	return RUN_TESTS("defer", tests);
}
