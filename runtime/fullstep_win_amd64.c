/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking a frame off by the system's own unwinder: Windows amd64.
 */
#include "runtime.h"

#include <string.h>

static DWORD64 *
kept(CONTEXT *c, int column)
{
	/* CONTEXT has them in the order of their numbers */
	return &c->Rax + gort__kept_dwarf(column);
}

/* A function without unwind data is a leaf, if the fault is in it. */
static bool
leave_leaf(CONTEXT *c)
{
	if (!gort__safe_read((const void *)c->Rsp, &c->Rip, sizeof(c->Rip)))
		return false;
	c->Rsp += sizeof(c->Rip);
	return true;
}

enum step
gort__full_step(struct gort__regs *regs, bool is_fault)
{
	RUNTIME_FUNCTION *fn;
	DWORD64 base, frame;
	void *data;
	CONTEXT c;
	int i;

	memset(&c, 0, sizeof(c));
	c.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
	c.Rip = regs->pc;
	c.Rsp = regs->sp;
	for (i = 0; i < REGS_KEPT; i++)
		*kept(&c, i) = regs->r[i];
	/* a call may be the last instruction of its function */
	fn = RtlLookupFunctionEntry(is_fault ? c.Rip : c.Rip - 1, &base, NULL);
	if (fn)
		RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, c.Rip, fn, &c, &data,
		    &frame, NULL);
	else if (!is_fault || !leave_leaf(&c))
		return STEP_SKIPPED;
	if (!c.Rip || c.Rsp <= regs->sp)
		return STEP_END;
	regs->pc = c.Rip;
	regs->sp = c.Rsp;
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = *kept(&c, i);
	return STEP_OK;
}

/* It is the system's. */
void
gort__full_step_load(void)
{
}
