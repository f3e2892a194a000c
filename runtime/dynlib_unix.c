/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loaded objects by dladdr(3) and dlopen(3).
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"

#include <dlfcn.h>
#include <string.h>

bool
gort__dl_info(const void *addr, struct gort__dlinfo *info)
{
	int rc = gort__dynsym(addr, info);
	const char *base;
	Dl_info dl;

	if (rc >= 0)
		return rc > 0;
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

/*
 * Code with cleanups has brought its unwinder along, but perhaps privately
 * (RTLD_LOCAL): then it is in the process under its usual name.
 */
bool
gort__dl_unwinder(void **lib)
{
	*lib = RTLD_DEFAULT;
	if (dlsym(RTLD_DEFAULT, "_Unwind_RaiseException"))
		return true;
	*lib = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
	return *lib != NULL;
}

/* It finds them by the dynamic linker. */
void
gort__join_unwinder(void)
{
}
