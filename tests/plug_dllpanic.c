/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DLL that panics where the loader calls it. What it does is the environment
 * variable GORT_TEST_DLL: constructor, attach or detach (of a thread), then
 * panic, recover, try, goexit or fault.
 */
#include <windows.h>

#include <gort.h>
#include <stdlib.h>
#include <string.h>

GORT_VISIBLE int recovered;

static void
panics(void *where)
{
	gort_panic("in %s", (const char *)where);
}

static void
recover_it(void *unused)
{
	(void)unused;
	recovered += gort_recover() != NULL;
}

static void
recovers(void *where)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	panics(where);
}

static void
faults(void)
{
	volatile int *volatile nowhere = (volatile int *)8;

	*nowhere = 1;
}

static void
act(char *where)
{
	const char *what = getenv("GORT_TEST_DLL");
	size_t n = strlen(where);

	if (!what || strncmp(what, where, n) != 0 || what[n] != '-')
		return;
	what += n + 1;
	if (strcmp(what, "panic") == 0)
		panics(where);
	else if (strcmp(what, "recover") == 0)
		recovers(where);
	else if (strcmp(what, "try") == 0)
		recovered += gort_try(panics, where, NULL) == -GORT_EPANIC;
	else if (strcmp(what, "goexit") == 0)
		gort_goexit();
	else if (strcmp(what, "fault") == 0)
		faults();
}

__attribute__((constructor)) static void
constructed(void)
{
	static char where[] = "constructor";

	act(where);
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved);

BOOL WINAPI
DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved)
{
	static char attach[] = "attach", detach[] = "detach";

	(void)dll;
	(void)reserved;
	if (reason == DLL_PROCESS_ATTACH)
		act(attach);
	else if (reason == DLL_THREAD_DETACH)
		act(detach);
	return TRUE;
}
