/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loaded objects by GetModuleHandleEx, names by their export tables.
 */
#include "runtime.h"
#include "dynlib.h"
#include "objbounds.h"

#include <string.h>
#include <wchar.h>

/* The object's data directory, or NULL (PE Format, "Optional Header"). */
static const void *
directory(const char *base, unsigned which)
{
	const IMAGE_DOS_HEADER *dos = (const void *)base;
	const IMAGE_NT_HEADERS *nt = (const void *)(base + dos->e_lfanew);
	const IMAGE_DATA_DIRECTORY *d = nt->OptionalHeader.DataDirectory;

	if (nt->OptionalHeader.NumberOfRvaAndSizes <= which || !d[which].Size)
		return NULL;
	return base + d[which].VirtualAddress;
}

/* The exported name with the highest address that is not above addr. */
static void
nearest(const char *base, const char *addr, struct gort__dlinfo *info)
{
	const IMAGE_EXPORT_DIRECTORY *ex =
	    directory(base, IMAGE_DIRECTORY_ENTRY_EXPORT);
	const DWORD *functions, *names;
	const WORD *ordinals;
	const char *at;
	DWORD i;

	if (!ex)
		return;
	functions = (const void *)(base + ex->AddressOfFunctions);
	names = (const void *)(base + ex->AddressOfNames);
	ordinals = (const void *)(base + ex->AddressOfNameOrdinals);
	for (i = 0; i < ex->NumberOfNames; i++) {
		if (ordinals[i] >= ex->NumberOfFunctions)
			continue;
		at = base + functions[ordinals[i]];
		if (at > addr || at <= (const char *)info->symbol_at)
			continue;
		gort__copy(info->symbol, sizeof(info->symbol), base + names[i]);
		info->symbol_at = at;
	}
}

bool
gort__dl_info(const void *addr, struct gort__dlinfo *info)
{
	wchar_t path[1024], *name;
	HMODULE h;
	DWORD n;

	if (!GetModuleHandleExA(
		GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
		    GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
		addr, &h))
		return false;
	n = GetModuleFileNameW(h, path, 1023);
	path[n] = L'\0';
	name = wcsrchr(path, L'\\');
	if (!WideCharToMultiByte(CP_UTF8, 0, name ? name + 1 : path, -1,
		info->file, sizeof(info->file), NULL, NULL))
		gort__copy(info->file, sizeof(info->file), "?");
	info->base = h;
	info->symbol[0] = '\0';
	info->symbol_at = NULL;
	nearest((const char *)h, addr, info);
	return true;
}

void *
gort__dl_holding(const void *addr)
{
	HMODULE h;

	return GetModuleHandleExA(
		   GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, addr, &h)
		   ? h
		   : NULL;
}

void *
gort__dl_symbol(void *lib, const char *name)
{
	FARPROC p = GetProcAddress(lib, name);
	void *v;

	memcpy(&v, &p, sizeof(v));
	return v;
}

void
gort__dl_close(void *lib)
{
	FreeLibrary(lib);
}
