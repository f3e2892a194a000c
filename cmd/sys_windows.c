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
	HANDLE h = winopen(path, size, e);
	FILE *f = h == INVALID_HANDLE_VALUE ? NULL : stream(h);

	if (!f && h != INVALID_HANDLE_VALUE)
		gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for a stream");
	return f;
}

/* false: it is not there, or no regular file. */
static bool
identify(const char *path, BY_HANDLE_FILE_INFORMATION *id)
{
	wchar_t name[WINPATH_MAX];
	bool found;
	HANDLE h;

	if (!winpath(path, name))
		return false;
	h = CreateFileW(name, 0,
	    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
	    OPEN_EXISTING, 0, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return false;
	found = GetFileType(h) == FILE_TYPE_DISK &&
		GetFileInformationByHandle(h, id);
	CloseHandle(h);
	return found;
}

bool
cmd_same_file(const char *a, const char *b)
{
	BY_HANDLE_FILE_INFORMATION x, y;

	if (!identify(a, &x) || !identify(b, &y))
		return strcmp(a, b) == 0;
	return x.dwVolumeSerialNumber == y.dwVolumeSerialNumber &&
	       x.nFileIndexHigh == y.nFileIndexHigh &&
	       x.nFileIndexLow == y.nFileIndexLow;
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

bool
cmd_is_code(const void *p)
{
	const DWORD code = PAGE_EXECUTE | PAGE_EXECUTE_READ |
			   PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
	MEMORY_BASIC_INFORMATION m;

	return !VirtualQuery(p, &m, sizeof(m)) || (m.Protect & code);
}
