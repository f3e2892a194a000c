/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics as exceptions, exceptions as panics: the meeting with the process's
 * unwinder (libgcc_s, or LLVM's), which runs the cleanups of C++, Rust and C.
 *
 * Note [Whose unwinder]
 * The context that an unwinder hands to a personality routine is its own, and
 * only its own functions understand it. libgort links with none: it raises
 * through the _Unwind_* symbols that the process sees, and its personality
 * routines ask nothing of the context. They need not: the innermost boundary
 * on the g's frame stack is the frame they are called for, and it holds every
 * register it needs to be landed on, so landing just jumps there, as
 * glibc's pthread_exit jumps out of its stop function.
 */
#include "runtime.h"
#include "dynlib.h"

#include <string.h>

/* The unwinder's functions, found when the first cleanup must run. */
static struct {
	_Unwind_Reason_Code (*raise)(struct _Unwind_Exception *);
	_Unwind_Reason_Code (*forced)(
	    struct _Unwind_Exception *, _Unwind_Stop_Fn, void *);
	_Unwind_Word (*get_gr)(struct _Unwind_Context *, int);
	_Unwind_Ptr (*get_ip)(struct _Unwind_Context *);
	_Unwind_Word (*get_cfa)(struct _Unwind_Context *);
	bool found;
} uw;
static struct gort__once uw_once = GORT__ONCE_INIT;

static bool
find(void *lib, const char *name, void *fn)
{
	void *p = gort__dl_symbol(lib, name);

	memcpy(fn, &p, sizeof(p));
	return p != NULL;
}

static void
uw_find(void)
{
	void *lib;

	if (!gort__dl_unwinder(&lib))
		return;
	uw.found = find(lib, "_Unwind_RaiseException", &uw.raise) &&
		   find(lib, "_Unwind_ForcedUnwind", &uw.forced) &&
		   find(lib, "_Unwind_GetGR", &uw.get_gr) &&
		   find(lib, "_Unwind_GetIP", &uw.get_ip) &&
		   find(lib, "_Unwind_GetCFA", &uw.get_cfa);
}

static void raise_here(void *panic);

/*
 * The unwinder stopped at regs, in code it knows nothing about: step over it,
 * and raise again from the first frame that it knows, or land if nothing
 * between there and the boundary needs it.
 */
static _Noreturn void
step_over(struct g *gp, struct panic *p, struct gort__regs *regs)
{
	struct gort__frame *to = gort__boundary(gp);
	struct gort_error rest = {.code = GORT_EPANIC};
	bool pad = false, is_fault = false;
	enum step s;

	if (!to)
		gort__throw("a panic lost its boundary while unwinding");
	do {
		s = gort__unwind_step(gp, regs, &pad, &is_fault);
		p->err.skipped += s == STEP_SKIPPED;
	} while (s == STEP_SKIPPED && regs->sp != (uintptr_t)to->sp &&
		 !gort__cfi_row(regs->pc - 1, &(struct cfirow){0}));
	if (s == STEP_END || regs->sp == (uintptr_t)to->sp ||
	    !gort__panic_walk(gp, &rest, *regs, (uintptr_t)to->sp))
		gort__panic_land(gp, to, p);
	gort__call_from(regs, raise_here, p);
}

/* Forced unwinding asks here at each frame, and at the end of the stack. */
static _Unwind_Reason_Code
stop(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
    struct _Unwind_Exception *ue, struct _Unwind_Context *ctx, void *arg)
{
	struct panic *p = arg;
	struct gort__regs regs;
	int i;

	(void)version;
	(void)class;
	(void)ue;
	if (!(actions & _UA_END_OF_STACK))
		return _URC_NO_REASON;
	regs.pc = uw.get_ip(ctx);
	/* Note [The CFA of an entered call] */
	regs.sp = uw.get_cfa(ctx) & ~(_Unwind_Word)(PTR - 1);
	for (i = 0; i < REGS_KEPT; i++)
		regs.r[i] = uw.get_gr(ctx, gort__kept_dwarf(i));
	step_over(&p->m->g0, p, &regs);
}

/*
 * Two phases first, so that a C++ catch (...) on the way may take the panic
 * as a foreign exception. That returns when the boundary cannot be reached
 * through unwind information alone; then cleanups run up to the gap.
 */
static void
raise_here(void *panic)
{
	struct panic *p = panic;

	uw.raise(&p->ue);
	uw.forced(&p->ue, stop, p);
	gort__throw("the unwinder gave up a panic: %s", p->err.message);
}

_Noreturn void
gort__raise(struct g *gp, struct panic *p)
{
	struct gort__frame *to = gort__boundary(gp);
	struct gort__regs regs;

	p->err.skipped = 0; /* the unwinder may know the frame */
	gort__once(&uw_once, uw_find);
	if (uw.found && p->elsewhere) {
		if (!gort__panic_find_room(gp, p, (uintptr_t)to->sp, &regs))
			gort__panic_land(gp, to, p);
		gort__call_from(&regs, raise_here, p);
	}
	if (uw.found)
		raise_here(p);
	p->err.skipped++;
	gort__panic_land(gp, to, p);
}

/* Forced unwinding on behalf of a function that returns. */
static _Unwind_Reason_Code
stop_at(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
    struct _Unwind_Exception *ue, struct _Unwind_Context *ctx, void *arg)
{
	struct panic *p = arg;
	/* Note [The CFA of an entered call] */
	uintptr_t sp = uw.get_cfa(ctx) & ~(_Unwind_Word)(PTR - 1);

	(void)version;
	(void)class;
	(void)ue;
	if (sp != p->regs.sp && !(actions & _UA_END_OF_STACK))
		return _URC_NO_REASON;
	gort__defer_leave(&p->m->g0, p);
}

static void
force_here(void *panic)
{
	struct panic *p = panic;

	uw.forced(&p->ue, stop_at, p);
	gort__defer_leave(&p->m->g0, p);
}

_Noreturn void
gort__raise_to(struct g *gp, struct panic *p)
{
	struct gort__regs regs;

	gort__once(&uw_once, uw_find);
	if (uw.found && p->elsewhere) {
		if (!gort__panic_find_room(gp, p, p->regs.sp, &regs))
			gort__defer_leave(gp, p);
		gort__call_from(&regs, force_here, p);
	}
	if (uw.found)
		force_here(p);
	gort__defer_leave(gp, p);
}

/* ue is a panic of ours on its way on gp. */
static struct panic *
own_panic(const struct g *gp, const struct _Unwind_Exception *ue)
{
	struct panic *p;

	for (p = gp->panic; p; p = p->link)
		if (&p->ue == ue)
			return p;
	return NULL;
}

/* The record of another runtime's exception, made in the search phase. */
static struct panic *
foreign_panic(
    struct g *gp, struct _Unwind_Exception *ue, const struct gort__frame *to)
{
	struct gort__regs regs;
	struct panic *p;

	for (p = gp->panic; p; p = p->link)
		if (p->foreign == ue)
			return p;
	p = gort__panic_new(gp);
	p->foreign = ue;
	p->err.code = GORT_EEXCEPTION;
	gort__panic_blame(gp, p);
	gort__getregs(&regs);
	gort__panic_walk(gp, &p->err, regs, (uintptr_t)to->sp);
	p->err.skipped = 0;
	return p;
}

/*
 * Personality of the boundary. Exceptions and panics end here; thread exit
 * and cancellation (a forced unwind that is not ours) pass.
 */
_Unwind_Reason_Code
gort__catch_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx)
{
	struct g *gp = gort__getg();
	struct gort__frame *to = gort__boundary(gp);
	struct panic *p = own_panic(gp, ue);

	(void)version;
	(void)class;
	(void)ctx;
	if (!to)
		gort__throw("an exception at a boundary that has no frame");
	if ((actions & _UA_FORCE_UNWIND) && !p) {
		gort__frames_cut(gp, to);
		return _URC_CONTINUE_UNWIND;
	}
	if (actions & _UA_SEARCH_PHASE) {
		if (!p)
			foreign_panic(gp, ue, to);
		return _URC_HANDLER_FOUND;
	}
	if (!p) {
		p = foreign_panic(gp, ue, to);
		gort__exception_describe(ue, &p->err);
	}
	gort__panic_land(gp, to, p);
}

/* Personality of an entered call: when it is unwound, its frame goes. */
_Unwind_Reason_Code
gort__entry_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx)
{
	struct g *gp = gort__getg();
	struct gort__frame *f;

	(void)version;
	(void)class;
	(void)ue;
	(void)ctx;
	if (actions & _UA_SEARCH_PHASE)
		return _URC_CONTINUE_UNWIND;
	for (f = gp->ctx.top; f-- > gp->base;) {
		if (f->target) {
			gort__frames_cut(gp, f);
			break;
		}
	}
	return _URC_CONTINUE_UNWIND;
}
