/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private copies in the folder of temporary files. A copy is open for reading
 * only while it lives, and shared for reading only: nobody can change or
 * delete it, so what is checked is what the loader maps. What a process that
 * was killed left behind can be deleted by the next one.
 */
#include "filecopy.h"
#include "winpath.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* process, number of the copy there, time */
#define COPY_NAME L"gort-%lu-%u-%08lx.dll"
#define COPY_PATTERN L"gort-*.dll"

static _Atomic uint32_t last_serial;

/* What went wrong with the private copy of the file at path. */
static int
failed(const char *path, const struct filecopy *fc, const char *what,
    struct gort_err *e)
{
	DWORD code = GetLastError();
	char text[256];

	winerror(code, text, sizeof(text));
	return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
	    "cannot %s the private copy %s: %s", what, fc->path, text);
}

/* The folder, with a separator at its end; 0 if it is too long. */
static DWORD
temp_folder(wchar_t buf[WINPATH_MAX])
{
	DWORD n = GetTempPathW(WINPATH_MAX - 64, buf);

	return n < WINPATH_MAX - 64 ? n : 0;
}

/* Behind n characters (0: some) of a set and the one that follows; or NULL. */
static const wchar_t *
skip(const wchar_t *p, const wchar_t *set, size_t n, wchar_t next)
{
	size_t k = p ? wcsspn(p, set) : 0;

	return k && (k == n || !n) && p[k] == next ? p + k + 1 : NULL;
}

/* Is it as COPY_NAME says? */
static bool
is_copy(const wchar_t *name)
{
	const wchar_t *p = skip(name, L"gort", 4, L'-');

	p = skip(p, L"0123456789", 0, L'-');
	p = skip(p, L"0123456789", 0, L'-');
	p = skip(p, L"0123456789abcdef", 8, L'.');
	return p && wcscmp(p, L"dll") == 0 && wcslen(name) < 64;
}

/* Those that are in use cannot be deleted. */
static void
delete_leftovers(void)
{
	wchar_t path[WINPATH_MAX];
	DWORD n = temp_folder(path);
	WIN32_FIND_DATAW found;
	HANDLE h;

	if (!n)
		return;
	wcscpy(path + n, COPY_PATTERN);
	h = FindFirstFileW(path, &found);
	if (h == INVALID_HANDLE_VALUE)
		return;
	do {
		if (!is_copy(found.cFileName))
			continue;
		wcscpy(path + n, found.cFileName);
		DeleteFileW(path);
	} while (FindNextFileW(h, &found));
	FindClose(h);
}

/* Read a file of that size into memory of its own. */
static int
read_all(HANDLE h, uint64_t size, const char *path, struct filecopy *fc,
    struct gort_err *e)
{
	size_t at = 0;
	char *data;
	DWORD n;

	if (size == 0)
		return gort__err(e, GORT_EFORMAT, path, 0, "empty file");
	if (size > GORT_MAX_FILE)
		return gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "larger than %llu bytes",
		    (unsigned long long)GORT_MAX_FILE);
	data = malloc((size_t)size);
	if (!data)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for its %llu bytes", (unsigned long long)size);
	fc->data = data;
	fc->size = (size_t)size;
	for (; at < fc->size; at += n) {
		if (!ReadFile(h, data + at, (DWORD)(fc->size - at), &n, NULL))
			return winfailed(path, e);
		if (n == 0)
			return gort__err(e, GORT_EFORMAT, path, at,
			    "it became shorter while it was read");
	}
	return 0;
}

static int
read_file(const char *path, struct filecopy *fc, struct gort_err *e)
{
	uint64_t size;
	HANDLE h = winopen(path, &size, e);
	int rc;

	if (h == INVALID_HANDLE_VALUE)
		return -e->code;
	rc = read_all(h, size, path, fc, e);
	CloseHandle(h);
	return rc;
}

static HANDLE
open_copy(const wchar_t *name, DWORD shared)
{
	return CreateFileW(
	    name, GENERIC_READ, shared, NULL, OPEN_EXISTING, 0, NULL);
}

/*
 * A file of its own with the bytes, held. From the first handle to the last one
 * is open all the time, so no other process takes it for a leftover.
 */
static int
write_copy(const wchar_t *name, const char *path, struct filecopy *fc,
    struct gort_err *e)
{
	const char *data = fc->data;
	size_t at = 0;
	DWORD n;
	HANDLE h, between;

	h = CreateFileW(name, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW,
	    FILE_ATTRIBUTE_TEMPORARY, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return failed(path, fc, "make", e);
	for (; at < fc->size; at += n) {
		if (WriteFile(h, data + at, (DWORD)(fc->size - at), &n, NULL))
			continue;
		failed(path, fc, "write", e);
		CloseHandle(h);
		DeleteFileW(name);
		return -e->code;
	}
	between = open_copy(name, FILE_SHARE_READ | FILE_SHARE_WRITE);
	CloseHandle(h);
	h = open_copy(name, FILE_SHARE_READ);
	if (h == INVALID_HANDLE_VALUE) {
		failed(path, fc, "open", e);
		DeleteFileW(name);
	} else {
		fc->handle = h;
	}
	if (between != INVALID_HANDLE_VALUE)
		CloseHandle(between);
	return fc->handle ? 0 : -e->code;
}

/* Somebody could have changed it before only readers were let in: look. */
static int
check_copy(const char *path, struct filecopy *fc, struct gort_err *e)
{
	struct filecopy again = {0};
	LARGE_INTEGER size;
	int rc;

	if (!GetFileSizeEx(fc->handle, &size))
		return failed(path, fc, "read", e);
	rc = read_all(fc->handle, (uint64_t)size.QuadPart, path, &again, e);
	if (rc == 0 && (again.size != fc->size ||
			   memcmp(again.data, fc->data, fc->size) != 0))
		rc = gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
		    "somebody changed the private copy");
	gort__filecopy_unmap(&again);
	return rc;
}

static int
make_copy(const char *path, struct filecopy *fc, struct gort_err *e)
{
	uint32_t serial = atomic_fetch_add(&last_serial, 1) + 1;
	wchar_t name[WINPATH_MAX];
	DWORD n;
	int rc;

	if (serial == 1)
		delete_leftovers();
	n = temp_folder(name);
	if (!n)
		return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
		    "no folder for temporary files, or its path is too long");
	/* the time: a number of a process comes back, and its files may stay */
	swprintf(name + n, 64, COPY_NAME, GetCurrentProcessId(), serial,
	    GetTickCount());
	if (!WideCharToMultiByte(
		CP_UTF8, 0, name, -1, fc->path, sizeof(fc->path), NULL, NULL))
		return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
		    "the path of the folder for temporary files is too long");
	rc = write_copy(name, path, fc, e);
	return rc ? rc : check_copy(path, fc, e);
}

int
gort__filecopy_open(const char *path, struct filecopy *fc, struct gort_err *e)
{
	int rc;

	memset(fc, 0, sizeof(*fc));
	fc->fd = -1;
	rc = read_file(path, fc, e);
	if (rc == 0)
		rc = make_copy(path, fc, e);
	if (rc)
		gort__filecopy_close(fc);
	return rc;
}

void
gort__filecopy_close(struct filecopy *fc)
{
	gort__filecopy_unmap(fc);
	gort__filecopy_forget(fc);
}

void
gort__filecopy_unmap(struct filecopy *fc)
{
	free((void *)(uintptr_t)fc->data);
	fc->data = NULL;
}

/* A copy that is mapped still stays: delete_leftovers finds it some day. */
void
gort__filecopy_forget(struct filecopy *fc)
{
	wchar_t wide[WINPATH_MAX];

	if (!fc->handle)
		return;
	CloseHandle(fc->handle);
	fc->handle = NULL;
	if (winpath(fc->path, wide))
		DeleteFileW(wide);
}
