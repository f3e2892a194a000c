/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Linux gives: conditions on the monotonic clock, membarrier(2), thread
 * ids.
 */
#include "../include/small.h"
#include "runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* membarrier(2); a header of the kernel's, which musl's set-ups lack */
enum {
	GLOBAL = 1 << 0,
	PRIVATE_EXPEDITED = 1 << 3,
	REGISTER_PRIVATE_EXPEDITED = 1 << 4,
};

/* A page for the substitute below; barrier_lock. */
static char *barrier_page;
static struct gort__mutex barrier_lock = GORT__MUTEX_INIT;

int
gort__tid(void)
{
	return (int)syscall(SYS_gettid);
}

/*
 * Kernels before 4.14 and some sandboxes have no expedited membarrier. On x86
 * taking write access from a page that was just written makes the kernel
 * interrupt every processor that runs this process, which is a barrier there
 * as well. (Where the hardware tells other processors of the change, as on
 * arm64, it is none.)
 */
static void
barrier_by_mprotect(void)
{
	gort__mutex_lock(&barrier_lock);
	if (!barrier_page && !(barrier_page = gort__sysalloc(4096)))
		gort__throw("no page for the barrier");
	if (mprotect(barrier_page, 4096, PROT_READ | PROT_WRITE) != 0)
		gort__throw("mprotect: %s", strerror(errno));
	*(volatile char *)barrier_page = 1;
	if (mprotect(barrier_page, 4096, PROT_READ) != 0)
		gort__throw("mprotect: %s", strerror(errno));
	gort__mutex_unlock(&barrier_lock);
}

/*
 * The kernel wants a process to register first, and with several threads
 * that takes it milliseconds (it waits for all processors to schedule): so
 * not when the library is loaded, but when the first barrier is needed. The
 * barrier over the whole system is older and takes tens of milliseconds.
 */
int
gort__membarrier(void)
{
	if (syscall(SYS_membarrier, PRIVATE_EXPEDITED, 0, 0) == 0)
		return 0;
	if (syscall(SYS_membarrier, REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
	    syscall(SYS_membarrier, PRIVATE_EXPEDITED, 0, 0) == 0)
		return 0;
	if (MPROTECT_IS_BARRIER) {
		barrier_by_mprotect();
		return 0;
	}
	if (syscall(SYS_membarrier, GLOBAL, 0, 0) == 0)
		return 0;
	return -errno;
}

/* What it guards serves as it is: its protection is set anew each time. */
void
gort__barrier_forked(void)
{
	gort__mutex_init(&barrier_lock);
}

/*
 * May the 8 bytes at an address be read? The kernel looks at the signal set
 * before it finds that it is not told what to do with it.
 */
static bool
is_readable(uintptr_t at)
{
	return syscall(SYS_rt_sigprocmask, -1, at & ~(uintptr_t)7, NULL, 8) ==
		   0 ||
	       errno != EFAULT;
}

/*
 * For sandboxes and emulators without process_vm_readv. Between the look and
 * the copy another thread could unmap the page; what is read here are stacks.
 */
static bool
read_by_probing(const void *from, void *to, size_t n)
{
	uintptr_t at = (uintptr_t)from, end = at + n;

	/* no signal set at all is no error */
	if (at < 4096 || end < at)
		return false;
	for (; at < end; at = (at | 4095) + 1)
		if (!is_readable(at))
			return false;
	memcpy(to, from, n);
	return true;
}

bool
gort__safe_read(const void *from, void *to, size_t n)
{
	struct iovec local = {.iov_base = to, .iov_len = n};
	struct iovec remote = {
	    .iov_base = (void *)(uintptr_t)from, .iov_len = n};
	int saved = errno;
	bool ok;

	ok = process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)n;
	if (!ok && (errno == ENOSYS || errno == EPERM))
		ok = read_by_probing(from, to, n);
	errno = saved;
	return ok;
}

void
gort__cond_init(struct gort__cond *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->c, &attr);
	pthread_condattr_destroy(&attr);
}

void
gort__cond_broadcast(struct gort__cond *c)
{
	pthread_cond_broadcast(&c->c);
}

/* Not a cancellation point: a cancelled thread would keep the lock. */
bool
gort__cond_wait(
    struct gort__cond *c, struct gort__mutex *m, int64_t deadline_ns)
{
	struct timespec ts;
	int rc, cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (deadline_ns == INT64_MAX) {
		rc = pthread_cond_wait(&c->c, &m->m);
	} else {
		ts.tv_sec = (time_t)(deadline_ns / 1000000000);
		ts.tv_nsec = (long)(deadline_ns % 1000000000);
		rc = pthread_cond_timedwait(&c->c, &m->m, &ts);
	}
	pthread_setcancelstate(cancel, &cancel);
	return rc != ETIMEDOUT;
}

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3: executable even if not by default */
#endif

/* Not 0 to 2: a daemon that has closed those expects the next files there. */
int
gort__memfd(const char *name)
{
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create(name, flags | MFD_EXEC), low = fd;

	if (fd < 0 && errno == EINVAL)
		fd = low = memfd_create(name, flags);
	if (fd >= 0 && fd <= STDERR_FILENO) {
		fd = fcntl(low, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		close(low);
	}
	return fd;
}

/*
 * Where memory that was writable may not become executable (systemd's
 * MemoryDenyWriteExecute, PR_SET_MDWE, SELinux's execmem), files still may.
 */
static int
exec_as_file(void *p, size_t n)
{
	int fd = gort__memfd("gort:code"), rc = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, p, n) != (ssize_t)n ||
	    mmap(p, n, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
		MAP_FAILED)
		rc = -errno;
	close(fd);
	return rc;
}

int
gort__sysexec(void *p, size_t n)
{
	char *code = p;
	int rc = 0;

	if (mprotect(p, n, PROT_READ | PROT_EXEC) != 0)
		rc = exec_as_file(p, n);
	/* where instructions are cached apart from data */
	__builtin___clear_cache(code, code + n);
	return rc;
}

/* It is linked with -z nodelete. */
void
gort__pin_library(void)
{
}

bool
gort__random(void *p, size_t n)
{
	return syscall(SYS_getrandom, p, n, 0) == (long)n;
}

void
gort__fail_fast(void)
{
	abort();
}
