/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command asks of Windows. Its arguments are UTF-8, as paths are
 * everywhere in gort, whatever the system's code page.
 */
#include "cmd.h"
#include "../loader/winpath.h"

#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <stdlib.h>
#include <string.h>

static char *
utf8(const wchar_t *s)
{
	int n = WideCharToMultiByte(CP_UTF8, 0, s, -1, NULL, 0, NULL, NULL);
	char *to = n > 0 ? malloc((size_t)n) : NULL;

	if (to && !WideCharToMultiByte(CP_UTF8, 0, s, -1, to, n, NULL, NULL)) {
		free(to);
		return NULL;
	}
	return to;
}

/* They live as long as the process. Without memory: as the system gave them. */
void
cmd_begin(int *argc, char ***argv)
{
	int i, n = 0;
	wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &n);
	char **to = wide ? calloc((size_t)n + 1, sizeof(*to)) : NULL;

	for (i = 0; to && i < n; i++) {
		to[i] = utf8(wide[i]);
		if (!to[i])
			goto fail;
	}
	if (to) {
		*argc = n;
		*argv = to;
	}
	LocalFree(wide);
	return;
fail:
	while (i-- > 0)
		free(to[i]);
	free(to);
	LocalFree(wide);
}

static FILE *
failed(const char *path, DWORD code, struct gort_err *e)
{
	char text[256];

	if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ||
	    code == ERROR_INVALID_NAME) {
		gort__err(e, GORT_ENOENT, path, GORT_ERR_NO_OFFSET,
		    "No such file or directory");
	} else {
		winerror(code, text, sizeof(text));
		gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET, "%s", text);
	}
	return NULL;
}

static FILE *
not_regular(const char *path, struct gort_err *e)
{
	gort__err(
	    e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET, "not a regular file");
	return NULL;
}

/* A stream of its own on a handle, which goes with it, also on failure. */
static FILE *
stream(HANDLE h)
{
	int fd = _open_osfhandle((intptr_t)h, _O_RDONLY | _O_BINARY);
	FILE *f = fd >= 0 ? _fdopen(fd, "rb") : NULL;

	if (!f && fd >= 0)
		_close(fd);
	else if (!f)
		CloseHandle(h);
	return f;
}

FILE *
cmd_open_file(const char *path, uint64_t *size, struct gort_err *e)
{
	wchar_t name[WINPATH_MAX];
	LARGE_INTEGER n;
	DWORD attributes;
	FILE *f;
	HANDLE h;

	if (!winpath(path, name))
		return failed(path, ERROR_FILENAME_EXCED_RANGE, e);
	attributes = GetFileAttributesW(name);
	if (attributes != INVALID_FILE_ATTRIBUTES &&
	    (attributes & FILE_ATTRIBUTE_DIRECTORY))
		return not_regular(path, e);
	h = CreateFileW(name, GENERIC_READ,
	    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
	    OPEN_EXISTING, 0, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return failed(path, GetLastError(), e);
	if (GetFileType(h) != FILE_TYPE_DISK || !GetFileSizeEx(h, &n)) {
		CloseHandle(h);
		return not_regular(path, e);
	}
	*size = (uint64_t)n.QuadPart;
	f = stream(h);
	if (!f)
		gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for a stream");
	return f;
}

double
cmd_now_ns(void)
{
	LARGE_INTEGER now, hz;

	QueryPerformanceFrequency(&hz);
	QueryPerformanceCounter(&now);
	return (double)now.QuadPart * 1e9 / (double)hz.QuadPart;
}

const void *
cmd_view_file(const char *path, size_t *size, struct gort_err *e)
{
	return cmd_read_file(path, size, e);
}

void
cmd_close_view(const void *data)
{
	void *p;

	memcpy(&p, &data, sizeof(p));
	free(p);
}

struct start {
	void (*fn)(void *);
	void *arg;
};

static DWORD WINAPI
run_start(void *arg)
{
	struct start *s = arg;

	s->fn(s->arg);
	return 0;
}

bool
cmd_run_thread(void (*fn)(void *), void *arg)
{
	struct start s = {fn, arg};
	HANDLE t = CreateThread(NULL, 0, run_start, &s, 0, NULL);
	bool ended;

	if (!t)
		return false;
	ended = WaitForSingleObject(t, INFINITE) == WAIT_OBJECT_0;
	CloseHandle(t);
	return ended;
}

void *
cmd_new_pages(size_t size)
{
	return VirtualAlloc(
	    NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

bool
cmd_make_code(void *pages, size_t size)
{
	DWORD old;

	return VirtualProtect(pages, size, PAGE_EXECUTE_READ, &old) &&
	       FlushInstructionCache(GetCurrentProcess(), pages, size);
}
