/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking a frame off by the system's own unwinder: Windows amd64.
 */
#include "runtime.h"
#include "seh.h"

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

static void
put_regs(CONTEXT *c, const struct gort__regs *regs)
{
	int i;

	memset(c, 0, sizeof(*c));
	c->ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
	c->Rip = regs->pc;
	c->Rsp = regs->sp;
	for (i = 0; i < REGS_KEPT; i++)
		*kept(c, i) = regs->r[i];
}

/*
 * To the caller, in c. frame: what the dispatcher calls the frame's address.
 * false: no unwind data.
 */
static bool
unwind(CONTEXT *c, bool is_fault, DWORD64 *frame)
{
	RUNTIME_FUNCTION *fn;
	DWORD64 base;
	void *data;

	/* a call may be the last instruction of its function */
	fn =
	    RtlLookupFunctionEntry(is_fault ? c->Rip : c->Rip - 1, &base, NULL);
	if (fn)
		RtlVirtualUnwind(
		    UNW_FLAG_NHANDLER, base, c->Rip, fn, c, &data, frame, NULL);
	return fn != NULL;
}

const bool gort__full_step_locks = false;

enum step
gort__full_step(struct gort__regs *regs, bool is_fault)
{
	DWORD64 frame;
	CONTEXT c;
	int i;

	put_regs(&c, regs);
	if (!unwind(&c, is_fault, &frame) && (!is_fault || !leave_leaf(&c)))
		return STEP_SKIPPED;
	if (!c.Rip || c.Rsp <= regs->sp)
		return STEP_END;
	regs->pc = c.Rip;
	regs->sp = c.Rsp;
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = *kept(&c, i);
	return STEP_OK;
}

void
gort__more_step(const struct gort__regs *regs, void *more)
{
	DWORD64 frame;
	CONTEXT c;

	put_regs(&c, regs);
	memcpy(&c.Xmm6, more, REGS_MORE);
	if (unwind(&c, false, &frame))
		memcpy(more, &c.Xmm6, REGS_MORE);
}

void *
gort__frame_address(const struct gort__regs *regs)
{
	DWORD64 frame;
	CONTEXT c;

	put_regs(&c, regs);
	return unwind(&c, false, &frame) ? (void *)frame : NULL;
}

/* It is the system's. */
void
gort__full_step_load(void)
{
}
