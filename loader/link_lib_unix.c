/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a link asks of the dynamic linker and of libc.
 */
#include "../include/small.h"
#include "link.h"
#include "link_crt.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

const char *const gort__link_usual[] = {
    "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6", NULL};

static void *
libgcc(void)
{
	static void *_Atomic lib; /* for links of several threads */

	if (!lib)
		lib = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
	return lib;
}

/* gABI, "Hash Table" */
static uint32_t
elf_hash(const char *s)
{
	uint32_t h = 0, high;

	for (; *s; s++) {
		h = (h << 4) + (unsigned char)*s;
		high = h & 0xf0000000;
		h = (h ^ high >> 24) & ~high;
	}
	return h;
}

/*
 * NAME@VERSION, as the assembler's .symver has it. A version whose hash is 0, as
 * that of none is, glibc takes for that of symbols without one, and then for a
 * string.
 */
static void *
versioned(void *lib, const char *name)
{
	const char *at = strchr(name, '@'), *version;
	char base[256];
	size_t n = at ? (size_t)(at - name) : 0;

	if (!n || n >= sizeof(base))
		return NULL;
	memcpy(base, name, n);
	base[n] = '\0';
	version = at + 1 + (at[1] == '@');
	return elf_hash(version) ? dlvsym(lib, base, version) : NULL;
}

/*
 * What target_clones and __builtin_cpu_supports() ask is in libgcc_s only for
 * programs that were linked with an old one, by a version of its own.
 */
void *
gort__link_process_symbol(void *lib, const char *name)
{
	void *p = dlsym(lib ? lib : RTLD_DEFAULT, name);

	if (!p)
		p = versioned(lib ? lib : RTLD_DEFAULT, name);
	if (!p && !lib && strncmp(name, "__cpu_", 6) == 0 && libgcc())
		p = dlvsym(libgcc(), name, "GCC_4.8.0");
	return p;
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
	void *fn = dlsym(RTLD_DEFAULT, name);

	return fn || !libgcc() ? fn : dlsym(libgcc(), name);
}

/*
 * On arm64 a resolver is told what the processor has (glibc's sys/ifunc.h);
 * elsewhere it takes no arguments.
 */
uintptr_t
gort__link_ask(uintptr_t resolver)
{
	const uint64_t has_arg = UINT64_C(1) << 62;
	struct {
		unsigned long size, hwcap, hwcap2;
	} arg = {sizeof(arg), getauxval(AT_HWCAP), getauxval(AT_HWCAP2)};
	uintptr_t (*fn)(unsigned long, const void *);

	memcpy(&fn, &resolver, sizeof(fn));
	return fn(arg.hwcap | (unsigned long)has_arg, &arg);
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
