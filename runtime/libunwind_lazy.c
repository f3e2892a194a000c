/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libunwind's local unwinding by its unw_* calls. Loaded privately
 * (RTLD_LOCAL): its own _Unwind_* must not come between the process's
 * personality routines and the unwinder they belong to.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"
#include "ucontext_regs.h"

#include <dlfcn.h>
#include <string.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

const bool gort__full_step_locks = true;

static int (*_Atomic init_local)(unw_cursor_t *, unw_context_t *, int);
static int (*_Atomic step)(unw_cursor_t *);
static int (*_Atomic get_reg)(unw_cursor_t *, int, unw_word_t *);
static _Atomic bool loaded, tried;

static void
load(void)
{
	void *lib = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	loaded =
	    lib &&
	    gort__dl_function(lib, GORT__XSTR(unw_init_local2), &init_local) &&
	    gort__dl_function(lib, GORT__XSTR(unw_step), &step) &&
	    gort__dl_function(lib, GORT__XSTR(unw_get_reg), &get_reg);
	tried = true;
}

void
gort__full_step_load(void)
{
	if (!tried)
		load();
}

static uintptr_t
reg(unw_cursor_t *c, int n, uintptr_t otherwise)
{
	unw_word_t v;

	return get_reg(c, n, &v) == 0 ? (uintptr_t)v : otherwise;
}

enum step
gort__full_step(struct gort__regs *regs, bool is_fault)
{
	static const uint8_t kept[REGS_KEPT] = KEPT_LIBUNWIND;
	struct gort__regs old = *regs;
	unw_cursor_t c;
	unw_context_t uc;
	int rc, i;

	gort__full_step_load();
	if (!loaded)
		return STEP_SKIPPED;
	memset(&uc, 0, sizeof(uc));
	gort__ucontext_set(&uc, regs);
	if (init_local(&c, &uc, is_fault ? UNW_INIT_SIGNAL_FRAME : 0) != 0)
		return STEP_SKIPPED;
	rc = step(&c);
	if (rc < 0)
		return STEP_SKIPPED;
	if (rc == 0)
		return STEP_END;
	regs->pc = gort__strip_pc(reg(&c, UNW_REG_IP, 0));
	regs->sp = reg(&c, UNW_REG_SP, 0);
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = reg(&c, kept[i], old.r[i]);
	if (!regs->pc)
		return STEP_END;
	return STEP_OK;
}
