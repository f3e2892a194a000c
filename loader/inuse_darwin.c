/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads in code that is to be unmapped: macOS. Each is suspended for the
 * moment that its stack is searched; nothing here takes a lock meanwhile.
 */
#include "inuse.h"

#include <mach/mach.h>
#include <stdio.h>

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

/* Where the region that holds sp ends; 0: none does. */
static uintptr_t
stack_top(uintptr_t sp)
{
	mach_msg_type_number_t n = VM_REGION_BASIC_INFO_COUNT_64;
	vm_region_basic_info_data_64_t info;
	vm_address_t at = sp;
	vm_size_t size;
	mach_port_t object;

	if (vm_region_64(mach_task_self(), &at, &size, VM_REGION_BASIC_INFO_64,
		(vm_region_info_t)&info, &n, &object) != KERN_SUCCESS ||
	    at > sp)
		return 0;
	return (uintptr_t)(at + size);
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
		found = gort__within(base, end, pc) ||
			gort__stack_points_in(base, end, sp, stack_top(sp));
	thread_resume(thread);
	return found;
}

bool
gort__threads_in(const char *base, const char *end, char *why, size_t n)
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
