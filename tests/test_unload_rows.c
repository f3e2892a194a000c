/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is known of a frame's unwinding goes with its code: a host closes one
 * library and opens another, which lands in the same place.
 */
#include "check.h"

#include <dlfcn.h>
#include <gort.h>
#include <stdint.h>

typedef void pass(void (*)(void *), void *);

static struct gort_error err;
static pass *current;
static volatile uintptr_t around; /* stays in a preserved register */

static void
plain(void *arg)
{
	gort_panic("through %s", (const char *)arg);
}

static void
through(void *name)
{
	current(plain, name);
	around++;
}

static void *
open_pass(const char *name)
{
	void *lib = dlopen(plugin(name), RTLD_NOW | RTLD_LOCAL);
	void *sym = lib ? dlsym(lib, "pass") : NULL;

	memcpy(&current, &sym, sizeof(current));
	return sym ? lib : NULL;
}

/* The panic's frames: plain, pass, through, and none that is made up. */
static int
walks(char *name, void *at)
{
	uintptr_t pc, from = (uintptr_t)at;

	if (gort_try(through, name, &err) != -GORT_EPANIC || err.skipped ||
	    err.nframes < 3)
		return 0;
	pc = (uintptr_t)err.frames[1];
	return pc > from && pc < from + 256 && !strstr(err.message, "[");
}

/* Each twice: with what was learnt in the walk before, too. */
static void
take_turns(const char *one, const char *other)
{
	char small[] = "small", large[] = "large";
	unsigned i, met = 0;
	void *lib, *at;

	for (i = 0; i < 20; i++) {
		REQUIRE((lib = open_pass(one)) != NULL);
		memcpy(&at, &current, sizeof(at));
		CHECK(walks(small, at));
		CHECK(walks(small, at));
		CHECK(dlclose(lib) == 0);
		REQUIRE((lib = open_pass(other)) != NULL);
		met += memcmp(&at, &current, sizeof(at)) == 0;
		memcpy(&at, &current, sizeof(at));
		CHECK(walks(large, at));
		CHECK(walks(large, at));
		CHECK(dlclose(lib) == 0);
	}
	if (!met)
		printf("    SKIP: never the same place here\n");
}

static void
same_place(void)
{
	take_turns("pass1", "pass2");
}

/* They differ in the size of a frame: two bytes of code and its record. */
static void
same_layout(void)
{
	take_turns("passnoid1", "passnoid2");
}

/* More libraries on one stack than a thread keeps in mind. */
#define MANY 200

static pass *chain[MANY];

static void
link_on(void *arg)
{
	size_t n = (size_t)(uintptr_t)arg;

	if (n == MANY)
		gort_panic("at the end of the chain");
	chain[n](link_on, (void *)(uintptr_t)(n + 1));
	around++;
}

/* Copies: another file is another object. */
static void *
open_copy(const char *from)
{
	char name[] = "/tmp/gort-pass-XXXXXX", buf[65536];
	int to = mkstemp(name);
	FILE *f = fopen(from, "r");
	void *lib = NULL;
	size_t n;

	while (f && to >= 0 && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		if (write(to, buf, n) != (ssize_t)n)
			break;
	if (f && to >= 0)
		lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (f)
		fclose(f);
	if (to >= 0) {
		close(to);
		unlink(name);
	}
	return lib;
}

static void
many_libraries(void)
{
	static void *libs[MANY];
	unsigned i, k;
	void *sym;

	for (i = 0; i < MANY; i++) {
		libs[i] = open_copy(plugin(i & 1 ? "pass1" : "pass2"));
		REQUIRE(libs[i] != NULL);
		sym = dlsym(libs[i], "pass");
		memcpy(&chain[i], &sym, sizeof(sym));
	}
	for (k = 0; k < 10; k++) {
		CHECK(gort_try(link_on, NULL, &err) == -GORT_EPANIC);
		CHECK(err.skipped == 0);
		CHECK(err.nframes == GORT_ERROR_FRAMES);
	}
	for (i = 0; i < MANY; i++)
		CHECK(dlclose(libs[i]) == 0);
}

static const struct test tests[] = {
    {"a library in another's place is walked by its own tables", same_place},
    {"so is one without a build id, of the same layout", same_layout},
    {"a panic passes two hundred libraries", many_libraries},
};

int
main(void)
{
	return RUN_TESTS("unloaded rows", tests);
}
