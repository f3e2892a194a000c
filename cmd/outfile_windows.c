/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing files whole or not at all, on Windows.
 */
#include "outfile.h"
#include "../loader/winpath.h"

#include <stdlib.h>
#include <string.h>

static int
sys_error(const char *path, const char *what, DWORD code, struct gort_err *e)
{
	char text[256];

	winerror(code, text, sizeof(text));
	return gort__err(
	    e, GORT_ESYS, path, GORT_ERR_NO_OFFSET, "%s: %s", what, text);
}

static int
names(struct outfile *f, const char *path, bool beside, struct gort_err *e)
{
	size_t size = strlen(path) + 24;

	f->path = strdup(path);
	f->temp = beside ? malloc(size) : NULL;
	if (f->temp)
		snprintf(f->temp, size, "%s.%08lx", path,
		    (unsigned long)GetCurrentProcessId());
	if (f->path && (f->temp || !beside))
		return 0;
	return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET, "no memory");
}

/* A console, a pipe or NUL, which is written to at once. */
static bool
is_device(const wchar_t *name)
{
	HANDLE h = CreateFileW(name, GENERIC_WRITE,
	    FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
	bool device;

	if (h == INVALID_HANDLE_VALUE)
		return false;
	device = GetFileType(h) != FILE_TYPE_DISK;
	CloseHandle(h);
	return device;
}

static int
write_all(
    const char *path, HANDLE h, const char *data, size_t n, struct gort_err *e)
{
	while (n) {
		DWORD did, chunk = n > 1 << 20 ? 1 << 20 : (DWORD)n;

		if (!WriteFile(h, data, chunk, &did, NULL))
			return sys_error(
			    path, "cannot write it", GetLastError(), e);
		data += did;
		n -= did;
	}
	return 0;
}

int
outfile_write(struct outfile *f, const char *path, const void *data, size_t n,
    struct gort_err *e)
{
	wchar_t name[WINPATH_MAX];
	bool device;
	HANDLE h;
	int rc;

	if (strcmp(path, "-") == 0)
		return write_all("standard output",
		    GetStdHandle(STD_OUTPUT_HANDLE), data, n, e);
	if (!winpath(path, name))
		return sys_error(
		    path, "cannot create it", ERROR_FILENAME_EXCED_RANGE, e);
	device = is_device(name);
	rc = names(f, path, !device, e);
	if (rc == 0 && !winpath(device ? f->path : f->temp, name))
		rc = sys_error(
		    path, "cannot create it", ERROR_FILENAME_EXCED_RANGE, e);
	if (rc) {
		outfile_abandon(f);
		return rc;
	}
	h = CreateFileW(name, GENERIC_WRITE, device ? FILE_SHARE_WRITE : 0,
	    NULL, device ? OPEN_EXISTING : CREATE_ALWAYS, 0, NULL);
	if (h == INVALID_HANDLE_VALUE) {
		rc = sys_error(path, "cannot create it", GetLastError(), e);
		free(f->temp);
		f->temp = NULL;
	} else {
		rc = write_all(path, h, data, n, e);
		if (!CloseHandle(h) && rc == 0)
			rc = sys_error(
			    path, "cannot write it", GetLastError(), e);
	}
	if (rc)
		outfile_abandon(f);
	return rc;
}

int
outfile_commit(struct outfile *f, struct gort_err *e)
{
	wchar_t from[WINPATH_MAX], to[WINPATH_MAX];
	int rc = 0;

	/* outfile_write() has converted both */
	if (f->temp && winpath(f->temp, from) && winpath(f->path, to) &&
	    !MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING))
		rc = sys_error(
		    f->path, "cannot put it there", GetLastError(), e);
	if (rc == 0) {
		free(f->temp);
		f->temp = NULL;
	}
	outfile_abandon(f);
	return rc;
}

void
outfile_abandon(struct outfile *f)
{
	wchar_t name[WINPATH_MAX];

	if (f->temp && winpath(f->temp, name))
		DeleteFileW(name);
	free(f->temp);
	free(f->path);
	f->temp = f->path = NULL;
}
