/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Windows gives: time, threads, pages, and the word of a thread, which
 * goes by a TLS callback: that works in a DLL and in a program alike.
 */
#define _CRT_RAND_S /* rand_s() */
#include "runtime.h"
#include "objbounds.h"
#include "teb.h"

#include <errno.h>
#include <process.h>
#include <stdlib.h>
#include <string.h>

static DWORD threadword = TLS_OUT_OF_INDEXES;
static void (*_Atomic destructor)(void *);

int64_t
gort__nanotime(void)
{
	static _Atomic int64_t frequency; /* fixed when the system starts */
	int64_t hz = atomic_load_explicit(&frequency, memory_order_relaxed);
	LARGE_INTEGER n;

	if (!hz) {
		QueryPerformanceFrequency(&n);
		hz = n.QuadPart;
		atomic_store_explicit(&frequency, hz, memory_order_relaxed);
	}
	QueryPerformanceCounter(&n);
	/* whole seconds apart: the product would wrap in 15 minutes */
	return n.QuadPart / hz * 1000000000 + n.QuadPart % hz * 1000000000 / hz;
}

int64_t
gort__deadline(int timeout_ms)
{
	if (timeout_ms < 0)
		return INT64_MAX;
	return gort__nanotime() + (int64_t)timeout_ms * 1000000;
}

bool
gort__spin(bool (*done)(const void *), const void *arg, int64_t ns)
{
	int64_t end = 0, now;

	while (!done(arg)) {
		now = gort__nanotime();
		if (!end)
			end = now + ns;
		if (now >= end)
			return false;
		SwitchToThread();
	}
	return true;
}

void
gort__cond_init(struct gort__cond *c)
{
	InitializeConditionVariable(&c->c);
}

void
gort__cond_broadcast(struct gort__cond *c)
{
	WakeAllConditionVariable(&c->c);
}

bool
gort__cond_wait(
    struct gort__cond *c, struct gort__mutex *m, int64_t deadline_ns)
{
	int64_t left = INT64_MAX;
	DWORD ms = INFINITE;

	if (deadline_ns != INT64_MAX) {
		left = deadline_ns - gort__nanotime();
		if (left <= 0)
			return false;
		/* up: a wait that ends too early would be repeated */
		left = (left + 999999) / 1000000;
		ms = left < INFINITE ? (DWORD)left : INFINITE - 1;
	}
	return SleepConditionVariableSRW(&c->c, &m->m, ms, 0) ||
	       GetLastError() != ERROR_TIMEOUT;
}

static unsigned __stdcall thread_start(void *arg)
{
	struct gort__threadstart *ts = arg;
	char *lo = *teb_deallocation();

	/* as gort__threadstack(): the lowest pages are the guard's */
	ts->stack.lo = lo ? lo + STACK_GUARD : NULL;
	ts->stack.hi = teb()->base;
	gort__mstart(ts);
	return 0;
}

int
gort__newosproc(struct gort__threadstart *ts)
{
	uintptr_t h;

	errno = 0;
	ts->stacksize = 0;
	h = _beginthreadex(NULL, 0, thread_start, ts, 0, NULL);
	if (!h)
		return errno ? -errno : -EAGAIN;
	CloseHandle((HANDLE)h);
	return 0;
}

/* Whoever began it: what the C runtime keeps for the thread goes too. */
_Noreturn void
gort__threadexit(void)
{
	_endthreadex(0);
	__builtin_unreachable();
}

/* No process forks here. */
int
gort__atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	(void)prepare;
	(void)parent;
	(void)child;
	return 0;
}

int
gort__threadword_create(void (*fn)(void *))
{
	if (gort__tls_init() != 0)
		return -EAGAIN;
	threadword = TlsAlloc();
	if (threadword == TLS_OUT_OF_INDEXES)
		return -EAGAIN;
	atomic_store(&destructor, fn);
	return 0;
}

/* The slot stays: a thread that ends now may be looking at it. */
void
gort__threadword_delete(void)
{
	atomic_store(&destructor, NULL);
}

int
gort__threadword_set(void *p)
{
	if (gort__tls_reserve() != 0 || !TlsSetValue(threadword, p))
		return -ENOMEM;
	return 0;
}

/* Of each thread that ends, on that thread, under the loader lock. */
static void NTAPI
on_thread(PVOID module, DWORD reason, PVOID reserved)
{
	void (*fn)(void *) = atomic_load(&destructor);
	void *word;

	(void)module;
	(void)reserved;
	if (reason != DLL_THREAD_DETACH || !fn)
		return;
	word = TlsGetValue(threadword);
	if (!word)
		return;
	TlsSetValue(threadword, NULL);
	fn(word);
}

/* PE Format, "The .tls Section": the C runtime's list of TLS callbacks. */
__attribute__((section(".CRT$XLG"),
    used)) static const PIMAGE_TLS_CALLBACK tls_callback = on_thread;

int
gort__tid(void)
{
	return (int)GetCurrentThreadId();
}

/*
 * Wine 8 leaves FlushProcessWriteBuffers empty. Taking write access from a
 * page that was just written makes the kernel interrupt every processor that
 * runs this process, on Windows as on Linux; drains are rare.
 */
int
gort__membarrier(void)
{
	static struct gort__mutex lock = GORT__MUTEX_INIT;
	static char *page;
	DWORD old;

	FlushProcessWriteBuffers();
	gort__mutex_lock(&lock);
	if (!page && !(page = gort__sysalloc(4096)))
		gort__throw("no page for the barrier");
	if (!VirtualProtect(page, 4096, PAGE_READWRITE, &old))
		gort__throw("VirtualProtect: error %lu", GetLastError());
	*(volatile char *)page = 1;
	if (!VirtualProtect(page, 4096, PAGE_READONLY, &old))
		gort__throw("VirtualProtect: error %lu", GetLastError());
	gort__mutex_unlock(&lock);
	return 0;
}

void
gort__barrier_forked(void)
{
}

size_t
gort__pagesize(void)
{
	SYSTEM_INFO si;

	GetSystemInfo(&si);
	return si.dwPageSize;
}

void *
gort__sysalloc(size_t n)
{
	return VirtualAlloc(NULL, n, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void
gort__sysfree(void *p, size_t n)
{
	(void)n;
	VirtualFree(p, 0, MEM_RELEASE);
}

int
gort__sysexec(void *p, size_t n)
{
	DWORD old;

	if (!VirtualProtect(p, n, PAGE_EXECUTE_READ, &old))
		return -EACCES;
	FlushInstructionCache(GetCurrentProcess(), p, n);
	return 0;
}

bool
gort__safe_read(const void *from, void *to, size_t n)
{
	SIZE_T done;

	return ReadProcessMemory(GetCurrentProcess(), from, to, n, &done) &&
	       done == n;
}

void
gort__write_stderr(const char *s, size_t n)
{
	HANDLE h = GetStdHandle(STD_ERROR_HANDLE);
	DWORD done;

	while (n > 0 && WriteFile(h, s, (DWORD)n, &done, NULL) && done > 0) {
		s += done;
		n -= done;
	}
}

/* PEB.LoaderLock names its owner; only its own thread finds itself there. */
bool
gort__may_wait(void)
{
	const char *peb = gort__tls_word(TEB_PEB);
	const CRITICAL_SECTION *lock =
	    *(const CRITICAL_SECTION *const *)(const void *)(peb +
							     PEB_LOADER_LOCK);

	return !lock ||
	       (DWORD)(uintptr_t)lock->OwningThread != GetCurrentThreadId();
}

bool
gort__in_loader(uintptr_t pc)
{
	const char *base, *end;

	return gort__object_bounds(
		   GetModuleHandleA("ntdll.dll"), &base, &end) &&
	       pc - (uintptr_t)base < (uintptr_t)(end - base);
}

bool
gort__unload_waits(void)
{
	return true;
}

/*
 * At the end of a process the other threads are gone before DLLs are told:
 * what they held stays locked.
 */
bool
gort__process_ends(void)
{
	FARPROC p = GetProcAddress(
	    GetModuleHandleA("ntdll.dll"), "RtlDllShutdownInProgress");
	BOOLEAN(NTAPI * in_progress)(void);

	if (!p)
		return false;
	memcpy(&in_progress, &p, sizeof(in_progress));
	return in_progress();
}

void
gort__pin_library(void)
{
	HMODULE h;

	GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_PIN |
			       GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
	    (LPCSTR)(uintptr_t)&tls_callback, &h);
}

bool
gort__random(void *p, size_t n)
{
	unsigned word;
	size_t some;

	for (; n; p = (char *)p + some, n -= some) {
		some = n < sizeof(word) ? n : sizeof(word);
		if (rand_s(&word) != 0)
			return false;
		memcpy(p, &word, some);
	}
	return true;
}

void
gort__fail_fast(void)
{
	/* __fastfail(), which mingw's headers lack */
	__asm__ volatile(
	    "int $0x29" ::"c"(FAST_FAIL_STACK_COOKIE_CHECK_FAILURE));
	__builtin_unreachable();
}
