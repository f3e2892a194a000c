/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a link asks of the dynamic linker and of libc.
 */
#include "../include/small.h"
#include "link.h"
#include "link_crt.h"

#include <dlfcn.h>
#include <link.h>

const char *const gort__link_usual[] = {
    "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", NULL};

void *
gort__link_process_symbol(const char *name)
{
	return dlsym(RTLD_DEFAULT, name);
}

uint64_t
gort__link_size_of(uint64_t address)
{
	const void *at = (const void *)(uintptr_t)address;
	void *sym = NULL;
	Dl_info info;

	if (!dladdr1(at, &info, &sym, RTLD_DL_SYMENT) || info.dli_saddr != at ||
	    !sym)
		return 0;
	return ((const ElfW(Sym) *)sym)->st_size;
}

/* Of a library for Windows: the process may have something of that name. */
void *
gort__link_imported(struct gort_link *lk, const struct linkmore *more)
{
	(void)lk;
	return more->name[0] ? dlsym(RTLD_DEFAULT, more->name) : NULL;
}

void *
gort__link_unwinder(const char *name)
{
	static void *libgcc;
	void *fn = dlsym(RTLD_DEFAULT, name);

	if (fn)
		return fn;
	if (!libgcc)
		libgcc = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
	return libgcc ? dlsym(libgcc, name) : NULL;
}

void *
gort__link_exit_handle(struct gort_link *lk)
{
	return gort__link_dso(lk);
}

void
gort__link_run_exits(struct gort_link *lk)
{
	void *p = dlsym(RTLD_DEFAULT, "__cxa_finalize");
	void (*finalize)(void *);

	memcpy(&finalize, &p, sizeof(finalize));
	if (p)
		finalize(gort__link_dso(lk));
}
