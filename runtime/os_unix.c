/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every Unix gives: time, threads, pages.
 */
#include "../include/small.h"
#include "runtime.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int64_t
gort__nanotime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
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
		/* on one core, who is waited for must get it */
		sched_yield();
	}
	return true;
}

/*
 * The new thread's stackbase is this frame. Above it lie the system's own
 * things (static TLS, descriptor), below its end the guard: an eighth of the
 * whole, and at least 16 KiB, is left for both. Static TLS may be larger than
 * that; on x86 it lies below the descriptor, whose address the thread's handle
 * is. To ask exactly costs glibc a malloc, which on a new thread is an arena:
 * 20 us and 76 KiB, measured. So that is for those who need it,
 * gort__threadstack(), and for who is left with too little to tell: no bounds.
 */
static struct gort__bounds
stack_below(char *base, size_t size)
{
	struct gort__bounds b = {NULL, NULL};
	size_t kept = size / 8 < 16384 ? 16384 : size / 8;
	size_t above = (size_t)((uintptr_t)pthread_self() - (uintptr_t)base);

	if (above < size) /* else the descriptor is not there */
		size -= above;
	if (size > 2 * kept)
		b = (struct gort__bounds){base - (size - kept), base};
	return b;
}

/* A thread just returns: pthread_exit would load libgcc_s. */
static void *
thread_start(void *arg)
{
	struct gort__threadstart *ts = arg;

	ts->stack = stack_below(__builtin_frame_address(0), ts->stacksize);
	gort__mstart(ts);
	return NULL;
}

_Noreturn void
gort__threadexit(void)
{
	pthread_exit(NULL);
}

/*
 * The host's signals are not for our thread, so it starts with all blocked
 * but those that an instruction of its own can raise: blocked, they kill.
 */
int
gort__newosproc(struct gort__threadstart *ts)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t t;
	int rc;

	rc = pthread_attr_init(&attr);
	if (rc)
		return -rc;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ts->stacksize = 0;
	pthread_attr_getstacksize(&attr, &ts->stacksize);
	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	sigdelset(&all, SIGTRAP);
	sigdelset(&all, SIGABRT);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&t, &attr, thread_start, ts);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return -rc;
}

/*
 * glibc's pthread_atfork is a piece of libc_nonshared.a that lies far from all
 * that runs at start, and calls this (LSB 5.0, "__register_atfork").
 */
#if defined(__GLIBC__) && defined(PIC)
extern void *__dso_handle;
int __register_atfork(void (*prepare)(void), void (*parent)(void),
    void (*child)(void), void *dso);
#define pthread_atfork(prepare, parent, child) \
	__register_atfork(prepare, parent, child, &__dso_handle)
#endif

int
gort__atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
	return -pthread_atfork(prepare, parent, child);
}

static pthread_key_t threadword;

int
gort__threadword_create(void (*destructor)(void *))
{
	return -pthread_key_create(&threadword, destructor);
}

void
gort__threadword_delete(void)
{
	pthread_key_delete(threadword);
}

int
gort__threadword_set(void *p)
{
	return -pthread_setspecific(threadword, p);
}

size_t
gort__pagesize(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

void *
gort__sysalloc(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void
gort__sysfree(void *p, size_t n)
{
	munmap(p, n);
}

bool
gort__process_ends(void)
{
	return false;
}

void
gort__write_stderr(const char *s, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(STDERR_FILENO, s, n);
		if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			s += done;
			n -= (size_t)done;
		}
	}
}
