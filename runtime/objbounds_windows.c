/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The address range of a loaded image, and when code was unloaded: the loader
 * tells (LdrRegisterDllNotification, of ntdll since Windows Vista).
 */
#include "runtime.h"
#include "objbounds.h"

#include <string.h>

#define UNLOADED 2 /* LDR_DLL_NOTIFICATION_REASON_UNLOADED */

typedef void NTAPI dll_event(ULONG reason, const void *data, void *arg);
typedef LONG NTAPI register_fn(
    ULONG flags, dll_event *fn, void *arg, void **cookie);

static _Atomic uint64_t unloads;
static _Atomic bool told; /* the loader counts for us */
static struct gort__once once = GORT__ONCE_INIT;

static void NTAPI
on_event(ULONG reason, const void *data, void *arg)
{
	(void)data;
	(void)arg;
	if (reason == UNLOADED)
		atomic_fetch_add(&unloads, 1);
}

static void
ask(void)
{
	FARPROC p = GetProcAddress(
	    GetModuleHandleA("ntdll.dll"), "LdrRegisterDllNotification");
	register_fn *fn;
	void *cookie;

	memcpy(&fn, &p, sizeof(fn));
	if (fn && fn(0, on_event, NULL, &cookie) == 0)
		atomic_store(&told, true);
}

/* Without a loader that tells, it may have changed at any time. */
uint64_t
gort__code_generation(void)
{
	gort__once(&once, ask);
	if (!atomic_load(&told))
		return atomic_fetch_add(&unloads, 1) + 1;
	return atomic_load(&unloads);
}

bool
gort__object_bounds(const void *addr, const char **base, const char **end)
{
	MEMORY_BASIC_INFORMATION m;
	const IMAGE_NT_HEADERS *nt;
	const char *at;

	*base = *end = NULL;
	if (!VirtualQuery(addr, &m, sizeof(m)) || m.Type != MEM_IMAGE)
		return false;
	at = m.AllocationBase;
	nt = (const void *)(at + ((const IMAGE_DOS_HEADER *)(const void *)at)
				     ->e_lfanew);
	*base = at;
	*end = at + nt->OptionalHeader.SizeOfImage;
	return true;
}

bool
gort__object_is_code(const void *addr)
{
	const DWORD executable = PAGE_EXECUTE | PAGE_EXECUTE_READ |
				 PAGE_EXECUTE_READWRITE |
				 PAGE_EXECUTE_WRITECOPY;
	MEMORY_BASIC_INFORMATION m;

	return VirtualQuery(addr, &m, sizeof(m)) && (m.Protect & executable);
}
