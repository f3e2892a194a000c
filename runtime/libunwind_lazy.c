/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libunwind's local unwinding by its unw_* calls, amd64. Loaded privately
 * (RTLD_LOCAL): its own _Unwind_* must not come between the process's
 * personality routines and the unwinder they belong to.
 */
#include "libunwind_lazy.h"

#include <dlfcn.h>
#include <string.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

static int (*init_local)(unw_cursor_t *, unw_context_t *, int);
static int (*step)(unw_cursor_t *);
static int (*get_reg)(unw_cursor_t *, int, unw_word_t *);
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Atomic bool loaded;

static bool
find(void *lib, const char *name, void *fn)
{
	void *p = dlsym(lib, name);

	memcpy(fn, &p, sizeof(p));
	return p != NULL;
}

static void
load(void)
{
	void *lib = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		return;
	loaded = find(lib, GORT__XSTR(unw_init_local2), &init_local) &&
		 find(lib, GORT__XSTR(unw_step), &step) &&
		 find(lib, GORT__XSTR(unw_get_reg), &get_reg);
}

void
gort__libunwind_load(void)
{
	pthread_once(&once, load);
}

static void
to_context(const struct gort__regs *r, unw_context_t *uc)
{
	greg_t *g = uc->uc_mcontext.gregs;

	memset(uc, 0, sizeof(*uc));
	g[REG_RIP] = (greg_t)r->pc;
	g[REG_RSP] = (greg_t)r->sp;
	g[REG_RBP] = (greg_t)r->bp;
	g[REG_RBX] = (greg_t)r->bx;
	g[REG_R12] = (greg_t)r->r12;
	g[REG_R13] = (greg_t)r->r13;
	g[REG_R14] = (greg_t)r->r14;
	g[REG_R15] = (greg_t)r->r15;
}

static uintptr_t
reg(unw_cursor_t *c, int n, uintptr_t otherwise)
{
	unw_word_t v;

	return get_reg(c, n, &v) == 0 ? (uintptr_t)v : otherwise;
}

enum step
gort__libunwind_step(struct gort__regs *regs, bool is_fault)
{
	struct gort__regs old = *regs;
	unw_cursor_t c;
	unw_context_t uc;
	int rc;

	gort__libunwind_load();
	if (!loaded)
		return STEP_SKIPPED;
	to_context(regs, &uc);
	if (init_local(&c, &uc, is_fault ? UNW_INIT_SIGNAL_FRAME : 0) != 0)
		return STEP_SKIPPED;
	rc = step(&c);
	if (rc < 0)
		return STEP_SKIPPED;
	if (rc == 0)
		return STEP_END;
	regs->pc = reg(&c, UNW_X86_64_RIP, 0);
	regs->sp = reg(&c, UNW_X86_64_RSP, 0);
	regs->bp = reg(&c, UNW_X86_64_RBP, old.bp);
	regs->bx = reg(&c, UNW_X86_64_RBX, old.bx);
	regs->r12 = reg(&c, UNW_X86_64_R12, old.r12);
	regs->r13 = reg(&c, UNW_X86_64_R13, old.r13);
	regs->r14 = reg(&c, UNW_X86_64_R14, old.r14);
	regs->r15 = reg(&c, UNW_X86_64_R15, old.r15);
	if (!regs->pc)
		return STEP_END;
	return STEP_OK;
}
