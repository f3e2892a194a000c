/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics as exceptions, exceptions as panics: the meeting with the process's
 * unwinder (libgcc_s, or LLVM's), which runs the cleanups of C++, Rust and C.
 *
 * Note [Whose unwinder]
 * The context that an unwinder hands to a personality routine is its own, and
 * only its own functions understand it. libgort links with none, and its
 * personality routines ask nothing of the context. They need not: the innermost
 * boundary on the g's frame stack is the frame they are called for, and it
 * holds every register it needs to be landed on, so landing just jumps there,
 * as glibc's pthread_exit jumps out of its stop function.
 *
 * A panic on its way is a forced unwind without the unwinder: our own walk
 * finds the next landing pad (Note [Landing without the personality]) and goes
 * there. The cleanup ends in _Unwind_Resume, which sees a stop function in the
 * exception's private words and asks it at its first frame; there the walk
 * goes on. So C++ catch (...) may take a panic, and each frame costs one half
 * step of the unwinder in place of four. Where those words lie is tried when
 * the unwinder is found; were it otherwise, each landing would go through
 * _Unwind_ForcedUnwind, as it does where a personality routine must be asked.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"
#include "objbounds.h"

#include <string.h>

/* On Windows 386 the personality is always asked. */
#ifdef _WIN32
#define HAVE_RETURN_TO 0
#else
#define HAVE_RETURN_TO 1
#endif

/* The unwinder's functions, found when the first cleanup must run. */
static struct {
	_Unwind_Reason_Code (*_Atomic raise)(struct _Unwind_Exception *);
	_Unwind_Reason_Code (*_Atomic forced)(
	    struct _Unwind_Exception *, _Unwind_Stop_Fn, void *);
	_Unwind_Word (*_Atomic get_gr)(struct _Unwind_Context *, int);
	_Unwind_Ptr (*_Atomic get_ip)(struct _Unwind_Context *);
	_Unwind_Word (*_Atomic get_cfa)(struct _Unwind_Context *);
	const char *_Atomic base, *_Atomic end; /* the object they are in */
	_Atomic bool usual; /* its private words are as is_usual() has it */
	_Atomic bool found; /* all of it */
} uw;

static void
set_stop(struct _Unwind_Exception *ue, _Unwind_Stop_Fn fn, void *arg)
{
	ue->private_1 = (_Unwind_Word)(uintptr_t)fn;
	ue->private_2 = (_Unwind_Word)(uintptr_t)arg;
}

/* Asked once, by uw_find(): returning anything ends the forced unwind. */
static _Unwind_Reason_Code
is_usual(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
    struct _Unwind_Exception *ue, struct _Unwind_Context *ctx, void *arg)
{
	struct _Unwind_Exception want;

	(void)version;
	(void)actions;
	(void)class;
	(void)ctx;
	set_stop(&want, is_usual, arg);
	uw.usual = HAVE_RETURN_TO && ue->private_1 == want.private_1 &&
		   ue->private_2 == want.private_2;
	return _URC_FATAL_PHASE2_ERROR;
}

/* By whoever is first, and by all that come meanwhile; false: there is none. */
static bool
uw_find(void)
{
	struct _Unwind_Exception trial = {0};
	const char *base, *end;
	void *lib;

	if (uw.found)
		return true;
	if (!gort__dl_unwinder(&lib))
		return false;
	if (!gort__dl_function(lib, "_Unwind_RaiseException", &uw.raise) ||
	    !gort__dl_function(lib, "_Unwind_ForcedUnwind", &uw.forced) ||
	    !gort__dl_function(lib, "_Unwind_GetGR", &uw.get_gr) ||
	    !gort__dl_function(lib, "_Unwind_GetIP", &uw.get_ip) ||
	    !gort__dl_function(lib, "_Unwind_GetCFA", &uw.get_cfa))
		return false;
	gort__object_bounds((const void *)(uintptr_t)uw.forced, &base, &end);
	uw.base = base;
	uw.end = end;
	uw.forced(&trial, is_usual, &trial);
	uw.found = true;
	return true;
}

/* The sp of the frame that p is on its way to. */
static uintptr_t
goal_of(struct g *gp, const struct panic *p)
{
	struct gort__frame *to;

	if (p->leave)
		return p->regs.sp;
	to = gort__boundary(gp);
	if (!to)
		gort__throw("a panic lost its boundary while unwinding");
	return (uintptr_t)to->sp;
}

static _Noreturn void
arrive(struct g *gp, struct panic *p)
{
	if (p->leave)
		gort__defer_leave(gp, p);
	gort__panic_land(gort__boundary(gp), p);
}

/* The innermost entered call of gp is left. */
static void
leave_entry(struct g *gp)
{
	struct gort__frame *f;

	for (f = gp->ctx.top; f-- > gp->base;) {
		if (f->target) {
			gort__frames_cut(gp, f);
			return;
		}
	}
}

static _Unwind_Reason_Code stop(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx, void *arg);
static _Noreturn void go_on(
    struct g *gp, struct panic *p, struct gort__regs *regs, bool exact);

/* The frame of p->at cannot be asked: what it would run is left out. */
static _Noreturn void
go_past(struct g *gp, struct panic *p)
{
	bool pad, exact = false;

	gort__skipped(&p->err, p->at.pc);
	gort__unwind_begin(gp);
	if (gort__unwind_step(gp, &p->at, &pad, &exact) == STEP_END)
		arrive(gp, p);
	go_on(gp, p, &p->at, exact);
}

/*
 * Called by the frame of p->at, as it were. Two phases first: to some languages
 * a forced unwind is the end of a thread, which passes where an exception may
 * not. That returns when the boundary cannot be reached through unwind data
 * alone. A function that recovers would be passed by it.
 */
static void
ask_here(void *panic)
{
	struct panic *p = panic;

	if (!p->leave && !p->goexit)
		uw.raise(&p->ue);
	uw.forced(&p->ue, stop, p);
	go_past(&p->m->g0, p);
}

static _Noreturn void
ask(struct panic *p, const struct gort__regs *regs, bool exact)
{
	p->at = *regs;
	p->at.pc += exact; /* a return address lies behind its call */
	p->asking = true;
	gort__call_from(&p->at, ask_here, p);
}

/*
 * To a cleanup or catch (...), which calls _Unwind_Resume or ends p. kept: NULL
 * but for Windows' code.
 */
__attribute__((noinline)) static _Noreturn void
enter_pad(struct panic *p, const struct gort__regs *regs,
    const struct cfirow *row, const struct gort__mskept *kept)
{
	struct gort__result r = {
	    .gpr = {(uintptr_t)&p->ue, (uintptr_t)(intptr_t)row->selector},
	    .more = kept};
	struct gort__regs to = *regs;

	to.pc = row->lp;
	to.sp += (uintptr_t)(intptr_t)row->args;
	set_stop(&p->ue, stop, p);
#if HAVE_RETURN_TO
	gort__return_to(&to, &r);
#else
	gort__throw("a landing pad that cannot be entered: %p %p", (void *)&to,
	    (void *)&r);
#endif
}

static void
ask_ms_here(void *none, void *panic)
{
	(void)none;
	ask_here(panic);
}

/* The frame is of Windows' code. Returns where it cannot be entered. */
__attribute__((noinline)) static void
enter_ms(struct g *gp, struct panic *p, const struct gort__regs *regs,
    bool exact, const struct cfirow *row)
{
	struct gort__mskept kept;

	if (!gort__msframe_kept(regs->sp, &kept)) {
		gort__skipped(&p->err, regs->pc);
		return;
	}
	gp->raising = false;
	if (row->pad == PAD_AT && uw.usual)
		enter_pad(p, regs, row, &kept);
	p->at = *regs;
	p->at.pc += exact;
	p->asking = true;
	gort__msframe_call(&p->at, &kept, ask_ms_here, p);
}

/*
 * From the frame of regs on, to the next that has something to run, or to
 * where p goes. exact: regs->pc is no return address.
 */
static _Noreturn void
go_on(struct g *gp, struct panic *p, struct gort__regs *regs, bool exact)
{
	uintptr_t goal = goal_of(gp, p), pc;
	enum step s = STEP_OK;
	struct cfirow row;
	bool pad, pass;

	gort__unwind_begin(gp);
	gp->raising = true;
	while (s != STEP_END && regs->sp != goal) {
		row.owner = OWNER_OTHER;
		if (!gort__unwind_row(gp, regs, exact, &row))
			row.pad = PAD_NONE;
		pass = row.pad == PAD_HOLE && p->from_exact; /* a fault */
		if (row.pad == PAD_NONE || pass) {
			; /* nothing of it runs */
		} else if (row.owner == OWNER_MS) {
			enter_ms(gp, p, regs, exact, &row);
		} else {
			gp->raising = false;
			if (row.pad == PAD_AT && uw.usual)
				enter_pad(p, regs, &row, NULL);
			ask(p, regs, exact);
		}
		pc = regs->pc;
		s = gort__unwind_step(gp, regs, &pad, &exact);
		if (s == STEP_SKIPPED || pass)
			gort__skipped(&p->err, pc);
		if (row.owner == OWNER_ENTRY)
			leave_entry(gp);
		else if (row.owner == OWNER_SEGMENT && gp->ctx.seg)
			gort__stack_cut(gp, gp->ctx.seg->link);
	}
	gp->raising = false;
	arrive(gp, p);
}

/*
 * An unwinder that is not ours to ask resumes p, as one that is linked into a
 * module statically: it goes on by itself, and the boundary's personality ends
 * that. Where it cannot get there, what is left does not run.
 */
static _Unwind_Reason_Code
stop_foreign(struct panic *p, _Unwind_Action actions)
{
	if (!(actions & _UA_END_OF_STACK))
		return _URC_NO_REASON;
	gort__skipped(&p->err, 0);
	arrive(&p->m->g0, p);
}

bool
gort__is_unwinder(const void *code)
{
	return uw_find() && (const char *)code >= uw.base &&
	       (const char *)code < uw.end;
}

__attribute__((noinline)) static void
get_regs(struct _Unwind_Context *ctx, struct gort__regs *regs)
{
	int i;

	regs->pc = uw.get_ip(ctx);
	/* Note [The CFA of an entered call] */
	regs->sp = uw.get_cfa(ctx) & ~(_Unwind_Word)(PTR - 1);
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = uw.get_gr(ctx, gort__kept_dwarf(i));
}

void
gort__raise_context(
    struct _Unwind_Context *ctx, struct gort__regs *regs, uintptr_t gpr[2])
{
	get_regs(ctx, regs);
	gpr[0] = uw.get_gr(ctx, __builtin_eh_return_data_regno(0));
	gpr[1] = uw.get_gr(ctx, __builtin_eh_return_data_regno(1));
}

/*
 * The unwinder asks here at each frame: in the first, when a cleanup has called
 * _Unwind_Resume or a catch (...) throws again, p goes on by our own walk.
 */
static _Unwind_Reason_Code
stop(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
    struct _Unwind_Exception *ue, struct _Unwind_Context *ctx, void *arg)
{
	struct panic *p = arg;
	struct gort__regs regs;

	(void)version;
	(void)class;
	(void)ue;
	if (!gort__is_unwinder(__builtin_return_address(0)))
		return stop_foreign(p, actions);
	get_regs(ctx, &regs);
	if (p->asking) {
		if (actions & _UA_END_OF_STACK)
			go_past(&p->m->g0, p);
		p->asking = regs.sp != p->at.sp;
		return _URC_NO_REASON;
	}
	go_on(&p->m->g0, p, &regs, false);
}

/* Forced unwinding on behalf of a function that returns; pads not entered. */
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

/* From where p came from. */
static _Noreturn void
raise_it(struct g *gp, struct panic *p)
{
	struct gort__regs regs = p->from;
	bool exact = p->from_exact;

	if (!uw_find()) {
		gort__skipped(&p->err, 0);
		arrive(gp, p);
	}
	if (p->elsewhere &&
	    !gort__panic_find_room(gp, p, goal_of(gp, p), &regs, &exact))
		arrive(gp, p);
	if (p->leave && !uw.usual) {
		regs.pc += exact;
		gort__call_from(&regs, force_here, p);
	}
	go_on(gp, p, &regs, exact);
}

_Noreturn void
gort__raise(struct g *gp, struct panic *p)
{
	p->err.skipped = 0; /* found again on the way */
	raise_it(gp, p);
}

_Noreturn void
gort__raise_to(struct g *gp, struct panic *p)
{
	raise_it(gp, p);
}

void
gort__raise_again(struct _Unwind_Exception *ue)
{
	if (uw_find())
		uw.raise(ue);
}

/* ue is a panic of ours on its way on gp. */
static struct panic *
own_panic(const struct g *gp, const struct _Unwind_Exception *ue)
{
	struct panic *p;

	for (p = gp->ctx.panic; p; p = p->link)
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

	for (p = gp->ctx.panic; p; p = p->link)
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
		gort__exception_describe(p);
	}
	gort__panic_land(to, p);
}

/* Personality of an entered call: when it is unwound, its frame goes. */
_Unwind_Reason_Code
gort__entry_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx)
{
	(void)version;
	(void)class;
	(void)ue;
	(void)ctx;
	if (!(actions & _UA_SEARCH_PHASE))
		leave_entry(gort__getg());
	return _URC_CONTINUE_UNWIND;
}
