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

/* Go on at fn as if the interrupted instruction had called it. */
void gort__context_call(CONTEXT *c, void (*fn)(void));

/*
 * Let faults come to gort__fault_take, or do not any more; may be called
 * again. false: no memory.
 */
bool gort__fault_hook(bool on);

/*
 * An exception whose innermost boundary is gp's: if it is one of the hardware
 * and asked for, make *context go on as a panic. true: it does.
 */
bool gort__fault_take(const EXCEPTION_RECORD *rec, CONTEXT *context);

/* Where a suspended thread is; false: it cannot be told. */
bool gort__thread_regs(HANDLE thread, struct gort__regs *regs);

#endif
