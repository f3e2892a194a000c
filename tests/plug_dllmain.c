/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DLL that calls a plugin's export from its own DllMain: the loader holds
 * its lock, so the plugin's init cannot have run.
 */
#include <windows.h>

#include <gort.h>
#include <string.h>

GORT_MODULE("dllmain", "1.0");

GORT_EXPORT(int, five, (void))
{
	return 5;
}

GORT_VISIBLE int from_dllmain = -1;
GORT_VISIBLE int status_of_try = -1;
GORT_VISIBLE char why[512];

static void
call_five(void *arg)
{
	*(int *)arg = five();
}

BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved);

BOOL WINAPI
DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved)
{
	int unused;

	(void)dll;
	(void)reserved;
	if (reason != DLL_PROCESS_ATTACH)
		return TRUE;
	from_dllmain = five();
	strncpy(why, gort_errmsg(), sizeof(why) - 1);
	status_of_try = gort_try(call_five, &unused, NULL);
	return TRUE;
}
