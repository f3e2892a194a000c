/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unwinding on macOS: by libSystem's unwinder, which reads compact unwind data
 * and DWARF alike. No row is expressed here, so every frame is a full step;
 * the cache keeps who has landing pads.
 */
#include "runtime.h"
#include "libunwind_darwin.h"

#include <string.h>

/* A cursor at a frame; pc is in the function, not behind its call. */
static bool
cursor_at(struct unw_cursor *c, const struct gort__regs *regs, uintptr_t pc)
{
	struct unw_context here;
	int i;

	if (unw_getcontext(&here) != 0 || unw_init_local(c, &here) != 0)
		return false;
	for (i = 0; i < REGS_KEPT; i++)
		if (unw_set_reg(c, gort__kept_dwarf(i), regs->r[i]) != 0)
			return false;
	/* the pc last: it makes the cursor look for unwind data */
	return unw_set_reg(c, UNW_SP, regs->sp) == 0 &&
	       unw_set_reg(c, UNW_IP, pc) == 0;
}

bool
gort__cfi_row(uintptr_t pc, struct cfirow *row)
{
	static const struct gort__regs none;
	struct unw_proc_info info;
	struct unw_cursor c;

	memset(row, 0, sizeof(*row));
	memset(&info, 0, sizeof(info));
	if (!cursor_at(&c, &none, pc) || unw_get_proc_info(&c, &info) != 0 ||
	    pc < info.start_ip || pc >= info.end_ip)
		return false;
	row->hard = 1;
	row->pad = info.lsda != 0;
	row->signal = unw_is_signal_frame(&c) > 0;
	return true;
}

const bool gort__full_step_locks = false;

enum step
gort__full_step(struct gort__regs *regs, bool is_fault)
{
	uintptr_t pc = is_fault ? regs->pc : regs->pc - 1;
	uint64_t ip = 0, sp = 0, v;
	struct unw_cursor c;
	int i;

	if (!cursor_at(&c, regs, pc))
		return STEP_SKIPPED;
	i = unw_step(&c);
	if (i < 0)
		return STEP_SKIPPED;
	if (i == 0 || unw_get_reg(&c, UNW_IP, &ip) != 0 ||
	    unw_get_reg(&c, UNW_SP, &sp) != 0 || !ip ||
	    (ip == regs->pc && sp == regs->sp))
		return STEP_END;
	regs->pc = (uintptr_t)ip;
	regs->sp = (uintptr_t)sp;
	for (i = 0; i < REGS_KEPT; i++)
		if (unw_get_reg(&c, gort__kept_dwarf(i), &v) == 0)
			regs->r[i] = (uintptr_t)v;
	return STEP_OK;
}

/* It is libSystem's. */
void
gort__full_step_load(void)
{
}
