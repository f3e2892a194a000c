/* SPDX-License-Identifier: BSD-3-Clause */
/* malloc and free through an argument frame. */
#include "check.h"

#include <gort.h>
#include <gort/cmalloc.h>
#ifdef HAVE_STACKS
#include <gort/crosscall.h>
#endif

/* AddressSanitizer would end the process where malloc returns NULL. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static char nothing[1];

/* As generated code does: all it has is the address of a frame. */
static void
take(void *frame)
{
	gort_cmalloc(frame);
}

static void
give(void *frame)
{
	gort_cfree(frame);
}

static void
call(gort_func *fn, void *frame)
{
#ifdef HAVE_STACKS
	gort__crosscall(fn, frame);
#else
	fn(frame);
#endif
}

static void
usable(void)
{
	struct gort_cmalloc_frame m = {.size = 100000};
	struct gort_cfree_frame f;

	call(take, &m);
	REQUIRE(m.result != NULL);
	CHECK(((uintptr_t)m.result & (2 * sizeof(void *) - 1)) == 0);
	CHECK(m.size == 100000);
	memset(m.result, 7, 100000);
	f.p = m.result;
	call(give, &f);
}

static void
of_nothing(void)
{
	struct gort_cmalloc_frame a = {.size = 0}, b = {.size = 0};
	struct gort_cfree_frame f = {.p = NULL};

	gort_cmalloc(&a);
	gort_cmalloc(&b);
	CHECK(a.result && b.result && a.result != b.result);
	gort_cfree(&f);
	f.p = a.result;
	gort_cfree(&f);
	f.p = b.result;
	gort_cfree(&f);
}

static void
call_take(void *frame)
{
	call(take, frame);
}

/* More than an address can tell, and more than any system gives. */
static void
too_much(void)
{
	static const uint64_t sizes[] = {
	    UINT64_MAX, SIZE_MAX, (uint64_t)SIZE_MAX + 1, SIZE_MAX / 2};
	struct gort_error err;
	char number[32];
	unsigned i;

	for (i = 0; i < 4; i++) {
		struct gort_cmalloc_frame m = {sizes[i], nothing};

		if (!m.size)
			continue; /* one past SIZE_MAX, where that is 64 bits */
		CHECK(gort_try(call_take, &m, &err) == -GORT_ENOMEM);
		CHECK(err.code == GORT_ENOMEM && err.skipped == 0);
		snprintf(number, sizeof(number), " %llu bytes",
		    (unsigned long long)m.size);
		CHECK(strstr(err.message, number) != NULL);
		CHECK(m.result == nothing && m.size == sizes[i]);
	}
	usable();
}

/* Nothing lies between it and the boundary. */
static void
directly(void)
{
	struct gort_cmalloc_frame m = {UINT64_MAX, nothing};
	struct gort_error err;

	CHECK(gort_try((gort_func *)(uintptr_t)gort_cmalloc, &m, &err) ==
	      -GORT_ENOMEM);
	usable();
}

static const char *self;

static void
uncaught(void)
{
	CHECK(run_self(self, "uncaught") == 2);
}

int
main(int argc, char **argv)
{
	static const struct test tests[] = {
	    {"memory is usable, and the caller's until given back", usable},
	    {"no bytes are memory of its own; NULL is given back", of_nothing},
	    {"want of memory is a panic that names the size", too_much},
	    {"also where it is what a boundary calls", directly},
	    {"without a boundary it ends the process with status 2", uncaught},
	};
	struct gort_cmalloc_frame m = {UINT64_MAX, nothing};

	self = argv[0];
	if (argc > 1) {
		gort_cmalloc(&m);
		return m.result == nothing; /* not reached */
	}
	return RUN_TESTS("cmalloc", tests);
}
