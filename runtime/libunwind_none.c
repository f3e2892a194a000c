/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where there is no libunwind, as on musl: frames whose unwind program a row
 * cannot express are stepped over like those without one.
 */
#include "libunwind_lazy.h"

enum step
gort__libunwind_step(struct gort__regs *regs, bool is_fault)
{
	(void)regs;
	(void)is_fault;
	return STEP_SKIPPED;
}

void
gort__libunwind_load(void)
{
}
