/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who else points into code that is to be unmapped: signal handlers, and
 * threads that the code started itself: macOS. Each thread is suspended for
 * the moment that its stack is searched; nothing here takes a lock meanwhile.
 */
#include "version.h"

#include <mach/mach.h>
#include <signal.h>
#include <string.h>

#define STACK_WINDOW (256 * 1024) /* bytes searched above the stack pointer */

static bool
within(const char *base, const char *end, uintptr_t p)
{
	return p >= (uintptr_t)base && p < (uintptr_t)end;
}

static bool
handlers_in(const char *base, const char *end, char *why, size_t n)
{
	struct sigaction sa;
	uintptr_t h;
	int sig;

	for (sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &sa) != 0)
			continue;
		memcpy(&h, &sa.sa_handler, sizeof(h));
		if (within(base, end, h)) {
			snprintf(why, n, "it handles signal %d (%s)", sig,
			    strsignal(sig));
			return true;
		}
	}
	return false;
}

static bool
registers_of(thread_act_t thread, uintptr_t *sp, uintptr_t *pc)
{
#ifdef __x86_64__
	x86_thread_state64_t s;
	mach_msg_type_number_t n = x86_THREAD_STATE64_COUNT;

	if (thread_get_state(thread, x86_THREAD_STATE64, (thread_state_t)&s,
		&n) != KERN_SUCCESS)
		return false;
	*sp = s.__rsp;
	*pc = s.__rip;
#else
	arm_thread_state64_t s;
	mach_msg_type_number_t n = ARM_THREAD_STATE64_COUNT;

	if (thread_get_state(thread, ARM_THREAD_STATE64, (thread_state_t)&s,
		&n) != KERN_SUCCESS)
		return false;
	*sp = s.__sp;
	*pc = s.__pc;
#endif
	return true;
}

/* Page by page: the one that cannot be read is past the stack's end. */
static bool
stack_points_in(const char *base, const char *end, uintptr_t sp)
{
	uintptr_t words[4096 / sizeof(uintptr_t)], at = sp & ~(uintptr_t)7;
	size_t n, i;

	for (; at < sp + STACK_WINDOW; at += n) {
		n = 4096 - at % 4096;
		if (!gort__safe_read((const void *)at, words, n))
			return false;
		for (i = 0; i < n / sizeof(words[0]); i++)
			if (within(base, end, words[i]))
				return true;
	}
	return false;
}

/* A thread that cannot be looked at counts as a user, unless it is gone. */
static bool
thread_in(const char *base, const char *end, thread_act_t thread)
{
	kern_return_t rc = thread_suspend(thread);
	uintptr_t sp, pc;
	bool found = true;

	if (rc != KERN_SUCCESS)
		return rc != KERN_TERMINATED && rc != MACH_SEND_INVALID_DEST;
	if (registers_of(thread, &sp, &pc))
		found = within(base, end, pc) || stack_points_in(base, end, sp);
	thread_resume(thread);
	return found;
}

static bool
threads_in(const char *base, const char *end, char *why, size_t n)
{
	mach_port_t self = mach_thread_self();
	thread_act_array_t threads;
	mach_msg_type_number_t count, i;
	bool found = false;

	mach_port_deallocate(mach_task_self(), self);
	if (task_threads(mach_task_self(), &threads, &count) != KERN_SUCCESS) {
		snprintf(why, n,
		    "it may have started threads, and the threads of this "
		    "process cannot be listed");
		return true;
	}
	for (i = 0; i < count; i++) {
		if (!found && threads[i] != self &&
		    thread_in(base, end, threads[i])) {
			snprintf(why, n,
			    "thread port %u may be running its "
			    "code",
			    (unsigned)threads[i]);
			found = true;
		}
		mach_port_deallocate(mach_task_self(), threads[i]);
	}
	vm_deallocate(mach_task_self(), (vm_address_t)threads,
	    count * sizeof(threads[0]));
	return found;
}

bool
gort__code_in_use(
    const char *base, const char *end, bool threads, char *why, size_t n)
{
	return handlers_in(base, end, why, n) ||
	       (threads && threads_in(base, end, why, n));
}
