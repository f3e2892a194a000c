/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a link asks of the loader of Windows, and keeps itself where libc has
 * no handles: functions of atexit().
 */
#include "link.h"
#include "link_crt.h"
#include "../runtime/dynlib.h"
#include "../runtime/os.h"
#include "dso.h"

#include <stdlib.h>

#define MAX_MODULES 1024

/* libraries that mingw's gcc links without being told */
const char *const gort__link_usual[] = {"msvcrt.dll", NULL};

typedef BOOL WINAPI list_fn(HANDLE, HMODULE *, DWORD, DWORD *);

uint64_t
gort__link_size_of(uint64_t address)
{
	(void)address; /* DLLs do not say */
	return 0;
}

/*
 * All modules, in the order in which they were loaded, the program first. But
 * ntdll, which is the second, last: it has functions of C for the system's own
 * use, which do less (its sprintf knows no floating-point numbers).
 */
void *
gort__link_process_symbol(void *lib, const char *name)
{
	HMODULE mods[MAX_MODULES], ntdll = GetModuleHandleA("ntdll.dll");
	FARPROC f = GetProcAddress(
	    GetModuleHandleA("kernel32.dll"), "K32EnumProcessModules");
	list_fn *list;
	DWORD n = 0, i;
	void *p = NULL;

	if (lib)
		return gort__dl_symbol(lib, name);
	memcpy(&list, &f, sizeof(list));
	if (!list || !list(GetCurrentProcess(), mods, sizeof(mods), &n))
		return gort__dl_symbol(GetModuleHandleA(NULL), name);
	n /= sizeof(mods[0]);
	for (i = 0; i < n && i < MAX_MODULES && !p; i++)
		if (mods[i] != ntdll)
			p = gort__dl_symbol(mods[i], name);
	return p ? p : gort__dl_symbol(ntdll, name);
}

/* The library is loaded, and stays so as long as the link. */
void *
gort__link_imported(struct gort_link *lk, const struct linkmore *more)
{
	HMODULE h = GetModuleHandleA(more->library);
	struct gort_err ignored;
	FARPROC f;
	uint32_t i;
	void *p;

	for (i = 0; i < lk->nlibs; i++)
		if (h && lk->libs[i] == h)
			break;
	if (i == lk->nlibs &&
	    gort__link_open_library(lk, more->library, &ignored))
		return NULL;
	f = GetProcAddress(lk->libs[i],
	    more->name[0] ? more->name
			  : (const char *)(uintptr_t)(more->ordinal & 0xffff));
	memcpy(&p, &f, sizeof(p));
	return p;
}

struct linkexit {
	struct linkexit *link;
	void (*fn)(void);
};

static struct gort__mutex lock = GORT__MUTEX_INIT;

#ifdef __i386__
__attribute__((regparm(1))) int
gort__link_atexit(void *handle, void (*fn)(void))
#else
int
gort__link_atexit(void (*fn)(void), void *handle)
#endif
{
	struct gort_link *lk = handle;
	struct linkexit *x = malloc(sizeof(*x));

	if (!x)
		return -1;
	x->fn = fn;
	gort__mutex_lock(&lock);
	x->link = lk->exits;
	lk->exits = x;
	gort__mutex_unlock(&lock);
	return 0;
}

void *
gort__link_exit_handle(struct gort_link *lk)
{
	return lk;
}

/* The last first; they may register others. */
void
gort__link_run_exits(struct gort_link *lk)
{
	for (;;) {
		struct linkexit *x;

		gort__mutex_lock(&lock);
		x = lk->exits;
		if (x)
			lk->exits = x->link;
		gort__mutex_unlock(&lock);
		if (!x)
			return;
		x->fn();
		free(x);
	}
}
