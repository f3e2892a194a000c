/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hardware faults in C++ functions that have exception tables.
 */
#include "check.h"

#include <gort.h>

extern int destroyed;
void cxx_fault(void *);
void cxx_fault_in_libc(void *);

static struct gort_error err;

/* Frames that the tables say nothing of: fault_cxx.cc. */
#ifdef __clang__
#define HOLES 0
#else
#define HOLES 1
#endif

/* What the faulting function itself would have cleaned up is left out. */
static void
beside_a_call(void)
{
	destroyed = 0;
	CHECK(gort_try(cxx_fault, NULL, &err) == -GORT_EFAULT);
	CHECK(destroyed == 1 && err.skipped == HOLES);
	CHECK((err.skipped_at != NULL) == HOLES);
}

static void
in_libc(void)
{
	destroyed = 0;
	CHECK(gort_try(cxx_fault_in_libc, NULL, &err) == -GORT_EFAULT);
	CHECK(destroyed == 1 && err.skipped >= HOLES);
}

static void
recover(void *unused)
{
	(void)unused;
	CHECK(gort_recover() != NULL);
}

static void
outside(void *nowhere)
{
	GORT_DEFERS;

	gort_defer(recover, NULL);
	cxx_fault(nowhere);
}

/* On the way to a function that recovers it is the same. */
static void
recovered(void)
{
	destroyed = 0;
	CHECK(gort_try(outside, NULL, &err) == 0);
	CHECK(destroyed == 1);
}

static const struct test tests[] = {
    {"a fault in a C++ function ends at the boundary", beside_a_call},
    {"a fault in libc that C++ called ends there", in_libc},
    {"a function that defers recovers one", recovered},
};

int
main(void)
{
	if (gort_catch_faults(1) != 0) {
		fprintf(stderr, "%s\n", gort_errmsg());
		return 99;
	}
	return RUN_TESTS("fault_cxx", tests);
}
