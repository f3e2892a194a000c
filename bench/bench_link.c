/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Objects linked into the process, from their files to the address of a
 * function, which is called.
 * usage: bench_link NAME all|needed FUNCTION ARCHIVE: an archive's members,
 *		all or what the function needs; the function is called with 0
 *	bench_link NAME objects FUNCTION FILE...: objects
 *	bench_link NAME throw FUNCTION FILE...: calls of it, once loaded
 *	bench_link NAME dlopen FUNCTION COMMAND FILE: a linker's COMMAND, which
 *		makes FILE, and dlopen
 *	bench_link NAME dlthrow FUNCTION FILE: calls of it, in a shared object
 */
#include "bench.h"
#include "../loader/obj.h"

#include <gort.h>
#include <gort/link.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUNS 50

typedef const void *function(int);

static function *
as_function(void *p)
{
	function *fn;

	memcpy(&fn, &p, sizeof(fn));
	return fn;
}

static void
fail(const char *why)
{
	fprintf(stderr, "bench_link: %s\n", why);
	exit(1);
}

static struct gort_link *
load(unsigned flags, const char *name, int nfiles, char **files, function **fn)
{
	struct gort_link *lk = gort_link_new();
	int i;

	if (!lk || gort_link_need(lk, name))
		fail(gort_errmsg());
	for (i = 0; i < nfiles; i++)
		if (gort_link_add(lk, files[i], flags))
			fail(gort_errmsg());
	if (gort_link_load(lk) || !(*fn = as_function(gort_link_sym(lk, name))))
		fail(gort_errmsg());
	return lk;
}

static uint64_t
count_object(struct gort__obj *o)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 1; i < o->nsecs; i++)
		if (o->secs[i].nrelocs &&
		    (o->secs[o->secs[i].applies_to].what & OBJ_SEC_ALLOC))
			n += o->secs[i].nrelocs;
	return n;
}

/* Relocations of what is loaded, in all members of an archive. */
static uint64_t
count_relocs(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);
	void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	struct gort__obj ar, o;
	struct gort_err e;
	uint64_t n = 0;
	uint32_t i;

	close(fd);
	if (p == MAP_FAILED ||
	    gort__obj_parse(p, (size_t)size, path, &ar, &e) != 0)
		return 0;
	for (i = 0; i < ar.nmembers; i++) {
		if (gort__obj_parse_member(&ar, i, &o, &e) == 0)
			n += count_object(&o);
		gort__obj_free(&o);
	}
	gort__obj_free(&ar);
	munmap(p, (size_t)size);
	return n;
}

static void
bench_load(const char *name, const char *how, const char *fname, int nfiles,
    char **files)
{
	bool all = strcmp(how, "all") == 0;
	double ms[RUNS];
	uint64_t relocs = all ? count_relocs(files[0]) : 0;
	unsigned n;

	for (n = 0; n < RUNS; n++) {
		double start = now_ns();
		function *fn;
		struct gort_link *lk =
		    load(all ? GORT_LINK_WHOLE : 0, fname, nfiles, files, &fn);

		if (!fn(0))
			fail("the function fails");
		ms[n] = (now_ns() - start) / 1e6;
		gort_link_free(lk);
	}
	report(name, ms, RUNS, "ms");
	/* ms is sorted now */
	if (relocs)
		printf("%s.relocs_per_s\t%.2f\tM/s (higher is better)\t%u\n",
		    name, (double)relocs / ms[0] / 1e3, RUNS);
}

static void
bench_calls(const char *name, function *fn)
{
	double us[RUNS];
	unsigned n, i;

	for (n = 0; n < RUNS; n++) {
		double start = now_ns();

		for (i = 0; i < 100; i++)
			if (!fn(0))
				fail("the function fails");
		us[n] = (now_ns() - start) / 1e3 / 100;
	}
	report(name, us, RUNS, "us");
}

static void
bench_dlopen(
    const char *name, const char *fname, const char *command, const char *file)
{
	double ms[10];
	unsigned n;

	for (n = 0; n < 10; n++) {
		double start = now_ns();
		void *lib;
		function *fn;

		if (system(command) != 0)
			fail(command);
		lib = dlopen(file, RTLD_NOW);
		if (!lib)
			fail(dlerror());
		fn = as_function(dlsym(lib, fname));
		if (!fn || !fn(0))
			fail("the function fails");
		ms[n] = (now_ns() - start) / 1e6;
		dlclose(lib);
	}
	report(name, ms, 10, "ms");
}

int
main(int argc, char **argv)
{
	const char *how = argc > 4 ? argv[2] : "";
	function *fn;
	void *lib;

	if (strcmp(how, "all") == 0 || strcmp(how, "needed") == 0 ||
	    strcmp(how, "objects") == 0) {
		bench_load(argv[1], how, argv[3], argc - 4, argv + 4);
	} else if (strcmp(how, "throw") == 0) {
		struct gort_link *lk =
		    load(0, argv[3], argc - 4, argv + 4, &fn);

		bench_calls(argv[1], fn);
		gort_link_free(lk);
	} else if (strcmp(how, "dlopen") == 0 && argc == 6) {
		bench_dlopen(argv[1], argv[3], argv[4], argv[5]);
	} else if (strcmp(how, "dlthrow") == 0) {
		lib = dlopen(argv[4], RTLD_NOW);
		fn = lib ? as_function(dlsym(lib, argv[3])) : NULL;
		if (!fn)
			fail(dlerror());
		bench_calls(argv[1], fn);
	} else {
		return 64;
	}
	return 0;
}
