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

/* Also those that have a thread of the system's own run a function. */
const char *const gort__thread_makers[] = {"_beginthreadex", "_beginthread",
    "CreateThread", "CreateRemoteThread", "CreateRemoteThreadEx",
    "TrySubmitThreadpoolCallback", "CreateThreadpoolWork",
    "CreateThreadpoolTimer", "CreateThreadpoolWait", "CreateThreadpoolIo",
    "QueueUserWorkItem", "CreateTimerQueueTimer", "RegisterWaitForSingleObject",
    "timeSetEvent", "pthread_create", "thrd_create", NULL};

/* A path as it is from everywhere; a name alone stays one. false: too long. */
static bool
whole(wchar_t path[WINPATH_MAX])
{
	wchar_t full[WINPATH_MAX];
	DWORD n;

	if (!wcschr(path, L'\\'))
		return true;
	n = GetFullPathNameW(path, WINPATH_MAX, full, NULL);
	if (n >= WINPATH_MAX)
		return false;
	if (n)
		wcscpy(path, full);
	return true;
}

/*
 * A file's own folder takes the program's place where what it needs is looked
 * for (Microsoft, "Dynamic-link library search order"). That of temporary files
 * is nobody's: a copy finds what it needs where the program does.
 */
void *
gort__dso_open(const char *path, bool copy, char *why, size_t n)
{
	DWORD mode, flags;
	wchar_t wide[WINPATH_MAX];
	void *dso;

	if (!winpath(path, wide) || !whole(wide)) {
		snprintf(why, n, "the path is too long");
		return NULL;
	}
	flags =
	    !copy && wcschr(wide, L'\\') ? LOAD_WITH_ALTERED_SEARCH_PATH : 0;
	/* no message box of the system's for a missing library */
	SetThreadErrorMode(SEM_FAILCRITICALERRORS, &mode);
	dso = LoadLibraryExW(wide, NULL, flags);
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
gort__dso_is_there(const char *path)
{
	wchar_t wide[WINPATH_MAX];
	DWORD attributes;

	if (!winpath(path, wide))
		return false;
	attributes = GetFileAttributesW(wide);
	return attributes != INVALID_FILE_ATTRIBUTES &&
	       !(attributes & FILE_ATTRIBUTE_DIRECTORY);
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
