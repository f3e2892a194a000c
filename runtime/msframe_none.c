/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * No code of another calling convention is linked in here, or its frames keep
 * what all do.
 */
#include "runtime.h"

bool
gort__is_msframe(uintptr_t personality)
{
	(void)personality;
	return false;
}

bool
gort__msframe_kept(uintptr_t sp, struct gort__mskept *kept)
{
	(void)sp;
	(void)kept;
	return false;
}

_Noreturn void
gort__msframe_call(const struct gort__regs *regs,
    const struct gort__mskept *kept, void (*fn)(void *, void *), void *arg)
{
	gort__throw("a frame of another convention: %p %p %p %p",
	    (const void *)regs, (const void *)kept, (void *)(uintptr_t)fn, arg);
}
