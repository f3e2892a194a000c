/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics as exceptions, exceptions as panics: the meeting with the system's
 * dispatcher, through which gcc's runtimes throw on Windows amd64.
 *
 * Note [Exceptions of gcc on Windows]
 * libgcc raises a system exception with its own code, whose first word is the
 * _Unwind_Exception. A frame's language handler that wants it starts the
 * second phase itself, by RtlUnwindEx, and notes its frame and landing place
 * in the private words of the _Unwind_Exception, where _Unwind_Resume finds
 * them after a cleanup. All of that is by system calls and in memory that the
 * exception brings along, so whose libgcc it was, and how often it is in the
 * process, does not matter here.
 */
#include "runtime.h"
#include "context_windows.h"
#include "dynlib.h"
#include "seh.h"

#include <string.h>

/* "GCC", as unwind-seh.c of libgcc has them */
#define STATUS_GCC_THROW 0x20474343u

/* private_[]; with a stop function, _Unwind_Resume_or_Rethrow asks it */
enum {
	PRIVATE_STOP,
	PRIVATE_FRAME,
	PRIVATE_IP,
	PRIVATE_RDX,
	PRIVATE_STOP_ARG,
};

/*
 * Can the dispatcher go from here to the frame that goes on at sp? It takes a
 * function without unwind data for a leaf and goes astray behind it, and it
 * goes to higher addresses only.
 */
static bool
is_way(struct g *gp, uintptr_t sp)
{
	struct gort__regs regs;
	uintptr_t last = 0;
	bool pad, exact = false;

	gort__getregs(&regs);
	while (regs.sp != sp) {
		if (regs.sp <= last)
			return false;
		last = regs.sp;
		if (gort__unwind_step(gp, &regs, &pad, &exact) != STEP_OK)
			return false;
	}
	return regs.sp > last;
}

static void
raise_with_room(void *panic)
{
	struct panic *p = panic;

	gort__raise(&p->m->g0, p);
}

_Noreturn void
gort__raise(struct g *gp, struct panic *p)
{
	struct gort__frame *to = gort__boundary(gp);
	struct _Unwind_Exception *ue = &p->ue;
	ULONG_PTR info = (ULONG_PTR)ue;
	struct gort__regs regs;
	bool exact;

	if (p->elsewhere) {
		if (!gort__panic_find_room(
			gp, p, (uintptr_t)to->sp, &regs, &exact))
			gort__panic_land(to, p);
		gort__call_from(&regs, raise_with_room, p);
	}
	if (is_way(gp, (uintptr_t)to->sp)) {
		memset(ue->private_, 0, sizeof(ue->private_));
		RaiseException(STATUS_GCC_THROW, 0, 1, &info);
		p->err.skipped++; /* a handler on the way said to go on */
	} else if (p->err.skipped == 0) {
		p->err.skipped++;
	}
	gort__panic_land(gort__boundary(gp), p);
}

void
gort__raise_again(struct _Unwind_Exception *ue)
{
	ULONG_PTR info = (ULONG_PTR)ue;

	memset(ue->private_, 0, sizeof(ue->private_));
	RaiseException(STATUS_GCC_THROW, 0, 1, &info);
}

/* ---- for a function that returns ------------------------------------------ */

/* Phase two alone, to the frame that goes on at p->regs. */
static void
unwind_to(struct panic *p)
{
	struct _Unwind_Exception *ue = &p->ue;
	void *ip = (void *)(uintptr_t)gort__unwound;
	UNWIND_HISTORY_TABLE history;
	EXCEPTION_RECORD rec;
	CONTEXT context;

	memset(&history, 0, sizeof(history));
	memset(&rec, 0, sizeof(rec));
	rec.ExceptionCode = STATUS_GCC_THROW;
	rec.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
	rec.NumberParameters = 4;
	rec.ExceptionInformation[0] = (ULONG_PTR)ue;
	rec.ExceptionInformation[1] = ue->private_[PRIVATE_FRAME];
	rec.ExceptionInformation[2] = (ULONG_PTR)ip;
	RtlUnwindEx((void *)(uintptr_t)ue->private_[PRIVATE_FRAME], ip, &rec,
	    ue, &context, &history);
	gort__throw("RtlUnwindEx came back");
}

/*
 * A C++ catch (...) on the way has raised p again: libgcc asks at the first
 * frame of its own, which the second phase has still to pass.
 */
static _Unwind_Reason_Code
again(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
    struct _Unwind_Exception *ue, struct _Unwind_Context *ctx, void *panic)
{
	(void)version;
	(void)actions;
	(void)class;
	(void)ue;
	(void)ctx;
	unwind_to(panic);
	return _URC_FATAL_PHASE2_ERROR;
}

_Noreturn void
gort__raise_to(struct g *gp, struct panic *p)
{
	_Unwind_Stop_Fn stop = again;
	void *frame;

	if (is_way(gp, p->regs.sp) &&
	    (frame = gort__frame_address(&p->regs)) != NULL) {
		memset(p->ue.private_, 0, sizeof(p->ue.private_));
		memcpy(&p->ue.private_[PRIVATE_STOP], &stop, sizeof(stop));
		p->ue.private_[PRIVATE_STOP_ARG] = (ULONG_PTR)p;
		p->ue.private_[PRIVATE_FRAME] = (ULONG_PTR)frame;
		p->ue.private_[PRIVATE_IP] =
		    (ULONG_PTR)(uintptr_t)gort__unwound;
		unwind_to(p);
	}
	gort__defer_leave(gp, p);
}

/* On the stack of the frame that goes on, its registers restored. */
_Noreturn void
gort__unwound_c(struct _Unwind_Exception *ue)
{
	struct panic *p = gort__panic_of(ue);

	gort__defer_leave(&p->m->g0, p);
}

/* ---- what comes to a boundary --------------------------------------------- */

/* ue is a panic of ours on its way on gp, or a foreign one's record. */
static struct panic *
panic_of(const struct g *gp, const struct _Unwind_Exception *ue)
{
	struct panic *p;

	for (p = gp->ctx.panic; p; p = p->link)
		if (&p->ue == ue || p->foreign == ue)
			return p;
	return NULL;
}

static void
record_foreign(struct g *gp, struct _Unwind_Exception *ue,
    const struct gort__frame *to, const CONTEXT *context)
{
	struct panic *p = gort__panic_new(gp);
	struct gort__regs regs;

	p->foreign = ue;
	p->err.code = GORT_EEXCEPTION;
	gort__panic_blame(gp, p);
	gort__context_get(context, &regs);
	gort__panic_walk(gp, &p->err, regs, (uintptr_t)to->sp);
	p->err.skipped = 0;
}

/* Phase two, to the boundary whose frame this is; does not come back. */
static void
catch_gcc(struct g *gp, EXCEPTION_RECORD *rec, void *frame, CONTEXT *context,
    DISPATCHER_CONTEXT *disp)
{
	struct _Unwind_Exception *ue =
	    (struct _Unwind_Exception *)rec->ExceptionInformation[0];
	void *ip = (void *)(uintptr_t)gort__catch_caught;

	if (!panic_of(gp, ue))
		record_foreign(gp, ue, gort__boundary(gp), context);
	ue->private_[PRIVATE_FRAME] = (ULONG_PTR)frame;
	ue->private_[PRIVATE_IP] = (ULONG_PTR)ip;
	ue->private_[PRIVATE_RDX] = 0;
	rec->NumberParameters = 4;
	rec->ExceptionInformation[1] = (ULONG_PTR)frame;
	rec->ExceptionInformation[2] = (ULONG_PTR)ip;
	rec->ExceptionInformation[3] = 0;
	RtlUnwindEx(frame, ip, rec, ue, context, disp->HistoryTable);
	gort__throw("RtlUnwindEx came back");
}

EXCEPTION_DISPOSITION
gort__catch_handler(EXCEPTION_RECORD *rec, void *frame, CONTEXT *context,
    DISPATCHER_CONTEXT *disp)
{
	struct g *gp = gort__getg();
	struct gort__frame *f;

	if (!gp || (rec->ExceptionFlags & EXCEPTION_TARGET_UNWIND))
		return ExceptionContinueSearch;
	if (rec->ExceptionFlags &
	    (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) {
		/* longjmp or a handler above: the boundary goes */
		f = (struct gort__frame *)disp->ContextRecord->Rbx;
		gort__frames_cut(gp, f);
		return ExceptionContinueSearch;
	}
	f = gort__boundary(gp);
	if (!f || f->sp != frame)
		return ExceptionContinueSearch;
	if (rec->ExceptionCode == STATUS_GCC_THROW)
		catch_gcc(gp, rec, frame, context, disp);
	return gort__fault_take(rec, context) ? ExceptionContinueExecution
					      : ExceptionContinueSearch;
}

/* When an entered call is unwound, its frame goes. */
EXCEPTION_DISPOSITION
gort__entry_handler(EXCEPTION_RECORD *rec, void *frame, CONTEXT *context,
    DISPATCHER_CONTEXT *disp)
{
	struct g *gp = gort__getg();

	(void)frame;
	(void)context;
	if (gp &&
	    (rec->ExceptionFlags &
		(EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND)) &&
	    !(rec->ExceptionFlags & EXCEPTION_TARGET_UNWIND) &&
	    (disp->ControlPc == (ULONG_PTR)gort__entry_out ||
		disp->ControlPc == (ULONG_PTR)gort__entry_out_copied))
		gort__frames_cut(
		    gp, (struct gort__frame *)disp->ContextRecord->Rbx);
	return ExceptionContinueSearch;
}

/*
 * In gort__catch, after the unwind to it: the newest panic is what it was for.
 */
void
gort__caught(struct gort__frame *frame)
{
	struct g *gp = gort__getg();
	struct panic *p = gp->ctx.panic;

	if (p->foreign)
		gort__exception_describe(p);
	gort__panic_arrive(frame, p);
}

/* The system's dispatcher knows every frame's unwind data by itself. */
void
gort__join_unwinder(void)
{
}
