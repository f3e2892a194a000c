/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files as Windows has them: names of any length and letters, private copies
 * and who else is in the folder of temporary files, where a plugin's needs are
 * looked for; and threads that have still to begin, or are the system's, when
 * code is unmapped.
 */
#include "cases.h"
#include "unload.h"

#include <gort.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "../loader/winpath.h"

#define E_ACUTE L"\u00e9"

static wchar_t dir[MAX_PATH]; /* of this process, with a "\" at its end */

/* A file or folder there, until it is asked for the next but one. */
static const wchar_t *
scratch(const wchar_t *name)
{
	static wchar_t path[2][MAX_PATH * 2];
	static unsigned n;

	n ^= 1;
	swprintf(path[n], MAX_PATH * 2, L"%ls%ls", dir, name);
	return path[n];
}

static const char *
utf8(const wchar_t *path)
{
	static char to[MAX_PATH * 6];

	if (!WideCharToMultiByte(
		CP_UTF8, 0, path, -1, to, sizeof(to), NULL, NULL))
		exit(90);
	return to;
}

/* Copy a test's library there. */
static bool
bring(const char *name, const wchar_t *as)
{
	wchar_t from[WINPATH_MAX];

	return winpath(plugin(name), from) &&
	       CopyFileW(from, scratch(as), FALSE);
}

static bool
make_dir(const wchar_t *name)
{
	return CreateDirectoryW(scratch(name), NULL) != 0;
}

static bool
is_there(const wchar_t *name)
{
	return GetFileAttributesW(scratch(name)) != INVALID_FILE_ATTRIBUTES;
}

static bool
set_temp(const wchar_t *folder)
{
	return SetEnvironmentVariableW(L"TMP", folder) &&
	       SetEnvironmentVariableW(L"TEMP", folder);
}

/* Where the library of that name that is loaded lies. */
static const wchar_t *
lies_at(const wchar_t *name)
{
	static wchar_t path[1024];
	HMODULE h = GetModuleHandleW(name);

	return h && GetModuleFileNameW(h, path, 1024) ? path : L"nowhere";
}

/* ---- names and texts ------------------------------------------------------ */

static void
long_names(void)
{
	wchar_t name[300], wide[WINPATH_MAX];
	char path[400];
	size_t n;

	for (n = 0; n < 299; n++)
		name[n] = n % 50 == 49 ? L'/' : L'n';
	name[n] = L'\0';
	snprintf(path, sizeof(path), "C:/%ls", name);
	REQUIRE(winpath(path, wide));
	CHECK(wcsncmp(wide, L"\\\\?\\C:\\nnn", 10) == 0);
	CHECK(wcslen(wide) == strlen(path) + 4 && !wcschr(wide, L'/'));
	snprintf(path, sizeof(path), "//host/share/%ls", name);
	REQUIRE(winpath(path, wide));
	CHECK(wcsncmp(wide, L"\\\\?\\UNC\\host\\share\\nn", 20) == 0);
	snprintf(path, sizeof(path), "\\\\?\\C:\\%ls", name);
	REQUIRE(winpath(path, wide));
	CHECK(wcsncmp(wide, L"\\\\?\\C:\\nnn", 10) == 0);
	REQUIRE(winpath("C:/short", wide));
	CHECK(wcscmp(wide, L"C:\\short") == 0);
}

static bool
is_utf8(const char *text)
{
	return MultiByteToWideChar(
		   CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0) > 0;
}

/* One with letters of its own that wine has the texts in. */
#define LANGUAGE MAKELANGID(LANG_PORTUGUESE, SUBLANG_PORTUGUESE_BRAZILIAN)

static void
texts(void)
{
	LCID before = GetThreadLocale();
	unsigned letters = 0, known = 0;
	char text[256], *p;
	DWORD code;

	CHECK(SetThreadLocale(MAKELCID(LANGUAGE, SORT_DEFAULT)));
	for (code = 1; code < 200; code++) {
		winerror(code, text, sizeof(text));
		CHECK(is_utf8(text));
		known += strncmp(text, "error ", 6) != 0;
		for (p = text; *p; p++)
			letters += (unsigned char)*p >= 0x80;
	}
	SetThreadLocale(before);
	CHECK(known > 50);
	if (!letters)
		printf("    (the system has no texts in Portuguese)\n");
	winerror(0x20001234, text, sizeof(text));
	CHECK(strcmp(text, "error 536875572") == 0);
}

/* ---- private copies ------------------------------------------------------- */

static int
c_no_folder(void)
{
	if (!set_temp(scratch(L"nowhere")))
		return 1;
	if (gort_open(plugin("basic1"), 0) ||
	    strstr(gort_errmsg(), "No such file or directory"))
		return 2;
	/* it names the file and the folder */
	return strstr(gort_errmsg(), plugin("basic1")) &&
		       strstr(gort_errmsg(), "nowhere\\gort-")
		   ? 0
		   : 3;
}

/* The first copy of a process deletes what others have left. */
static int
c_leftovers(void)
{
	static const wchar_t *const not_copies[] = {L"gort-1.0.dll",
	    L"gort-1-2-3.dll", L"gort-1-2-00000003.dll.bak",
	    L"gort-x-2-00000003.dll"};
	struct gort_plugin *p;
	unsigned i;

	if (!set_temp(dir) || !bring("basic1", L"gort-1-2-00000003.dll"))
		return 1;
	for (i = 0; i < 4; i++)
		if (!bring("basic1", not_copies[i]))
			return 2;
	p = gort_open(plugin("basic1"), 0);
	if (!p || gort_close(p, 1000) != 0)
		return 3;
	if (is_there(L"gort-1-2-00000003.dll"))
		return 4;
	for (i = 0; i < 4; i++)
		if (!is_there(not_copies[i]))
			return 5;
	return 0;
}

static atomic_bool enough;

/* What the first copies of other processes do. */
static DWORD WINAPI
deletes(void *arg)
{
	WIN32_FIND_DATAW found;
	HANDLE h;

	(void)arg;
	while (!atomic_load(&enough)) {
		h = FindFirstFileW(scratch(L"gort-*.dll"), &found);
		if (h == INVALID_HANDLE_VALUE)
			continue;
		do {
			DeleteFileW(scratch(found.cFileName));
		} while (FindNextFileW(h, &found));
		FindClose(h);
	}
	return 0;
}

static int
c_deleted(void)
{
	struct gort_plugin *p;
	HANDLE t;
	int i;

	if (!set_temp(dir))
		return 1;
	t = CreateThread(NULL, 0, deletes, NULL, 0, NULL);
	for (i = 0; t && i < 100; i++) {
		p = gort_open(plugin("basic1"), 0);
		if (!p || gort_close(p, 1000) != 0) {
			printf("    %d: %s\n", i, gort_errmsg());
			break;
		}
	}
	atomic_store(&enough, true);
	if (!t || WaitForSingleObject(t, INFINITE) != WAIT_OBJECT_0)
		return 2;
	CloseHandle(t);
	return i == 100 ? 0 : 3;
}

/* ---- what a plugin needs -------------------------------------------------- */

/* 0: it has what it needs from a folder that ends so. */
static int
opens_with(const wchar_t *path, const wchar_t *folder)
{
	struct gort_plugin *p = gort_open(utf8(path), 0);
	const wchar_t *at = lies_at(L"libneed.dll");
	int (*ask)(void);

	if (!p) {
		printf("    %s\n", gort_errmsg());
		return 10;
	}
	ask = (int (*)(void))gort_sym(p, "ask_need");
	if (!ask || ask() != 42)
		return 11;
	if (!wcsstr(at, folder)) {
		printf("    %ls\n", at);
		return 12;
	}
	return 0;
}

/* As the program's own imports are, and not among temporary files. */
static int
c_needs_program(void)
{
	wchar_t own[1024];

	if (!make_dir(L"temp") || !make_dir(L"alone") ||
	    !bring("libneed", L"temp\\libneed.dll") ||
	    !bring("needs", L"alone\\needs.dll") || !set_temp(scratch(L"temp")))
		return 1;
	if (!GetModuleFileNameW(NULL, own, 1024) || !wcsrchr(own, L'\\'))
		return 2;
	*wcsrchr(own, L'\\') = L'\0';
	return opens_with(scratch(L"alone\\needs.dll"), own);
}

static int
c_needs_beside(void)
{
	if (!make_dir(L"b" E_ACUTE) ||
	    !bring("libneed", L"b" E_ACUTE L"\\libneed.dll") ||
	    !bring("needs", L"b" E_ACUTE L"\\needs.dll"))
		return 1;
	return opens_with(scratch(L"b" E_ACUTE L"\\needs.dll"),
	    L"\\b" E_ACUTE L"\\libneed.dll");
}

/* ---- threads that have still to begin ------------------------------------- */

static uintptr_t in_plugin;   /* an address of its code */
static HANDLE called, caller; /* an event; the plugin's thread */

static void
called_by_plugin(void)
{
	in_plugin = (uintptr_t)__builtin_return_address(0);
	DuplicateHandle(GetCurrentProcess(), GetCurrentThread(),
	    GetCurrentProcess(), &caller, SYNCHRONIZE, FALSE, 0);
	SetEvent(called);
}

/* The plugin, after a thread of it has called and ended. NULL: no. */
static struct gort_plugin *
opened(void)
{
	struct gort_plugin *p = gort_open(plugin("waiter"), 0);
	int (*start)(void (*)(void));

	called = CreateEventA(NULL, FALSE, FALSE, NULL);
	if (!p || !called)
		return NULL;
	start = (int (*)(void (*)(void)))gort_sym(p, "start");
	if (start(called_by_plugin) != 0 ||
	    WaitForSingleObject(called, INFINITE) != WAIT_OBJECT_0 ||
	    WaitForSingleObject(caller, INFINITE) != WAIT_OBJECT_0)
		return NULL;
	CloseHandle(caller);
	CloseHandle(called);
	return p;
}

/* A thread that is made, and never run, keeps the code. */
static void
is_kept_by(HANDLE h, struct gort_plugin *p)
{
	CHECK(h != NULL);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(strstr(gort_errmsg(), "may be running its code") != NULL);
	TerminateThread(h, 0);
	CloseHandle(h);
}

static void
to_begin(void)
{
	struct gort_plugin *p = opened();
	LPTHREAD_START_ROUTINE start;
	unsigned(__stdcall * begin)(void *);

	/* as it is without one */
	REQUIRE(p != NULL);
	CHECK(gort_close(p, 1000) == 0);
	CHECK(!strstr(gort_errmsg(), "may be running its code"));
	p = opened();
	REQUIRE(p != NULL);
	memcpy(&start, &in_plugin, sizeof(start));
	is_kept_by(
	    CreateThread(NULL, 0, start, NULL, CREATE_SUSPENDED, NULL), p);
	p = opened();
	REQUIRE(p != NULL);
	memcpy(&begin, &in_plugin, sizeof(begin));
	is_kept_by((HANDLE)_beginthreadex(
		       NULL, 0, begin, NULL, CREATE_SUSPENDED, NULL),
	    p);
}

static HANDLE go_on;

static void
called_by_pool(void)
{
	SetEvent(called);
	WaitForSingleObject(go_on, INFINITE);
}

static int
c_pool(void)
{
	struct gort_plugin *p = gort_open(plugin("pool"), 0);
	int (*start)(void (*)(void));

	called = CreateEventA(NULL, FALSE, FALSE, NULL);
	go_on = CreateEventA(NULL, FALSE, FALSE, NULL);
	if (!p || !called || !go_on)
		return 1;
	start = (int (*)(void (*)(void)))gort_sym(p, "start");
	if (start(called_by_pool) != 0 ||
	    WaitForSingleObject(called, INFINITE) != WAIT_OBJECT_0)
		return 2;
	if (gort_close(p, 1000) != 0 ||
	    !strstr(gort_errmsg(), "may be running its code"))
		return 3;
	SetEvent(go_on);
	return 0;
}

/* ---- cases ---------------------------------------------------------------- */

static const struct own_process cases[] = {
    {"no-folder", c_no_folder},
    {"leftovers", c_leftovers},
    {"deleted", c_deleted},
    {"needs-program", c_needs_program},
    {"needs-beside", c_needs_beside},
    {"pool", c_pool},
};

OWN_PROCESS(no_folder, "no-folder")
OWN_PROCESS(leftovers, "leftovers")
OWN_PROCESS(deleted, "deleted")
OWN_PROCESS(needs_program, "needs-program")
OWN_PROCESS(needs_beside, "needs-beside")
OWN_PROCESS(in_pool, "pool")

static bool
make_scratch(void)
{
	wchar_t temp[MAX_PATH];
	DWORD n = GetTempPathW(MAX_PATH, temp);

	if (!n || n > MAX_PATH - 40)
		return false;
	swprintf(dir, MAX_PATH, L"%lsgort-files-%lu-%08lx\\", temp,
	    GetCurrentProcessId(), GetTickCount());
	return CreateDirectoryW(dir, NULL) != 0;
}

/* A folder there, with what is in it; but for what is mapped. */
static void
remove_all(const wchar_t *name)
{
	wchar_t path[MAX_PATH * 2];
	WIN32_FIND_DATAW found;
	HANDLE h;

	swprintf(path, MAX_PATH * 2, L"%ls*", name);
	h = FindFirstFileW(scratch(path), &found);
	if (h == INVALID_HANDLE_VALUE)
		return;
	do {
		swprintf(path, MAX_PATH * 2, L"%ls%ls", name, found.cFileName);
		if (!(found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) {
			DeleteFileW(scratch(path));
		} else if (found.cFileName[0] != L'.') {
			wcscat(path, L"\\");
			remove_all(path);
		}
	} while (FindNextFileW(h, &found));
	FindClose(h);
	RemoveDirectoryW(scratch(name));
}

int
main(int argc, char **argv)
{
	static const struct test tests[] = {
	    {"long names get the form that has no limit", long_names},
	    {"the system's texts are UTF-8", texts},
	    {"without a folder for temporary files the error names it",
		no_folder},
	    {"of leftovers those are deleted whose names are copies'",
		leftovers},
	    {"a copy that is being made is no leftover", deleted},
	    {"what a plugin needs is looked for where the program is",
		needs_program},
	    {"and beside the plugin, in a folder of any name", needs_beside},
	    {"a thread that has still to begin keeps a plugin's code",
		to_begin},
	    {"so does one of the system's that it has run its function",
		in_pool},
	};
	int status;

	if (!make_scratch())
		return 99;
	status = RUN_CASES("files_win", tests, cases, argc, argv);
	remove_all(L"");
	return status;
}
