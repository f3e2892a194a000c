/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the runtime asks of an operating system: locks, once, a thread's own
 * word with a destructor, time, threads, pages. One os_*.h and os_*.c a
 * system; a lock that is static needs no call to be ready.
 */
#ifndef GORT_OS_H
#define GORT_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../abi/abi.h"

#ifdef _WIN32
#include "os_windows.h"
#else
#include "os_unix.h"
#endif

/*
 * Declared by os_unix.h or os_windows.h as inline functions:
 *
 *	struct gort__mutex m = GORT__MUTEX_INIT;	not recursive
 *	gort__mutex_init, _lock, _unlock(&m)
 *	struct gort__once o = GORT__ONCE_INIT;
 *	gort__once(&o, fn)
 *
 * On Unix also gort__may_wait, gort__in_loader and gort__unload_waits below,
 * where each has one answer.
 */

/* A condition on the monotonic clock. Static, made ready by a call. */
void gort__cond_init(struct gort__cond *c);
void gort__cond_broadcast(struct gort__cond *c);

/*
 * Sleep; m held, and held again. deadline: gort__nanotime() or INT64_MAX.
 * false: the deadline has passed. Not a cancellation point.
 */
bool gort__cond_wait(
    struct gort__cond *c, struct gort__mutex *m, int64_t deadline_ns);

/*
 * The word of a thread whose destructor runs when the thread ends with it not
 * NULL, and none after gort__threadword_delete(). One in the process. 0 or
 * -errno.
 */
int gort__threadword_create(void (*destructor)(void *));
void gort__threadword_delete(void);
int gort__threadword_set(void *p);

/*
 * Is pc in the code of the system's loader? Of a thread for which
 * gort__may_wait() is false.
 */
bool gort__in_loader(uintptr_t pc);

/* End the calling thread as the system has it; its result is 0, or NULL. */
_Noreturn void gort__threadexit(void);

int64_t gort__nanotime(void); /* monotonic, ns */

/*
 * Look for done(arg) without sleeping, for at most ns; whether it came true.
 * For waits that are shorter than a wake-up. No locks held.
 */
bool gort__spin(bool (*done)(const void *), const void *arg, int64_t ns);

/* INT64_MAX for a negative timeout_ms. */
int64_t gort__deadline(int timeout_ms);

/* The number of the calling thread, as the system's tools show it. */
int gort__tid(void);

/* What a new thread is started with, and finds out. */
struct gort__threadstart {
	struct g *g;               /* what it runs */
	struct m *m;               /* whose thread it is */
	void (*fn)(void);          /* its body */
	size_t stacksize;          /* newosproc: what it asked for, bytes */
	struct gort__bounds stack; /* the new thread: stackguard and */
				   /* stackbase; lo NULL: cannot tell */
};

/*
 * Start a thread that nobody joins; it fills in ts->stack and calls
 * gort__mstart(ts). The caller keeps *ts until then: gort__newm() has it in
 * the m. 0, or -errno of what refused (EAGAIN, ENOMEM, EPERM).
 */
int gort__newosproc(struct gort__threadstart *ts);

/* m.c: what a thread of the runtime's own runs, from its first frame on. */
void gort__mstart(struct gort__threadstart *ts);

/* Where a process can fork: POSIX's pthread_atfork. 0 or -errno. */
int gort__atfork(
    void (*prepare)(void), void (*parent)(void), void (*child)(void));

/*
 * Every thread of the process passes a full barrier before this returns. 0,
 * or -errno where the system has no way to do that.
 */
int gort__membarrier(void);

/* Child of a fork: another thread may have been in it. */
void gort__barrier_forked(void);

/* The unit of what follows, in bytes: a power of two, at least 4096. */
size_t gort__pagesize(void);

/* Zeroed pages, or NULL. Untouched ones cost nothing. */
void *gort__sysalloc(size_t n);
void gort__sysfree(void *p, size_t n);

/* Let pages be executed and no longer written. 0 or -errno. */
int gort__sysexec(void *p, size_t n);

/* Linux: a file in memory that may be executed and sealed. -1: errno. */
int gort__memfd(const char *name);

/* Copy n bytes from an address that may not be mapped: did it work? */
bool gort__safe_read(const void *from, void *to, size_t n);

/*
 * May the caller sleep until another thread has done something? Not under
 * Windows' loader lock, which a thread needs to start and to load.
 */
bool gort__may_wait(void);

/*
 * May a module's destructor hold up its own unloading for as long as there
 * are calls inside? Windows: yes, since a DLL that goes under a thread ends
 * the process. Else not for ever: the dynamic linker's lock is held, which
 * those calls may be waiting for.
 */
bool gort__unload_waits(void);

/* Is the process about to end, its other threads gone in mid-course? */
bool gort__process_ends(void);

/* This library is not unmapped any more, whoever closes it. */
void gort__pin_library(void);

#if defined(__linux__) || defined(_WIN32)
/* Fill p with n bytes that nobody can guess; false: the system gives none. */
bool gort__random(void *p, size_t n);

/*
 * The stack is not what it was: end the process at once, by SIGABRT or with
 * STATUS_STACK_BUFFER_OVERRUN.
 */
_Noreturn void gort__fail_fast(void);
#endif

/* Write to standard error, without stdio and locks; all or nothing is lost. */
void gort__write_stderr(const char *s, size_t n);

#endif
