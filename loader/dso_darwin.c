/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared libraries and bundles by dyld: macOS.
 */
#include "dso.h"
#include "../runtime/objbounds.h"

#include <dlfcn.h>
#include <mach-o/dyld.h>
#include <mach-o/loader.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char gort__dso_keeps[] =
    "it has thread-local variables or Objective-C classes, or was linked "
    "so that it stays";

const char *const gort__thread_makers[] = {"_pthread_create",
    "_pthread_create_from_mach_thread", "_thrd_create", "_dispatch_async",
    "_dispatch_async_f", NULL};

void *
gort__dso_open(const char *path, bool copy, char *why, size_t n)
{
	void *dso = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	(void)copy;
	if (!dso)
		snprintf(why, n, "%s", dlerror());
	return dso;
}

void
gort__dso_close(void *dso)
{
	dlclose(dso);
}

bool
gort__dso_is_there(const char *path)
{
	return access(path, R_OK) == 0;
}

bool
gort__dso_is_loaded(const char *name)
{
	void *dso = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);

	return dso && dlclose(dso) == 0;
}

/* The image of that number, if dlopen gives this handle for its name. */
static const struct mach_header *
image_of(void *dso, uint32_t i)
{
	const char *name = _dyld_get_image_name(i);
	void *again = name ? dlopen(name, RTLD_LAZY | RTLD_NOLOAD) : NULL;

	if (again)
		dlclose(again);
	return again == dso ? _dyld_get_image_header(i) : NULL;
}

/* The newest images first: it was just loaded. */
bool
gort__dso_bounds(void *dso, const char **base, const char **end)
{
	uint32_t i = _dyld_image_count();
	const struct mach_header *mh;

	while (i-- > 0) {
		mh = image_of(dso, i);
		if (mh)
			return gort__object_bounds(mh, base, end);
	}
	return false;
}

bool
gort__dso_is_mapped(const char *path, const char *base)
{
	uint32_t i = _dyld_image_count();

	(void)path;
	while (i-- > 0)
		if ((const char *)_dyld_get_image_header(i) == base)
			return true;
	return false;
}

void *
gort__dso_function(
    void *dso, const char *name, const char *base, const char *end)
{
	void *p = dlsym(dso, name);

	if ((char *)p < base || (char *)p >= end)
		return NULL;
	return gort__object_is_code(p) ? p : NULL;
}
