/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paths, regular files and error texts of Windows. Private; included by
 * *_windows.c only.
 */
#ifndef GORT_WINPATH_H
#define GORT_WINPATH_H

#include "../include/gort_err.h"

#include <windows.h>

#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>

#define WINPATH_MAX 1024

/*
 * Windows takes paths of MAX_PATH and more in one form only, which is whole
 * (Microsoft, "Maximum Path Length Limitation"). false: too long.
 */
static inline bool
winpath_long(wchar_t path[WINPATH_MAX])
{
	wchar_t full[WINPATH_MAX];
	DWORD n = GetFullPathNameW(path, WINPATH_MAX, full, NULL);
	bool remote = wcsncmp(full, L"\\\\", 2) == 0;

	if (n < MAX_PATH)
		return true;
	if (n >= WINPATH_MAX - 8)
		return false;
	if (remote && (full[2] == L'?' || full[2] == L'.'))
		return true;
	wcscpy(path, remote ? L"\\\\?\\UNC" : L"\\\\?\\");
	wcscat(path, remote ? full + 1 : full);
	return true;
}

/*
 * A path in UTF-8 (or, where it is not that, in the system's code page) as
 * Windows wants it, with its own separators. false: too long.
 */
static inline bool
winpath(const char *path, wchar_t to[WINPATH_MAX])
{
	wchar_t *p;

	if (!MultiByteToWideChar(
		CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, to, WINPATH_MAX) &&
	    !MultiByteToWideChar(CP_ACP, 0, path, -1, to, WINPATH_MAX))
		return false;
	for (p = to; *p; p++)
		if (*p == L'/')
			*p = L'\\';
	return winpath_long(to);
}

/* The text of GetLastError(), one line of UTF-8. */
static inline void
winerror(DWORD code, char *text, size_t n)
{
	wchar_t wide[256];
	DWORD len = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM |
				       FORMAT_MESSAGE_IGNORE_INSERTS |
				       FORMAT_MESSAGE_MAX_WIDTH_MASK,
	    NULL, code, 0, wide, sizeof(wide) / sizeof(wide[0]), NULL);
	int got = 0;

	while (len && (wide[len - 1] == L' ' || wide[len - 1] == L'.'))
		len--;
	if (len)
		got = WideCharToMultiByte(
		    CP_UTF8, 0, wide, (int)len, text, (int)n - 1, NULL, NULL);
	text[got] = '\0';
	if (!got)
		snprintf(text, n, "error %lu", (unsigned long)code);
}

/* What GetLastError() says of a path; the error, negative. */
static inline int
winfailed(const char *path, struct gort_err *e)
{
	DWORD code = GetLastError();
	char text[256];

	if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ||
	    code == ERROR_INVALID_NAME)
		return gort__err(e, GORT_ENOENT, path, GORT_ERR_NO_OFFSET,
		    "No such file or directory");
	winerror(code, text, sizeof(text));
	return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET, "%s", text);
}

/*
 * A regular file, to be read whatever others do with it, and its size; the
 * caller closes it. INVALID_HANDLE_VALUE with *e filled: ENOENT, ESYS, EFORMAT
 * (no regular file; others may have no end).
 */
static inline HANDLE
winopen(const char *path, uint64_t *size, struct gort_err *e)
{
	wchar_t name[WINPATH_MAX];
	LARGE_INTEGER n;
	DWORD attributes;
	HANDLE h;

	if (!winpath(path, name)) {
		gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
		    "the path is too long");
		return INVALID_HANDLE_VALUE;
	}
	attributes = GetFileAttributesW(name);
	if (attributes != INVALID_FILE_ATTRIBUTES &&
	    (attributes & FILE_ATTRIBUTE_DIRECTORY))
		goto irregular;
	h = CreateFileW(name, GENERIC_READ,
	    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
	    OPEN_EXISTING, 0, NULL);
	if (h == INVALID_HANDLE_VALUE) {
		winfailed(path, e);
		return INVALID_HANDLE_VALUE;
	}
	if (GetFileType(h) == FILE_TYPE_DISK && GetFileSizeEx(h, &n)) {
		*size = (uint64_t)n.QuadPart;
		return h;
	}
	CloseHandle(h);
irregular:
	gort__err(
	    e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET, "not a regular file");
	return INVALID_HANDLE_VALUE;
}

#endif
