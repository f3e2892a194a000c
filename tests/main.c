/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that is not linked with gort and knows nothing of it: it loads
 * plugins, and calls them as any C function.
 */
#include "main.h"
#include "unload.h"

const char *self;

add_fn *
load_add(const char *name)
{
	void *lib = dlopen(plugin(name), RTLD_NOW | RTLD_LOCAL);
	void *sym = lib ? dlsym(lib, "basic_add") : NULL;
	add_fn *add;

	if (!sym)
		printf("    %s: %s\n", plugin(name), dlerror());
	memcpy(&add, &sym, sizeof(add));
	return add;
}

static void
load_and_call(void)
{
	add_fn *add = load_add("slowinit");

	REQUIRE(add != NULL);
	CHECK(add(2, 3) == 5); /* waited for the init of 100 ms */
}

static void
load_again(void)
{
	int i;

	for (i = 0; i < 100; i++) {
		void *lib = dlopen(plugin("basic1"), RTLD_NOW);
		add_fn *add;
		void *sym;

		REQUIRE(lib && (sym = dlsym(lib, "basic_add")));
		memcpy(&add, &sym, sizeof(add));
		CHECK(add(i, 1) == i + 1);
		CHECK(dlclose(lib) == 0);
		CHECK(!dlclose_unmaps() ||
		      !dlopen(plugin("basic1"), RTLD_NOW | RTLD_NOLOAD));
	}
}

static const struct test tests[] = {
    {"a loaded plugin's first call waits for its init", load_and_call},
    {"load, call, unload, a hundred times", load_again},
};

#define NTESTS (sizeof(tests) / sizeof(tests[0]))

int
main(int argc, char **argv)
{
	struct test all[64];

	self = argv[0];
	if (argc > 1)
		return host_part(argv[1]);
	memcpy(all, tests, sizeof(tests));
	memcpy(all + NTESTS, host_tests, host_ntests * sizeof(all[0]));
	return run_tests("main", all, (unsigned)NTESTS + host_ntests);
}
