/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of a link, read by ReadFile. Only files on disks: others may have no
 * end.
 */
#include "link.h"
#include "winpath.h"

static int
failed(const char *path, struct gort_err *e)
{
	DWORD code = GetLastError();
	char why[200];

	winerror(code, why, sizeof(why));
	return gort__err(e,
	    code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND
		? GORT_ENOENT
		: GORT_ESYS,
	    path, GORT_ERR_NO_OFFSET, "%s", why);
}

intptr_t
gort__link_open(const char *path, uint64_t *size, struct gort_err *e)
{
	wchar_t wide[WINPATH_MAX];
	LARGE_INTEGER n;
	HANDLE h;

	if (!winpath(path, wide)) {
		gort__err(e, GORT_EINVAL, path, GORT_ERR_NO_OFFSET,
		    "the path is too long");
		return -1;
	}
	h = CreateFileW(wide, GENERIC_READ,
	    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
	    OPEN_EXISTING, 0, NULL);
	if (h == INVALID_HANDLE_VALUE) {
		failed(path, e);
		return -1;
	}
	if (GetFileType(h) != FILE_TYPE_DISK || !GetFileSizeEx(h, &n)) {
		gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "not a regular file");
		CloseHandle(h);
		return -1;
	}
	*size = (uint64_t)n.QuadPart;
	return (intptr_t)h;
}

int
gort__link_read(intptr_t handle, struct linkfile *f, uint64_t off, uint64_t n,
    uint64_t *done, struct gort_err *e)
{
	for (*done = 0; *done < n;) {
		uint64_t left = n - *done, at = off + *done;
		DWORD got = left > 1u << 30 ? 1u << 30 : (DWORD)left;
		OVERLAPPED o = {
		    .Offset = (DWORD)at, .OffsetHigh = (DWORD)(at >> 32)};

		if (!ReadFile((HANDLE)handle, f->data + at, got, &got, &o)) {
			if (GetLastError() == ERROR_HANDLE_EOF)
				break;
			return failed(f->name, e);
		}
		if (got == 0)
			break; /* it has become shorter */
		*done += got;
	}
	return 0;
}

void
gort__link_close(intptr_t handle)
{
	CloseHandle((HANDLE)handle);
}
