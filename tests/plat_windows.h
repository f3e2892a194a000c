/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows. Included by plat.h.
 */
#ifndef GORT_PLAT_WINDOWS_H
#define GORT_PLAT_WINDOWS_H

#include <windows.h>

#include <io.h>
#include <process.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLUGIN_EXT ".dll"
#define NOTE_SECTION ".gort"
#define NOT_A_MODULE "C:/windows/system32/version.dll"
#define SCRATCH "gort-test-plugin-XXXXXX"

/* amd64: the system's dispatcher cannot pass a frame without unwind data */
#ifdef __x86_64__
#define CLEANUPS_PASS_GAPS 0
#else
#define CLEANUPS_PASS_GAPS 1
#endif

#ifndef SIGUSR2
#define SIGUSR2 SIGTERM
#endif

/* Which byte of a plugin says its machine, and another one's: ARM. */
static inline long
machine_byte(const char *path, char *value, const char **name)
{
	FILE *f = fopen(path, "rb");
	long at = 0;

	/* PE Format, "Signature": its offset stands at 0x3c */
	if (f && (fseek(f, 0x3c, SEEK_SET) != 0 || fread(&at, 4, 1, f) != 1))
		at = 0;
	if (f)
		fclose(f);
	*value = sizeof(void *) == 8 ? (char)0xaa : (char)0xc4;
	*name = sizeof(void *) == 8 ? "built for AArch64" : "built for ARM";
	return at + (sizeof(void *) == 8 ? 5 : 4);
}

#define RTLD_LAZY 1
#define RTLD_NOW 2
#define RTLD_LOCAL 0
#define RTLD_NOLOAD 4

/* The end of a page that nothing to be read lies behind. NULL: no memory. */
static inline char *
memory_edge(void)
{
	char *p = VirtualAlloc(NULL, 8192, MEM_RESERVE, PAGE_NOACCESS);

	return p && VirtualAlloc(p, 4096, MEM_COMMIT, PAGE_READWRITE) ? p + 4096
								      : NULL;
}

static inline void *
dlopen(const char *path, int flags)
{
	char name[1024], *p;

	snprintf(name, sizeof(name), "%s", path);
	for (p = name; *p; p++)
		if (*p == '/')
			*p = '\\';
	if (flags & RTLD_NOLOAD)
		return GetModuleHandleA(name);
	return LoadLibraryExA(name, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
}

static inline void *
dlsym(void *lib, const char *name)
{
	FARPROC fn = GetProcAddress(lib, name);
	void *p;

	memcpy(&p, &fn, sizeof(p));
	return p;
}

static inline int
dlclose(void *lib)
{
	return FreeLibrary(lib) ? 0 : -1;
}

static inline const char *
dlerror(void)
{
	static char text[64];

	snprintf(text, sizeof(text), "error %lu", GetLastError());
	return text;
}

static inline int
setenv(const char *name, const char *value, int overwrite)
{
	(void)overwrite;
	return _putenv_s(name, value);
}

static inline int
unsetenv(const char *name)
{
	return _putenv_s(name, "");
}

/* template: a name that ends with six X; in the folder of temporary files. */
static inline char *
mkdtemp(char *template)
{
	static unsigned n;
	size_t len = strlen(template);

	snprintf(template + len - 6, 7, "%06lu",
	    (GetCurrentProcessId() * 16 + n++) % 1000000);
	return CreateDirectoryA(template, NULL) ? template : NULL;
}

static inline int
run_self(const char *self, const char *arg)
{
	return (int)_spawnl(_P_WAIT, self, self, arg, (char *)NULL);
}

struct plat_thread {
	void *(*fn)(void *);
	void *arg;
};

static inline unsigned __stdcall plat_thread_start(void *arg)
{
	struct plat_thread *t = arg;

	return t->fn(t->arg) ? 1 : 2;
}

/* Runs fn(arg) on a thread: does it end as one that has no result? */
static inline int
ends_without_result(void *(*fn)(void *), void *arg)
{
	struct plat_thread t = {fn, arg};
	DWORD code = 3;
	HANDLE h =
	    (HANDLE)_beginthreadex(NULL, 0, plat_thread_start, &t, 0, NULL);

	if (!h)
		return 0;
	WaitForSingleObject(h, INFINITE);
	GetExitCodeThread(h, &code);
	CloseHandle(h);
	return code == 0;
}

/* Is this, of run_self, the end of a program that called abort()? */
static inline int
ended_by_abort(int status)
{
	return status == 3;
}

#endif
