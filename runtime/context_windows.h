/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a CONTEXT, and faults. Private; one variant of
 * context_win_*.c a machine.
 */
#ifndef GORT_CONTEXT_WINDOWS_H
#define GORT_CONTEXT_WINDOWS_H

#include "runtime.h"

/* What the interrupted code would give back to a caller; pc is exact. */
void gort__context_get(const CONTEXT *c, struct gort__regs *regs);

/*
 * Go on at fn as if the interrupted instruction had called it, on its own
 * stack or (hi not NULL) on another one below hi.
 */
void gort__context_call(CONTEXT *c, void (*fn)(void), char *hi);

/*
 * Is it the process's vectored handler that takes this exception, and not a
 * handler of gort__catch's frame?
 */
bool gort__fault_is_vectored(const EXCEPTION_RECORD *rec);

/*
 * An exception whose innermost boundary is gp's: if it is one of the hardware
 * and asked for, make *context go on as a panic. true: it does.
 */
bool gort__fault_take(const EXCEPTION_RECORD *rec, CONTEXT *context);

/* Of a thread: where it is, and what of its registers may be an address. */
struct gort__thread_regs {
	uintptr_t sp;
	uintptr_t pc;
	uintptr_t word[16];
	unsigned nwords;
};

/* Where a suspended thread is; false: it cannot be told. */
bool gort__thread_regs(HANDLE thread, struct gort__thread_regs *regs);

#endif
