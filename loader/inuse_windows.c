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

/*
 * The handler of a signal. SIG_GET leaves it alone; to a C run-time that does
 * not know it, it is a handler like any other: then it is put back.
 */
static uintptr_t
handler_of(int sig)
{
	void (*was)(int) = signal(sig, SIG_GET);

	if (was != SIG_ERR && was != SIG_GET && signal(sig, SIG_GET) == SIG_GET)
		signal(sig, was);
	return (uintptr_t)was;
}

bool
gort__handlers_in(const char *base, const char *end, char *why, size_t n)
{
	static const int signals[] = {
	    SIGINT, SIGILL, SIGABRT, SIGFPE, SIGSEGV, SIGTERM};
	LPTOP_LEVEL_EXCEPTION_FILTER filter;
	unsigned i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (!gort__within(base, end, handler_of(signals[i])))
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

/* A stack's pages in use are one region, up to its base. */
static uintptr_t
stack_top(uintptr_t sp)
{
	MEMORY_BASIC_INFORMATION in;

	return VirtualQuery((void *)sp, &in, sizeof(in))
		   ? (uintptr_t)in.BaseAddress + in.RegionSize
		   : 0;
}

/*
 * Where a thread begins that has been made, in ntdll. What it is to run stands
 * in a register then: a function of the code, or one of the C run-time, which
 * has the code's in memory of its own. The latter counts as a user, too.
 */
static uintptr_t
first_function(void)
{
	return (uintptr_t)GetProcAddress(
	    GetModuleHandleA("ntdll.dll"), "RtlUserThreadStart");
}

static bool
is_user(const char *base, const char *end, const struct gort__thread_regs *regs,
    uintptr_t first)
{
	unsigned i;

	if (regs->pc == first || gort__within(base, end, regs->pc))
		return true;
	for (i = 0; i < regs->nwords; i++)
		if (gort__within(base, end, regs->word[i]))
			return true;
	return gort__stack_points_in(base, end, regs->sp, stack_top(regs->sp));
}

/* A thread that cannot be looked at counts as a user, unless it is gone. */
static bool
thread_in(const char *base, const char *end, DWORD tid, uintptr_t first)
{
	HANDLE h =
	    OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT, FALSE, tid);
	struct gort__thread_regs regs;
	bool found = true;

	if (!h)
		return GetLastError() != ERROR_INVALID_PARAMETER;
	if (SuspendThread(h) != (DWORD)-1) {
		if (gort__thread_regs(h, &regs))
			found = is_user(base, end, &regs, first);
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
	uintptr_t first = first_function();
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
		found = thread_in(base, end, te.th32ThreadID, first);
		if (found)
			snprintf(why, n, "thread %lu may be running its code",
			    (unsigned long)te.th32ThreadID);
	}
	CloseHandle(h);
	return found;
}
