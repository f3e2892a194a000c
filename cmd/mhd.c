/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libmicrohttpd by dlopen().
 */
#include "mhd.h"
#include "config.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct mhd mhd;

bool
mhd_open(char *why, size_t n)
{
	void *lib = dlopen(MHD_SONAME, RTLD_NOW), *p;

#define X(name) \
	p = lib ? dlsym(lib, "MHD_" #name) : NULL; \
	if (!p) { \
		snprintf(why, n, "%s", dlerror()); \
		if (lib) \
			dlclose(lib); \
		return false; \
	} \
	memcpy(&mhd.name, &p, sizeof(p));
	MHD_FUNCTIONS(X)
#undef X
	return true;
}
