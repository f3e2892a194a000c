/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where there is no libunwind, as on musl: frames whose unwind program a row
 * cannot express are stepped over like those without one.
 */
#include "runtime.h"

const bool gort__full_step_locks = false;

enum step
gort__full_step(struct gort__regs *regs, bool is_fault)
{
	(void)regs;
	(void)is_fault;
	return STEP_SKIPPED;
}

void
gort__full_step_load(void)
{
}
