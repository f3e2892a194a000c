/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * File and line of a backtrace's addresses, by a library that is not there
 * before.
 */
#include "check.h"

#include <dlfcn.h>
#include <gort.h>

static int
is_loaded(void)
{
	return dlopen("libdw.so.1", RTLD_NOW | RTLD_NOLOAD) != NULL;
}

static void
lazily(void)
{
	char text[256];
	void *pcs[4];

	CHECK(gort_backtrace(pcs, 4) > 0);
	CHECK(gort_describe_pc(pcs[0], text, sizeof(text)) > 0);
	CHECK(!is_loaded());
}

static void
lines(void)
{
	char text[512], want[64];
	void *pcs[4];
	size_t n;
	int line;

	line = __LINE__ + 1;
	REQUIRE(gort_backtrace(pcs, 4) > 0);
	n = gort_describe_line(pcs[0], text, sizeof(text));
	if (!is_loaded()) {
		printf("    SKIP: no libdw.so.1 here\n");
		CHECK(n == 0 && text[0] == '\0');
		return;
	}
	snprintf(want, sizeof(want), "test_fault_line.c:%d", line);
	REQUIRE(n == strlen(text) && n > strlen(want));
	CHECK(strcmp(text + n - strlen(want), want) == 0);
	CHECK(gort_describe_line(pcs[0], text, 5) == n && strlen(text) == 4);
}

static void
unknown(void)
{
	char text[64] = "x";

	CHECK(gort_describe_line((void *)16, text, sizeof(text)) == 0);
	CHECK(text[0] == '\0');
}

static const struct test tests[] = {
    {"nothing else loads libdw", lazily},
    {"a call is found by file and line", lines},
    {"an address of no code has none", unknown},
};

int
main(void)
{
	return RUN_TESTS("lines", tests);
}
