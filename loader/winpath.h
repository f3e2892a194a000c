/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paths and error texts of Windows. Private; included by *_windows.c only.
 */
#ifndef GORT_WINPATH_H
#define GORT_WINPATH_H

#include <windows.h>

#include <stdio.h>

#define WINPATH_MAX 1024

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
	return true;
}

/* The text of GetLastError(), one line. */
static inline void
winerror(DWORD code, char *text, size_t n)
{
	DWORD len;

	len = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM |
				 FORMAT_MESSAGE_IGNORE_INSERTS |
				 FORMAT_MESSAGE_MAX_WIDTH_MASK,
	    NULL, code, 0, text, (DWORD)n, NULL);
	while (len && (text[len - 1] == ' ' || text[len - 1] == '.'))
		text[--len] = '\0';
	if (!len)
		snprintf(text, n, "error %lu", (unsigned long)code);
}

#endif
