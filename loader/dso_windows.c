/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared objects by LoadLibraryEx.
 */
#include "dso.h"
#include "winpath.h"
#include "../runtime/objbounds.h"

#include <string.h>

const char gort__dso_keeps[] = "somebody else holds a handle of it, or has "
			       "pinned it";

const char *const gort__thread_makers[] = {"_beginthreadex", "_beginthread",
    "CreateThread", "CreateRemoteThread", "CreateThreadpoolWork",
    "QueueUserWorkItem", "pthread_create", "thrd_create", NULL};

void *
gort__dso_open(const char *path, char *why, size_t n)
{
	wchar_t wide[WINPATH_MAX];
	DWORD mode;
	void *dso;

	if (!winpath(path, wide)) {
		snprintf(why, n, "the path is too long");
		return NULL;
	}
	/* no message box of the system's for a missing library */
	SetThreadErrorMode(SEM_FAILCRITICALERRORS, &mode);
	dso = LoadLibraryExW(wide, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
	if (!dso)
		winerror(GetLastError(), why, n);
	SetThreadErrorMode(mode, NULL);
	return dso;
}

void
gort__dso_close(void *dso)
{
	FreeLibrary(dso);
}

bool
gort__dso_is_loaded(const char *name)
{
	return GetModuleHandleA(name) != NULL;
}

bool
gort__dso_bounds(void *dso, const char **base, const char **end)
{
	return gort__object_bounds(dso, base, end);
}

bool
gort__dso_is_mapped(const char *path, const char *base)
{
	wchar_t wide[WINPATH_MAX];

	(void)base;
	return winpath(path, wide) && GetModuleHandleW(wide) != NULL;
}

void *
gort__dso_function(
    void *dso, const char *name, const char *base, const char *end)
{
	FARPROC fn = GetProcAddress(dso, name);
	void *p;

	memcpy(&p, &fn, sizeof(p));
	if ((char *)p < base || (char *)p >= end)
		return NULL;
	return gort__object_is_code(p) ? p : NULL;
}
