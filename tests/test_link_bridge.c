/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between code of Windows' calling convention and this process, on Linux
 * x86-64: objects of compilers for Windows, which link_coff.sh brings in the
 * folder $LINK_OBJECTS.
 */
#include "check.h"

#include <gort.h>
#include <gort/link.h>
#include <stdlib.h>
#include <string.h>

#define MS __attribute__((ms_abi))

typedef MS void thrower(int);
static thrower *host_throw;

static MS void
throw_here(int n)
{
	gort_panic("from below %d", n);
}

static void
call_deep(void *p)
{
	int(MS * fn)(int, void *);

	memcpy(&fn, &p, sizeof(fn));
	fn(20, (void *)(uintptr_t)host_throw);
}

/* What is of a compiler for Windows: link_coff.sh brings it. */
static void
panics_pass(void)
{
	struct gort_link *lk = gort_link_new();
	struct gort_error err = {0};
	char path[4096];
	void *p;
	int i;

	snprintf(path, sizeof(path), "%s/deep.obj", getenv("LINK_OBJECTS"));
	CHECK(gort_link_add(lk, path, 0) == 0);
	CHECK(gort_link_load(lk) == 0);
	p = gort_link_sym(lk, "deep");
	REQUIRE(p != NULL);
	host_throw = throw_here;
	for (i = 0; i < 3; i++) {
		err.message[0] = '\0';
		CHECK(gort_try(call_deep, p, &err) == -GORT_EPANIC);
		CHECK(strcmp(err.message, "from below 7") == 0);
		CHECK(err.nframes > 20);
	}
	CHECK(gort_link_free(lk) == 0);
}

static void
panics_pass_bridge(void)
{
	struct gort_link *lk = gort_link_new();
	struct gort_error err = {0};
	char path[4096];
	void *p;

	snprintf(path, sizeof(path), "%s/deep.obj", getenv("LINK_OBJECTS"));
	CHECK(gort_link_add(lk, path, 0) == 0);
	CHECK(gort_link_load(lk) == 0);
	p = gort_link_sym(lk, "deep_process");
	REQUIRE(p != NULL);
	CHECK(gort_try(call_deep, p, &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "by the process's own name") == 0);
	CHECK(gort_link_free(lk) == 0);
}

static struct gort_link *
linked(const char *name, int want)
{
	struct gort_link *lk = gort_link_new();
	char path[4096];
	int rc;

	snprintf(path, sizeof(path), "%s/%s", getenv("LINK_OBJECTS"), name);
	CHECK(gort_link_add(lk, path, 0) == 0);
	rc = gort_link_load(lk);
	CHECK(rc == want);
	if (rc != want)
		printf("    %s: %s\n", name, gort_errmsg());
	return lk;
}

static void
call_run(void *p)
{
	int(MS * fn)(void);

	memcpy(&fn, &p, sizeof(fn));
	CHECK(fn() == 650 + 204);
}

/* Exports say what their parameters are. */
static void
exports_are_bridged(void)
{
	struct gort_plugin *host;
	struct gort_error err = {0};
	struct gort_link *lk;
	char path[4096];

	snprintf(path, sizeof(path), "%s/host.so", getenv("LINK_OBJECTS"));
	host = gort_open(path, 0);
	REQUIRE(host != NULL);
	lk = linked("args.obj", 0);
	REQUIRE(gort_link_sym(lk, "run") != NULL);
	CHECK(gort_try(call_run, gort_link_sym(lk, "run"), &err) == 0);
	CHECK(gort_try(call_deep, gort_link_sym(lk, "hurt"), &err) ==
	      -GORT_EPANIC);
	CHECK(strcmp(err.message, "by an export") == 0);
	CHECK(gort_link_free(lk) == 0);
	lk = linked("mixed.obj", -GORT_ENOTSUP);
	CHECK(strstr(gort_errmsg(), "host_mixed") != NULL);
	CHECK(strstr(gort_errmsg(), "mix integers and floating") != NULL);
	gort_link_free(lk);
	lk = linked("long.obj", -GORT_ENOTSUP);
	CHECK(strstr(gort_errmsg(), "host_long") != NULL);
	gort_link_free(lk);
	CHECK(gort_close(host, 1000) == 0);
}

static const struct test compiled[] = {
    {"panics pass frames of Windows' code", panics_pass},
    {"panics start in the process's functions", panics_pass_bridge},
    {"exports are called as their parameters say, or refused",
	exports_are_bridged},
};

int
main(void)
{
	if (!getenv("LINK_OBJECTS")) {
		printf("run by link_coff.sh\n");
		return 99;
	}
	return RUN_TESTS("link_bridge", compiled);
}
