/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A part of a host, a DLL that is not linked with gort and knows nothing of
 * it: its DllMain loads the plugin that HOST_PLUGIN names and calls it, or calls
 * back the host's function at the address HOST_CALLBACK.
 */
#include <windows.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int add_fn(int a, int b);

__declspec(dllexport) int loaded;      /* the plugin, and the export found */
__declspec(dllexport) int result = -1; /* of adding 2 and 3 in DllMain */
__declspec(dllexport) add_fn *add;     /* to be called again later */

BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved);

BOOL WINAPI
DllMain(HINSTANCE dll, DWORD reason, LPVOID reserved)
{
	const char *path = getenv("HOST_PLUGIN");
	const char *back = getenv("HOST_CALLBACK");
	void (*call_back)(void);
	uintptr_t at;
	HMODULE lib;
	FARPROC p;

	(void)dll;
	(void)reserved;
	if (reason != DLL_PROCESS_ATTACH)
		return TRUE;
	if (back) {
		at = (uintptr_t)strtoull(back, NULL, 16);
		memcpy(&call_back, &at, sizeof(at));
		call_back();
		return TRUE;
	}
	lib = path ? LoadLibraryExA(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH)
		   : NULL;
	p = lib ? GetProcAddress(lib, "basic_add") : NULL;
	if (!p)
		return TRUE;
	loaded = 1;
	memcpy(&add, &p, sizeof(add));
	result = add(2, 3);
	return TRUE;
}
