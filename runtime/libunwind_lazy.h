/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libunwind, loaded when a frame needs it. Private.
 *
 * Loading it with this library would double the time to the first call, and
 * few walks need it: rows of compiled code are applied by unwind.c itself.
 */
#ifndef GORT_LIBUNWIND_LAZY_H
#define GORT_LIBUNWIND_LAZY_H

#include "runtime.h"

/*
 * Take one frame off regs by libunwind. STEP_SKIPPED: it is not installed or
 * does not know the frame; regs unchanged.
 */
enum step gort__libunwind_step(struct gort__regs *regs, bool is_fault);

/* Load it now: before walks that start in a signal handler's aftermath. */
void gort__libunwind_load(void);

#endif
