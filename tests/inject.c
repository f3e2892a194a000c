/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Failures on demand, for test_inject, which holds this file, and for the gort
 * command by LD_PRELOAD: INJECT_AT=n, INJECT_ONWARDS=1; INJECT_LOG is a file
 * that says what failed. Calls count where the caller is libgort or an unwinder
 * of its, or the program itself by INJECT_MAIN=1; what the C library and the
 * dynamic linker call in turn does not. glibc only: its malloc has second names.
 */
#include "inject.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);
extern void __libc_free(void *p);

static _Atomic bool armed, asked;
static _Atomic long seen, live, mapped;
static long at;
static bool onwards, also_main;
static _Atomic bool told; /* which the first was */
static char what[128];    /* who counted up to at */

static void
write_log(void)
{
	const char *path = getenv("INJECT_LOG");
	long fd;

	if (!path)
		return;
	fd = syscall(
	    SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	syscall(SYS_write, fd, what, strlen(what));
	syscall(SYS_write, fd, "\n", 1);
	syscall(SYS_close, fd);
}

/* The first call may be of a constructor before any of this program's. */
static void
ask_environment(void)
{
	const char *n = getenv("INJECT_AT");

	at = n ? atol(n) : 0;
	onwards = getenv("INJECT_ONWARDS") != NULL;
	also_main = getenv("INJECT_MAIN") != NULL;
	atomic_store(&armed, n != NULL);
}

/* glibc's dynamic linker ends the process where it has no memory for TLS. */
static bool
is_counted(const char *file)
{
	return strstr(file, "/libgort.so") || strstr(file, "/libgcc_s.so") ||
	       strstr(file, "/libunwind.so") || (also_main && !*file);
}

/* Is this call, of a function by this name, to fail? */
static bool
fails(const char *name, void *caller)
{
	struct dl_find_object o;
	const char *file;
	long k;

	if (!atomic_exchange(&asked, true))
		ask_environment();
	if (!atomic_load(&armed) || _dl_find_object(caller, &o) != 0)
		return false;
	file = o.dlfo_link_map->l_name;
	if (!is_counted(file))
		return false;
	k = atomic_fetch_add(&seen, 1) + 1;
	if (k == at) {
		file = strrchr(file, '/');
		snprintf(what, sizeof(what), "%s from %s+%#lx", name,
		    file ? file + 1 : "the program",
		    (unsigned long)((char *)caller -
				    (char *)o.dlfo_link_map->l_addr));
		write_log();
		atomic_store(&told, true);
	}
	if (k <= at || !onwards)
		return k == at;
	/* another thread's may end the process */
	while (at > 0 && !atomic_load(&told))
		sched_yield();
	return true;
}

void
inject_arm(long n, bool all_later)
{
	atomic_store(&asked, true);
	at = n;
	onwards = all_later;
	what[0] = '\0';
	atomic_store(&seen, 0);
	atomic_store(&told, false);
	atomic_store(&armed, true);
}

const char *
inject_disarm(void)
{
	atomic_store(&armed, false);
	return what[0] ? what : NULL;
}

long
inject_live(void)
{
	return atomic_load(&live);
}

long
inject_mapped(void)
{
	return atomic_load(&mapped);
}

/* dlsym's result as a function; the C library has all of these. */
static void *
real(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (!p)
		abort();
	return p;
}
#define REAL(fn) \
	static __typeof__(fn) *real_##fn; \
	if (!real_##fn) \
	*(void **)(void *)&real_##fn = real(#fn)
#define FAILS(fn) fails(#fn, __builtin_return_address(0))
#define FAIL(fn, error, result) \
	do { \
		if (FAILS(fn)) { \
			errno = (error); \
			return (result); \
		} \
	} while (0)

static void *
counted(void *p)
{
	if (p)
		atomic_fetch_add(&live, 1);
	return p;
}

void *
malloc(size_t n)
{
	FAIL(malloc, ENOMEM, NULL);
	return counted(__libc_malloc(n));
}

void *
calloc(size_t n, size_t size)
{
	FAIL(calloc, ENOMEM, NULL);
	return counted(__libc_calloc(n, size));
}

void *
realloc(void *p, size_t n)
{
	FAIL(realloc, ENOMEM, NULL);
	return p ? __libc_realloc(p, n) : counted(__libc_malloc(n));
}

void
free(void *p)
{
	if (p)
		atomic_fetch_sub(&live, 1);
	__libc_free(p);
}

char *
strdup(const char *s)
{
	char *p;

	FAIL(strdup, ENOMEM, NULL);
	p = counted(__libc_malloc(strlen(s) + 1));
	return p ? strcpy(p, s) : NULL;
}

static long
whole(size_t n)
{
	return (long)((n + 4095) & ~(size_t)4095);
}

void *
mmap(void *to, size_t n, int prot, int flags, int fd, off_t off)
{
	void *p;

	REAL(mmap);
	FAIL(mmap, ENOMEM, MAP_FAILED);
	p = real_mmap(to, n, prot, flags, fd, off);
	if (p != MAP_FAILED && !(flags & MAP_FIXED))
		atomic_fetch_add(&mapped, whole(n));
	return p;
}

int
munmap(void *p, size_t n)
{
	REAL(munmap);
	atomic_fetch_sub(&mapped, whole(n));
	return real_munmap(p, n);
}

int
mprotect(void *p, size_t n, int prot)
{
	REAL(mprotect);
	FAIL(mprotect, ENOMEM, -1);
	return real_mprotect(p, n, prot);
}

int
open(const char *path, int flags, ...)
{
	va_list ap;
	int mode;

	REAL(open);
	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	FAIL(open, EMFILE, -1);
	return real_open(path, flags, mode);
}

int
memfd_create(const char *name, unsigned flags)
{
	REAL(memfd_create);
	FAIL(memfd_create, EMFILE, -1);
	return real_memfd_create(name, flags);
}

int
fstat(int fd, struct stat *st)
{
	REAL(fstat);
	FAIL(fstat, EIO, -1);
	return real_fstat(fd, st);
}

ssize_t
read(int fd, void *to, size_t n)
{
	REAL(read);
	FAIL(read, EIO, -1);
	return real_read(fd, to, n);
}

ssize_t
pread(int fd, void *to, size_t n, off_t off)
{
	REAL(pread);
	FAIL(pread, EIO, -1);
	return real_pread(fd, to, n, off);
}

ssize_t
sendfile(int to, int from, off_t *off, size_t n)
{
	REAL(sendfile);
	FAIL(sendfile, ENOSPC, -1);
	return real_sendfile(to, from, off, n);
}

/* Sealing takes a number. */
int
fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	REAL(fcntl);
	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	FAIL(fcntl, EBUSY, -1);
	return real_fcntl(fd, cmd, arg);
}

FILE *
fopen(const char *path, const char *mode)
{
	REAL(fopen);
	FAIL(fopen, EMFILE, NULL);
	return real_fopen(path, mode);
}

DIR *
opendir(const char *path)
{
	REAL(opendir);
	FAIL(opendir, EMFILE, NULL);
	return real_opendir(path);
}

int
pthread_create(
    pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	REAL(pthread_create);
	if (FAILS(pthread_create))
		return EAGAIN;
	return real_pthread_create(t, attr, fn, arg);
}

int
pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	REAL(pthread_key_create);
	if (FAILS(pthread_key_create))
		return EAGAIN;
	return real_pthread_key_create(key, destructor);
}

int
pthread_setspecific(pthread_key_t key, const void *value)
{
	REAL(pthread_setspecific);
	if (FAILS(pthread_setspecific))
		return ENOMEM;
	return real_pthread_setspecific(key, value);
}

int
pthread_getattr_np(pthread_t t, pthread_attr_t *attr)
{
	REAL(pthread_getattr_np);
	if (FAILS(pthread_getattr_np))
		return ENOMEM;
	return real_pthread_getattr_np(t, attr);
}

int
pthread_attr_init(pthread_attr_t *attr)
{
	REAL(pthread_attr_init);
	if (FAILS(pthread_attr_init))
		return ENOMEM;
	return real_pthread_attr_init(attr);
}

/* To ask for what is there cannot fail. */
int
sigaction(int sig, const struct sigaction *sa, struct sigaction *old)
{
	REAL(sigaction);
	if (sa)
		FAIL(sigaction, EINVAL, -1);
	return real_sigaction(sig, sa, old);
}

int
sigaltstack(const stack_t *ss, stack_t *old)
{
	REAL(sigaltstack);
	FAIL(sigaltstack, ENOMEM, -1);
	return real_sigaltstack(ss, old);
}

/* The dynamic linker's own failures are its business. */
void *
dlopen(const char *path, int flags)
{
	REAL(dlopen);
	if (FAILS(dlopen))
		return real_dlopen("/nowhere/injected.so", flags);
	return real_dlopen(path, flags);
}
