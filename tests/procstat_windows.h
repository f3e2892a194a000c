/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the process holds, on Windows: handles stand for descriptors; mappings
 * are counted by their first pages. Included by procstat.h.
 */
#ifndef GORT_PROCSTAT_WINDOWS_H
#define GORT_PROCSTAT_WINDOWS_H

#include <windows.h>

#include <psapi.h>
#include <tlhelp32.h>

struct procstat {
	long rss_kib;
	int fds, maps, threads;
};

static inline int
count_threads(void)
{
	THREADENTRY32 te = {.dwSize = sizeof(te)};
	HANDLE h = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
	BOOL more;
	int n = 0;

	for (more = Thread32First(h, &te); more; more = Thread32Next(h, &te))
		n += te.th32OwnerProcessID == GetCurrentProcessId();
	CloseHandle(h);
	return n;
}

static inline int
count_maps(void)
{
	MEMORY_BASIC_INFORMATION m;
	char *p = NULL;
	int n = 0;

	for (; VirtualQuery(p, &m, sizeof(m));
	     p = (char *)m.BaseAddress + m.RegionSize)
		n += m.State != MEM_FREE && m.BaseAddress == m.AllocationBase;
	return n;
}

static inline struct procstat
procstat(void)
{
	struct procstat ps = {0};
	PROCESS_MEMORY_COUNTERS mc = {.cb = sizeof(mc)};
	DWORD n = 0;

	if (K32GetProcessMemoryInfo(GetCurrentProcess(), &mc, sizeof(mc)))
		ps.rss_kib = (long)(mc.WorkingSetSize / 1024);
	GetProcessHandleCount(GetCurrentProcess(), &n);
	ps.fds = (int)n;
	ps.maps = count_maps();
	ps.threads = count_threads();
	return ps;
}

#endif
