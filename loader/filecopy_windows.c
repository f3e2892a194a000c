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

#define COPY_NAMES L"gort-*.dll"

static _Atomic uint32_t last_serial;

static int
failed(const char *path, const char *what, struct gort_err *e)
{
	DWORD code = GetLastError();
	char text[256];

	if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ||
	    code == ERROR_INVALID_NAME)
		return gort__err(e, GORT_ENOENT, path, GORT_ERR_NO_OFFSET,
		    "No such file or directory");
	winerror(code, text, sizeof(text));
	return gort__err(
	    e, GORT_ESYS, path, GORT_ERR_NO_OFFSET, "%s: %s", what, text);
}

/* The folder, with a separator at its end; 0 if it is too long. */
static DWORD
temp_folder(wchar_t buf[WINPATH_MAX])
{
	DWORD n = GetTempPathW(WINPATH_MAX - 64, buf);

	return n < WINPATH_MAX - 64 ? n : 0;
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
	wcscpy(path + n, COPY_NAMES);
	h = FindFirstFileW(path, &found);
	if (h == INVALID_HANDLE_VALUE)
		return;
	do {
		if (wcslen(found.cFileName) >= 64)
			continue;
		wcscpy(path + n, found.cFileName);
		DeleteFileW(path);
	} while (FindNextFileW(h, &found));
	FindClose(h);
}

/* Read a regular file into memory of its own. */
static int
read_all(HANDLE h, const char *path, struct filecopy *fc, struct gort_err *e)
{
	LARGE_INTEGER size;
	size_t at = 0;
	char *data;
	DWORD n;

	if (!GetFileSizeEx(h, &size))
		return failed(path, "cannot read", e);
	if (size.QuadPart == 0)
		return gort__err(e, GORT_EFORMAT, path, 0, "empty file");
	if ((uint64_t)size.QuadPart > GORT_MAX_FILE)
		return gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "larger than %llu bytes",
		    (unsigned long long)GORT_MAX_FILE);
	data = malloc((size_t)size.QuadPart);
	if (!data)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for its %lld bytes", (long long)size.QuadPart);
	fc->data = data;
	fc->size = (size_t)size.QuadPart;
	for (; at < fc->size; at += n) {
		if (!ReadFile(h, data + at, (DWORD)(fc->size - at), &n, NULL))
			return failed(path, "cannot read", e);
		if (n == 0)
			return gort__err(e, GORT_EFORMAT, path, at,
			    "it became shorter while it was read");
	}
	return 0;
}

static int
read_file(const char *path, struct filecopy *fc, struct gort_err *e)
{
	wchar_t wide[WINPATH_MAX];
	DWORD attributes;
	HANDLE h;
	int rc;

	if (!winpath(path, wide))
		return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
		    "the path is too long");
	attributes = GetFileAttributesW(wide);
	if (attributes == INVALID_FILE_ATTRIBUTES)
		return failed(path, "cannot open", e);
	if (attributes & FILE_ATTRIBUTE_DIRECTORY)
		return gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "not a regular file");
	h = CreateFileW(wide, GENERIC_READ,
	    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
	    OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return failed(path, "cannot open", e);
	if (GetFileType(h) == FILE_TYPE_DISK)
		rc = read_all(h, path, fc, e);
	else
		rc = gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "not a regular file");
	CloseHandle(h);
	return rc;
}

/* A file of its own with the bytes, closed again. */
static int
write_copy(const wchar_t *name, const char *path, const struct filecopy *fc,
    struct gort_err *e)
{
	const char *data = fc->data;
	size_t at = 0;
	DWORD n;
	HANDLE h;

	h = CreateFileW(name, GENERIC_WRITE, 0, NULL, CREATE_NEW,
	    FILE_ATTRIBUTE_TEMPORARY, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return failed(path, "no private copy", e);
	for (; at < fc->size; at += n) {
		if (WriteFile(h, data + at, (DWORD)(fc->size - at), &n, NULL))
			continue;
		failed(path, "cannot write the private copy", e);
		CloseHandle(h);
		DeleteFileW(name);
		return -e->code;
	}
	CloseHandle(h);
	return 0;
}

/* Between writing and this, somebody could have changed it: look. */
static int
hold_copy(const wchar_t *name, const char *path, struct filecopy *fc,
    struct gort_err *e)
{
	struct filecopy again = {0};
	HANDLE h;
	int rc;

	h = CreateFileW(
	    name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return failed(path, "cannot open the private copy", e);
	fc->handle = h;
	rc = read_all(h, path, &again, e);
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
		return failed(path, "no folder for temporary files", e);
	/* the time: a number of a process comes back, and its files may stay */
	swprintf(name + n, 64, L"gort-%lu-%u-%08lx.dll", GetCurrentProcessId(),
	    serial, GetTickCount());
	if (!WideCharToMultiByte(
		CP_UTF8, 0, name, -1, fc->path, sizeof(fc->path), NULL, NULL))
		return failed(path, "no private copy", e);
	rc = write_copy(name, path, fc, e);
	return rc ? rc : hold_copy(name, path, fc, e);
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
