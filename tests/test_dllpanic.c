/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics where the system's loader is the caller: constructors, DllMain, the
 * end of a thread. Each part is a process of its own.
 */
#include "check.h"

#include <gort.h>

static char *self;
static int *recovered;

static void
load(void *unused)
{
	HMODULE dll = LoadLibraryA(plugin("dllpanic"));

	(void)unused;
	recovered = dll ? dlsym(dll, "recovered") : NULL;
}

static DWORD WINAPI
ends(LPVOID arg)
{
	return arg == NULL;
}

/* A thread ends: its DLLs are told. */
static void
end_thread(void *unused)
{
	HANDLE t = CreateThread(NULL, 0, ends, unused, 0, NULL);

	WaitForSingleObject(t, INFINITE);
	CloseHandle(t);
}

static void
hook(const struct gort_error *err)
{
	_exit(strcmp(err->message, "in attach") == 0 ? 33 : 34);
}

/* The loader's lock is free: another thread can take it. */
static int
loader_works(void)
{
	end_thread(NULL);
	return LoadLibraryA("version.dll") != NULL;
}

/* argv: what the DLL does; how it is loaded. Its exit status. */
static int
part(const char *what, const char *how)
{
	struct gort_error err;
	int rc = 0;

	SetErrorMode(SEM_NOGPFAULTERRORBOX);
	setenv("GORT_TEST_DLL", what, 1);
	if (gort_wait_ready(-1) != 0)
		return 90;
	if (strcmp(how, "hooked") == 0)
		gort_on_uncaught(hook);
	if (strcmp(how, "faults") == 0 && gort_catch_faults(1) != 0)
		return 91;
	if (strcmp(how, "plainly") == 0)
		load(NULL);
	else
		rc = gort_try(load, NULL, &err);
	if (rc != 0)
		return 92;
	if (!recovered)
		return 93;
	if (strncmp(what, "detach", 6) == 0) {
		end_thread(NULL);
		end_thread(NULL);
	}
	return loader_works() ? 10 + *recovered : 94;
}

static int
ends_with(const char *what, const char *how)
{
	char arg[64];
	int status;

	snprintf(arg, sizeof(arg), "%s,%s", what, how);
	status = run_self(self, arg);
	printf("    %s: %d\n", arg, status);
	return status;
}

static void
constructors(void)
{
	CHECK(ends_with("constructor-panic", "plainly") == 2);
	CHECK(ends_with("constructor-panic", "tried") == 2);
	CHECK(ends_with("constructor-recover", "plainly") == 11);
	CHECK(ends_with("constructor-try", "tried") == 11);
}

static void
attaching(void)
{
	CHECK(ends_with("attach-panic", "plainly") == 2);
	CHECK(ends_with("attach-panic", "tried") == 2);
	CHECK(ends_with("attach-panic", "hooked") == 33);
	CHECK(ends_with("attach-recover", "tried") == 11);
	CHECK(ends_with("attach-try", "plainly") == 11);
}

static void
faulting(void)
{
#ifdef __x86_64__ /* the loader is nearer than the boundary */
	CHECK(ends_with("attach-fault", "faults") == 93);
#else /* a vectored handler is asked first */
	CHECK(ends_with("attach-fault", "faults") == 2);
#endif
	CHECK(ends_with("attach-fault", "tried") == 93);
}

static void
leaving(void)
{
	CHECK(ends_with("attach-goexit", "plainly") == 2);
	CHECK(ends_with("attach-goexit", "tried") == 2);
	CHECK(ends_with("detach-goexit", "plainly") == 2);
}

static void
detaching(void)
{
	CHECK(ends_with("detach-panic", "plainly") == 2);
	CHECK(ends_with("detach-recover", "plainly") >= 12);
	CHECK(ends_with("detach-try", "plainly") >= 12);
}

static const struct test tests[] = {
    {"a panic in a constructor ends the process, or is caught there",
	constructors},
    {"one in DllMain: the same, whatever boundary there is outside", attaching},
    {"a fault in DllMain does not come to a boundary outside", faulting},
    {"goexit ends the process, as the thread cannot end there", leaving},
    {"one at a thread's end: the same", detaching},
};

int
main(int argc, char **argv)
{
	char *how;

	self = argv[0];
	if (argc > 1 && (how = strchr(argv[1], ',')) != NULL) {
		*how++ = '\0';
		return part(argv[1], how);
	}
	return RUN_TESTS("dllpanic", tests);
}
