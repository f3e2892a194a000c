/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A place for an image: the free regions of the address space are looked
 * through for one within the window.
 */
#include "link.h"
#include "winpath.h"

#define GRAIN UINT64_C(65536) /* of what VirtualAlloc reserves */
#define MAX_TRIES 65536

/* Of what changes from process to process: the clock, the place of the stack. */
uint64_t
gort__link_secret(void)
{
	LARGE_INTEGER now;
	uint64_t here = (uintptr_t)&now;

	QueryPerformanceCounter(&now);
	here ^= (uint64_t)now.QuadPart << 24 ^ GetCurrentProcessId();
	return here * UINT64_C(0x9e3779b97f4a7c15) | 1;
}

uint64_t
gort__link_round(uint64_t size, uint64_t *align)
{
	(void)align;
	return (size + 4095) & ~UINT64_C(4095);
}

void
gort__link_populate(void *p, uint64_t size, uint64_t n)
{
	(void)p;
	(void)size;
	(void)n;
}

static void *
take(uint64_t at, uint64_t size)
{
	return VirtualAlloc((void *)(uintptr_t)at, (SIZE_T)size,
	    MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void *
gort__link_map(
    uint64_t size, uint64_t align, bool low, uint64_t lo, uint64_t hi)
{
	MEMORY_BASIC_INFORMATION m;
	SYSTEM_INFO si;
	uint64_t at, start, end;
	unsigned i;
	void *p;

	if (!low && align <= GRAIN && lo == 0 && hi == UINT64_MAX)
		return take(0, size);
	GetSystemInfo(&si);
	align = align > GRAIN ? align : GRAIN;
	at = (uintptr_t)si.lpMinimumApplicationAddress;
	at = lo > at ? lo : at;
	end = (uintptr_t)si.lpMaximumApplicationAddress;
	if (low && end > UINT32_MAX / 2)
		end = UINT32_MAX / 2;
	for (i = 0; i < MAX_TRIES; i++) {
		if (at > hi || at >= end ||
		    !VirtualQuery((void *)(uintptr_t)at, &m, sizeof(m)))
			return NULL;
		start = (at + align - 1) & ~(align - 1);
		at = (uintptr_t)m.BaseAddress + (uint64_t)m.RegionSize;
		if (m.State != MEM_FREE || start > hi || start >= at ||
		    at - start < size || start + size > end)
			continue;
		p = take(start, size);
		if (p)
			return p;
	}
	return NULL;
}

void
gort__link_unmap_pages(void *p, uint64_t size)
{
	(void)size;
	VirtualFree(p, 0, MEM_RELEASE);
}

int
gort__link_protect_pages(void *p, uint64_t size, bool code, struct gort_err *e)
{
	DWORD was;
	char why[200];

	if (VirtualProtect(p, (SIZE_T)size,
		code ? PAGE_EXECUTE_READ : PAGE_READONLY, &was)) {
		if (code)
			FlushInstructionCache(
			    GetCurrentProcess(), p, (SIZE_T)size);
		return 0;
	}
	winerror(GetLastError(), why, sizeof(why));
	return gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET,
	    "cannot protect the image: VirtualProtect: %s", why);
}
