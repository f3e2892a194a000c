/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The address range of a loaded image, and when code was unloaded: the loader
 * tells (LdrRegisterDllNotification, of ntdll since Windows Vista).
 */
#include "runtime.h"
#include "linked.h"
#include "objbounds.h"

#include <string.h>

#define UNLOADED 2 /* LDR_DLL_NOTIFICATION_REASON_UNLOADED */

typedef void NTAPI dll_event(ULONG reason, const void *data, void *arg);
typedef LONG NTAPI register_fn(
    ULONG flags, dll_event *fn, void *arg, void **cookie);

static _Atomic uint64_t unloads;
static _Atomic bool asked, told; /* the loader counts for us */

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
	if (!fn || fn(0, on_event, NULL, &cookie) != 0)
		return;
	/* what was learnt before it tells is of no generation to come */
	atomic_fetch_add(&unloads, 1);
	atomic_store(&told, true);
}

/*
 * Without a loader that tells, it may have changed at any time. So it is while
 * another thread asks: that one may wait for the loader lock, which whoever
 * comes here from a DllMain holds.
 */
uint64_t
gort__code_generation(void)
{
	if (!atomic_load(&told) && !atomic_exchange(&asked, true))
		ask();
	if (!atomic_load(&told))
		return atomic_fetch_add(&unloads, 1) + 1;
	return atomic_load(&unloads) + gort__linked_removals();
}

bool
gort__object_bounds(const void *addr, const char **base, const char **end)
{
	MEMORY_BASIC_INFORMATION m;
	const IMAGE_NT_HEADERS *nt;
	const char *at;

	*base = *end = NULL;
	if (!VirtualQuery(addr, &m, sizeof(m)) || m.Type != MEM_IMAGE)
		return gort__linked_bounds(addr, base, end);
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

const void *
gort__object_eh_frame_hdr(const void *addr)
{
	return gort__linked_eh_frame_hdr(addr);
}

/*
 * Names of more than eight bytes stand in a table that is not mapped. A
 * section whose name does is .eh_frame if it begins with a CIE (LSB Core,
 * "The .eh_frame section"): a length, then zero, then a version.
 */
static bool
is_eh_frame(const char *base, const IMAGE_SECTION_HEADER *sec)
{
	const uint8_t *p = (const uint8_t *)base + sec->VirtualAddress;
	uint32_t len, id;

	if (sec->Characteristics &
	    (IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_DISCARDABLE))
		return false;
	if (memcmp(sec->Name, ".eh_fram", 8) == 0)
		return true;
	if (sec->Name[0] != '/' || sec->Misc.VirtualSize < 16)
		return false;
	memcpy(&len, p, sizeof(len));
	memcpy(&id, p + 4, sizeof(id));
	return len >= 8 && len < sec->Misc.VirtualSize && id == 0 &&
	       (p[8] == 1 || p[8] == 3 || p[8] == 4);
}

bool
gort__object_eh_frame(
    const void *addr, const uint8_t **begin, const uint8_t **end)
{
	const IMAGE_SECTION_HEADER *sec;
	const IMAGE_NT_HEADERS *nt;
	const char *base, *last;
	unsigned i;

	if (!gort__object_bounds(addr, &base, &last) ||
	    gort__linked_bounds(addr, &base, &last))
		return false;
	nt =
	    (const void *)(base + ((const IMAGE_DOS_HEADER *)(const void *)base)
				      ->e_lfanew);
	sec = IMAGE_FIRST_SECTION(nt);
	for (i = 0; i < nt->FileHeader.NumberOfSections; i++, sec++) {
		if (!is_eh_frame(base, sec))
			continue;
		*begin = (const uint8_t *)base + sec->VirtualAddress;
		*end = *begin + sec->Misc.VirtualSize;
		return true;
	}
	return false;
}

/* What is left under the loader lock Windows has to say itself. */
bool
gort__object_is_linker(uintptr_t pc)
{
	(void)pc;
	return false;
}
