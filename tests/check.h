/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Suites of tests: by CUnit where configure found it, else by a small
 * fallback (targets without CUnit). A suite is a program:
 *
 *	static void adds(void) { CHECK(1 + 1 == 2); }
 *	static const struct test tests[] = {{"one and one is two", adds}};
 *	int main(void) { return run_tests("sums", tests, 1); }
 *
 * A test's name is the fact it checks. CHECK counts a failure and goes on;
 * REQUIRE leaves the test.
 */
#ifndef GORT_CHECK_H
#define GORT_CHECK_H

#include "config.h"

#include "plat.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
	const char *name;
	void (*fn)(void);
};

#ifdef HAVE_CUNIT

#include <CUnit/Basic.h>

#define CHECK(e) CU_ASSERT((e) != 0)
#define REQUIRE(e) \
	do { \
		int ok_ = (e) != 0; \
		CU_assertImplementation(ok_, __LINE__, #e, __FILE__, "", 0); \
		if (!ok_) \
			return; \
	} while (0)

static inline int
run_tests(const char *name, const struct test *tests, unsigned n)
{
	CU_pSuite suite;
	unsigned i, bad;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 99;
	suite = CU_add_suite(name, NULL, NULL);
	for (i = 0; suite && i < n; i++)
		if (!CU_add_test(suite, tests[i].name, tests[i].fn))
			return 99;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	bad = CU_get_number_of_tests_failed();
	if (CU_get_number_of_tests_run() != n)
		bad++;
	CU_cleanup_registry();
	return bad ? 1 : 0;
}

#else

/* one for all files of a suite */
unsigned check_bad __attribute__((common));

#define CHECK(e) \
	((e) ? (void)0 \
	     : (void)(check_bad++, \
		   printf("    %s:%d: %s\n", __FILE__, __LINE__, #e)))
#define REQUIRE(e) \
	do { \
		int ok_ = (e) != 0; \
		if (!ok_) { \
			check_bad++; \
			printf("    %s:%d: %s\n", __FILE__, __LINE__, #e); \
			return; \
		} \
	} while (0)

static inline int
run_tests(const char *name, const struct test *tests, unsigned n)
{
	unsigned i, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < n; i++) {
		check_bad = 0;
		tests[i].fn();
		printf("%s %s: %s\n", check_bad ? "FAILED" : "ok    ", name,
		    tests[i].name);
		failed += check_bad != 0;
	}
	printf("%u passed, %u failed\n", n - failed, failed);
	return failed || !n ? 1 : 0;
}

#endif

#define RUN_TESTS(name, tests) \
	run_tests(name, tests, sizeof(tests) / sizeof((tests)[0]))

/*
 * Does an emulator run this program (EXEC_WRAPPER, in make check)? Then says
 * on the test's output what it leaves out for that, and why.
 */
static inline int
emulated(const char *left_out)
{
	const char *wrapper = getenv("EXEC_WRAPPER");

	if (!wrapper || !*wrapper)
		return 0;
	printf("    SKIP (%s): %s\n", wrapper, left_out);
	return 1;
}

/* The same for valgrind, by tests/leaks.sh. */
static inline int
under_valgrind(const char *left_out)
{
	if (!getenv("GORT_UNDER_VALGRIND"))
		return 0;
	printf("    SKIP (valgrind): %s\n", left_out);
	return 1;
}

/* The same for ThreadSanitizer. */
static inline int
under_tsan(const char *left_out)
{
#ifdef HAVE_TSAN
	printf("    SKIP (ThreadSanitizer): %s\n", left_out);
	return 1;
#else
	(void)left_out;
	return 0;
#endif
}

/* What tests/plug_basic.c is to call in a hook. */
static inline void
set_hook(const char *variable, void (*fn)(void))
{
	char at[32];

	snprintf(at, sizeof(at), "%llx", (unsigned long long)(uintptr_t)fn);
	setenv(variable, at, 1);
}

/* A built test plugin's path; a static buffer, good until the next call. */
static inline const char *
plugin(const char *name)
{
	static _Thread_local char path[4096];
	const char *dir = getenv("GORT_PLUGINS");

	snprintf(path, sizeof(path), "%s/%s" PLUGIN_EXT,
	    dir ? dir : "tests/.libs", name);
	return path;
}

#endif
