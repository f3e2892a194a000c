/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What mingw's compilers make, linked into a process of Windows with mingw's
 * own archives and import libraries: tests/linked_*.
 */
#include "check.h"

#include <gort.h>
#include <gort/link.h>
#include <stdbool.h>

static char log_text[64];
static size_t logged;

static void
host_log(char c)
{
	if (logged < sizeof(log_text) - 1)
		log_text[logged++] = c;
	log_text[logged] = '\0';
}

static void
host_panic(void)
{
	gort_panic("from below %d", 7);
}

static bool
define(struct gort_link *lk, const char *name, void (*fn)(void))
{
	void *p;

	memcpy(&p, &fn, sizeof(p));
	return gort_link_define(lk, name, p) == 0;
}

/* Files of the build's tests folder, up to NULL, linked. */
static struct gort_link *
loaded(const char *const *names)
{
	struct gort_link *lk = gort_link_new();
	char path[1024];
	bool ok = define(lk, "host_panic", host_panic) &&
		  define(lk, "host_log", (void (*)(void))host_log);

	logged = 0;
	log_text[0] = '\0';
	for (; ok && *names; names++) {
		snprintf(path, sizeof(path), "%s/tests/%s", getenv("BUILDDIR"),
		    *names);
		ok = gort_link_add(lk, path, 0) == 0;
	}
	ok = ok && gort_link_load(lk) == 0;
	if (ok)
		return lk;
	printf("    %s\n", gort_errmsg());
	gort_link_free(lk);
	return NULL;
}

static const char *const c_files[] = {"linked_c.x", "linked_mingwex.a",
    "linked_gcc.a", "linked_gcc_s.a", "linked_kernel32.a", "linked_msvcrt.a",
    NULL};
static const char *const cxx_files[] = {
    "linked_cxx.x", "linked_stdcxx.a", "linked_gcc_s.a", NULL};

static int
call(struct gort_link *lk, const char *name)
{
	void *p = gort_link_sym(lk, name);
	int (*fn)(void);

	memcpy(&fn, &p, sizeof(fn));
	return p ? fn() : -1;
}

static void
c_runs(void)
{
	struct gort_link *lk = loaded(c_files);

	REQUIRE(lk != NULL);
	CHECK(call(lk, "run") == 42);
	CHECK(gort_link_free(lk) == 0);
}

static void
order(void)
{
	struct gort_link *lk = loaded(c_files);

	REQUIRE(lk != NULL);
	CHECK(strcmp(log_text, "ab") == 0);
	CHECK(gort_link_free(lk) == 0);
	CHECK(strcmp(log_text, "abxz") == 0);
	if (strcmp(log_text, "abxz") != 0)
		printf("    %s\n", log_text);
}

static void
call_deep(void *p)
{
	int (*fn)(int);

	memcpy(&fn, &p, sizeof(fn));
	fn(20);
}

static void
panics_pass(void)
{
	struct gort_link *lk = loaded(c_files);
	struct gort_error err = {0};
	void *p;
	int i;

	REQUIRE(lk != NULL);
	p = gort_link_sym(lk, "deep");
	REQUIRE(p != NULL);
	for (i = 0; i < 3; i++) {
		err.message[0] = '\0';
		CHECK(gort_try(call_deep, p, &err) == -GORT_EPANIC);
		CHECK(strcmp(err.message, "from below 7") == 0);
		CHECK(err.nframes > 20);
	}
	CHECK(gort_link_free(lk) == 0);
}

static void
call_fault(void *p)
{
	int (*fn)(int *);

	memcpy(&fn, &p, sizeof(fn));
	fn(NULL);
}

static void
faults(void)
{
	struct gort_link *lk = loaded(c_files);
	struct gort_error err = {0};
	void *p;

	REQUIRE(lk != NULL);
	p = gort_link_sym(lk, "fault");
	REQUIRE(p != NULL);
	CHECK(gort_catch_faults(1) == 0);
	CHECK(gort_try(call_fault, p, &err) == -GORT_EFAULT);
	CHECK(err.address == 0);
	CHECK(gort_catch_faults(0) == 0);
	CHECK(gort_link_free(lk) == 0);
}

#ifdef HAVE_CXX
static void
cxx_throws(void)
{
	struct gort_link *lk = loaded(cxx_files);

	REQUIRE(lk != NULL);
	CHECK(strcmp(log_text, "c") == 0);
	CHECK(call(lk, "run") == 42);
	CHECK(gort_link_free(lk) == 0);
	CHECK(strcmp(log_text, "cd") == 0);
}

struct out {
	void (*fn)(void *);
	int cleaned;
};

static void
call_out(void *p)
{
	struct out *o = p;

	o->fn(&o->cleaned);
}

static void
cxx_reaches_boundaries(void)
{
	struct gort_link *lk = loaded(cxx_files);
	struct gort_error err = {0};
	struct out o = {NULL, 0};
	void *p;

	REQUIRE(lk != NULL);
	p = gort_link_sym(lk, "throw_out");
	REQUIRE(p != NULL);
	memcpy(&o.fn, &p, sizeof(o.fn));
	CHECK(gort_try(call_out, &o, &err) == -GORT_EEXCEPTION);
	CHECK(strstr(err.message, "boom8") != NULL);
	CHECK(o.cleaned == 2);
	CHECK(gort_link_free(lk) == 0);
}
#endif

static void
cycles(void)
{
	int i;

	for (i = 0; i < 50; i++) {
		struct gort_link *lk = loaded(c_files);

		REQUIRE(lk != NULL);
		if (call(lk, "run") != 42 || gort_link_free(lk) != 0) {
			CHECK(0);
			return;
		}
	}
}

static const struct test tests[] = {
    {"C runs with mingw's archives and import libraries", c_runs},
    {"constructors, destructors and atexit run in order", order},
    {"panics pass linked frames", panics_pass},
    {"faults in linked code are panics", faults},
#ifdef HAVE_CXX
    {"C++ throws and catches", cxx_throws},
    {"a C++ exception reaches a boundary, and cleans up on the way",
	cxx_reaches_boundaries},
#endif
    {"the same object is loaded and unloaded many times", cycles},
};

int
main(void)
{
	(void)cxx_files;
	return RUN_TESTS("link_win", tests);
}
