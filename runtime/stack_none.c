/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Targets whose abi/ does not switch or grow stacks yet: a g has no segments,
 * so there are none to leave.
 */
#include "runtime.h"

void
gort__stack_cut(struct g *gp, struct gort__segment *to)
{
	(void)gp;
	(void)to;
}

void
gort__stack_landed(struct g *gp, const struct gort__outside *o)
{
	(void)gp;
	(void)o;
}

void
gort__stack_drop(struct g *gp)
{
	(void)gp;
}

/* No frame has it; the walk asks whether one does. */
_Unwind_Reason_Code
gort__morestack_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx)
{
	(void)version;
	(void)actions;
	(void)class;
	(void)ue;
	(void)ctx;
	return _URC_CONTINUE_UNWIND;
}
