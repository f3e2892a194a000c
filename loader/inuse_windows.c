/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Handlers and threads in code that is to be unmapped: Windows. Handlers are
 * those of C signals and the filter of unhandled exceptions. Each thread is
 * stopped for the moment that its stack is searched; nothing here takes a lock
 * meanwhile.
 */
#include "inuse.h"
#include "../runtime/context_windows.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <tlhelp32.h>

bool
gort__handlers_in(const char *base, const char *end, char *why, size_t n)
{
	static const int signals[] = {
	    SIGINT, SIGILL, SIGABRT, SIGFPE, SIGSEGV, SIGTERM};
	LPTOP_LEVEL_EXCEPTION_FILTER filter;
	unsigned i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (!gort__within(
			base, end, (uintptr_t)signal(signals[i], SIG_GET)))
			continue;
		snprintf(why, n, "it handles signal %d", signals[i]);
		return true;
	}
	filter = SetUnhandledExceptionFilter(NULL);
	SetUnhandledExceptionFilter(filter);
	if (!gort__within(base, end, (uintptr_t)filter))
		return false;
	snprintf(why, n, "it handles unhandled exceptions");
	return true;
}

/* A thread that cannot be looked at counts as a user, unless it is gone. */
static bool
thread_in(const char *base, const char *end, DWORD tid)
{
	HANDLE h =
	    OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT, FALSE, tid);
	struct gort__regs regs;
	bool found = true;

	if (!h)
		return GetLastError() != ERROR_INVALID_PARAMETER;
	if (SuspendThread(h) != (DWORD)-1) {
		if (gort__thread_regs(h, &regs))
			found = gort__within(base, end, regs.pc) ||
				gort__stack_points_in(base, end, regs.sp);
		ResumeThread(h);
	}
	CloseHandle(h);
	return found;
}

bool
gort__threads_in(const char *base, const char *end, char *why, size_t n)
{
	DWORD self = GetCurrentThreadId(), pid = GetCurrentProcessId();
	THREADENTRY32 te = {.dwSize = sizeof(te)};
	HANDLE h = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
	bool found = false, more;

	if (h == INVALID_HANDLE_VALUE) {
		snprintf(why, n,
		    "it may have started threads, and the threads of this "
		    "process cannot be listed");
		return true;
	}
	for (more = Thread32First(h, &te); more && !found;
	     more = Thread32Next(h, &te)) {
		if (te.th32OwnerProcessID != pid || te.th32ThreadID == self)
			continue;
		found = thread_in(base, end, te.th32ThreadID);
		if (found)
			snprintf(why, n, "thread %lu may be running its code",
			    (unsigned long)te.th32ThreadID);
	}
	CloseHandle(h);
	return found;
}
