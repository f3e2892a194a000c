/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What macOS gives: conditions with relative times, Mach's calls for threads
 * and memory. Compiled and linked by the target check; never run.
 */
#include "runtime.h"

#include <dlfcn.h>
#include <errno.h>
#include <libkern/OSCacheControl.h>
#include <mach/mach.h>
#include <sys/mman.h>

/* mach/thread_act.h of later systems; in libsystem_kernel since 10.14 */
kern_return_t thread_get_register_pointer_values(
    thread_t thread, uintptr_t *sp, size_t *length, uintptr_t *values);

int
gort__tid(void)
{
	uint64_t id = 0;

	pthread_threadid_np(NULL, &id);
	return (int)id;
}

void
gort__cond_init(struct gort__cond *c)
{
	pthread_cond_init(&c->c, NULL);
}

void
gort__cond_broadcast(struct gort__cond *c)
{
	pthread_cond_broadcast(&c->c);
}

/*
 * macOS has no conditions on another clock, but waits that are relative. Not
 * a cancellation point: a cancelled thread would keep the lock.
 */
bool
gort__cond_wait(
    struct gort__cond *c, struct gort__mutex *m, int64_t deadline_ns)
{
	struct timespec ts;
	int64_t left;
	int rc, cancel;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	if (deadline_ns == INT64_MAX) {
		rc = pthread_cond_wait(&c->c, &m->m);
	} else {
		left = deadline_ns - gort__nanotime();
		if (left < 0)
			left = 0;
		ts.tv_sec = (time_t)(left / 1000000000);
		ts.tv_nsec = (long)(left % 1000000000);
		rc = pthread_cond_timedwait_relative_np(&c->c, &m->m, &ts);
	}
	pthread_setcancelstate(cancel, &cancel);
	return rc != ETIMEDOUT;
}

/* One thread's registers are read: it is stopped for that, a barrier. */
static int
interrupt(thread_t thread)
{
	uintptr_t sp, values[128];
	size_t n = sizeof(values) / sizeof(values[0]);
	kern_return_t rc =
	    thread_get_register_pointer_values(thread, &sp, &n, values);

	/* too many for values: it was stopped all the same; or it is gone */
	if (rc == KERN_SUCCESS || rc == KERN_INSUFFICIENT_BUFFER_SIZE ||
	    rc == KERN_INVALID_ARGUMENT || rc == KERN_TERMINATED)
		return 0;
	return -EPERM;
}

/* No call does it for all threads at once. */
int
gort__membarrier(void)
{
	thread_act_array_t threads;
	mach_msg_type_number_t n, i;
	int rc = 0;

	if (task_threads(mach_task_self(), &threads, &n) != KERN_SUCCESS)
		return -EAGAIN;
	for (i = 0; i < n; i++) {
		int one = interrupt(threads[i]);

		rc = rc ? rc : one;
		mach_port_deallocate(mach_task_self(), threads[i]);
	}
	vm_deallocate(
	    mach_task_self(), (vm_address_t)threads, n * sizeof(threads[0]));
	return rc;
}

void
gort__barrier_forked(void)
{
}

int
gort__sysexec(void *p, size_t n)
{
	sys_icache_invalidate(p, n);
	return mprotect(p, n, PROT_READ | PROT_EXEC) == 0 ? 0 : -errno;
}

bool
gort__safe_read(const void *from, void *to, size_t n)
{
	vm_size_t done = 0;

	return vm_read_overwrite(mach_task_self(), (vm_address_t)from, n,
		   (vm_address_t)to, &done) == KERN_SUCCESS &&
	       done == n;
}

/* A reference that says so; nothing else keeps it. */
void
gort__pin_library(void)
{
	Dl_info dl;

	if (dladdr((const void *)(uintptr_t)gort__pin_library, &dl) &&
	    dl.dli_fname)
		dlopen(dl.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}
