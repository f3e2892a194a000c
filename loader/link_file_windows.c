/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of a link, read by ReadFile.
 */
#include "link.h"
#include "winpath.h"

intptr_t
gort__link_open(const char *path, uint64_t *size, struct gort_err *e)
{
	HANDLE h = winopen(path, size, e);

	return h == INVALID_HANDLE_VALUE ? -1 : (intptr_t)h;
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
			return winfailed(f->name, e);
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
