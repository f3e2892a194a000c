/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loaded objects by dladdr(3) and dlopen(3).
 */
#include "runtime.h"
#include "dynlib.h"

#include <dlfcn.h>
#include <string.h>

bool
gort__dl_info(const void *addr, struct gort__dlinfo *info)
{
	const char *base;
	Dl_info dl;

	if (!dladdr(addr, &dl) || !dl.dli_fname)
		return false;
	base = strrchr(dl.dli_fname, '/');
	gort__copy(
	    info->file, sizeof(info->file), base ? base + 1 : dl.dli_fname);
	info->base = dl.dli_fbase;
	gort__copy(info->symbol, sizeof(info->symbol),
	    dl.dli_sname ? dl.dli_sname : "");
	info->symbol_at = dl.dli_saddr;
	return true;
}

void *
gort__dl_holding(const void *addr)
{
	Dl_info dl;

	if (!dladdr(addr, &dl) || !dl.dli_fname)
		return NULL;
	return dlopen(dl.dli_fname, RTLD_NOLOAD | RTLD_LAZY);
}

void *
gort__dl_symbol(void *lib, const char *name)
{
	return dlsym(lib, name);
}

void
gort__dl_close(void *lib)
{
	dlclose(lib);
}
