/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort__crosscall and gort__crosscall2: code that destroys every register is
 * called, and the caller keeps what its convention promises.
 */
#include "check.h"
#include "wreck.h"

#include <gort.h>

static void *got_arg;
static int got_size;
static uintptr_t got_ctxt, got_cfa;
static void *pcs[8];
static size_t npcs;

static void
note(void *arg)
{
	got_arg = arg;
	got_cfa = (uintptr_t)__builtin_dwarf_cfa();
	npcs = gort_backtrace(pcs, 8);
}

static void
note2(void *arg, int argsize, uintptr_t ctxt)
{
	note(arg);
	got_size = argsize;
	got_ctxt = ctxt;
}

static void
arguments(void)
{
	int cookie;

	gort__crosscall(note, &cookie);
	CHECK(got_arg == &cookie);
	CHECK(got_cfa % 16 == 0);
	got_arg = NULL;
	gort__crosscall2(note2, &cookie, -7, ~(uintptr_t)2);
	CHECK(got_arg == &cookie);
	CHECK(got_size == -7);
	CHECK(got_ctxt == ~(uintptr_t)2);
	CHECK(got_cfa % 16 == 0);
}

static void
preserved(void)
{
	uintptr_t before[WRECK_KEPT], after[WRECK_KEPT];
	int i;

	for (i = 0; i < WRECK_KEPT; i++)
		before[i] = 0x1234567u * (unsigned)(i + 1);
	memset(after, 0, sizeof(after));
	wreck_call(gort__crosscall, before, after);
	for (i = 0; i < WRECK_KEPT; i++)
		CHECK(after[i] == before[i]);
	/* the check can fail: without crosscall they are lost */
	wreck_call(wreck_direct, before, after);
	for (i = 0; i < WRECK_KEPT; i++)
		CHECK(after[i] != before[i]);
}

static void
panics(void *arg)
{
	gort_panic("across %s", (char *)arg);
}

static void
crosses(void *arg)
{
	gort__crosscall(panics, arg);
}

static void
panic_crosses(void)
{
	static char word[] = "crosscall";
	struct gort_error err;

	CHECK(gort_try(crosses, word, &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "across crosscall") == 0);
	CHECK(err.skipped == 0);
}

static void
backtraces(void)
{
	gort__crosscall(note, NULL);
	/* note, gort__crosscall, here */
	REQUIRE(npcs >= 3);
#ifndef _WIN32
	/* (there the name is a thunk of this program's) */
	CHECK((uintptr_t)pcs[1] > (uintptr_t)gort__crosscall &&
	      (uintptr_t)pcs[1] < (uintptr_t)gort__crosscall + 128);
#endif
	CHECK((uintptr_t)pcs[2] > (uintptr_t)backtraces &&
	      (uintptr_t)pcs[2] < (uintptr_t)backtraces + 128);
}

int
main(void)
{
	static const struct test tests[] = {
	    {"arguments arrive, on an aligned stack", arguments},
	    {"what the convention calls callee-saved is kept", preserved},
	    {"a panic crosses", panic_crosses},
	    {"a backtrace crosses", backtraces},
	};

	return RUN_TESTS("crosscall", tests);
}
