/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames that longjmp left: a host that handles errors so (PostgreSQL's
 * ereport, Lua's error) jumps over exported calls and boundaries, whose frames
 * stay on the frame stack and keep their versions from being drained. They are
 * taken off before a thread operates on a plugin, when the frame stack is full,
 * and when who drains asks for it (Note [The limit as a request]); a call does
 * not pay for it. May run in a signal handler.
 *
 * The machine stack tells: a walk over it meets each frame that is live, as
 * long as no code without unwind data is on the way. What it has not met on
 * the piece of the thread's own stack that it went over, or deeper, is left.
 * Where it meets an entered call or boundary that has no frame (a signal came
 * while one was entered), and of frames on other stacks, nothing is concluded.
 */
#include "../include/small.h"
#include "runtime.h"
#include "stack.h"

#include <errno.h>

struct sweep {
	struct g *gp;
	uintptr_t lo, hi;         /* where a frame that is not met is left */
	struct gort__frame *kept; /* the newest that stays, or NULL */
	bool clear;               /* the second walk; the first sets hi */
};

/* From f down to `to`: frames that were not met. */
static void
clear(struct sweep *s, struct gort__frame *f, const struct gort__frame *to)
{
	uintptr_t sp;

	while (f-- > to) {
		sp = (uintptr_t)f->sp;
		if ((sp >= s->lo && sp < s->hi) || !sp)
			__atomic_store_n(&f->image, NULL, __ATOMIC_RELEASE);
		else if (!s->kept)
			s->kept = f;
	}
}

/* The newest older than f of an entered call, or of a boundary, at sp. */
static struct gort__frame *
find(const struct g *gp, struct gort__frame *f, uintptr_t sp, bool entered)
{
	while (f-- > gp->base)
		if ((uintptr_t)f->sp == sp && (f->target != NULL) == entered)
			return f;
	return NULL;
}

/* false: nothing can be concluded. */
static bool
walk(struct sweep *s, struct gort__regs regs)
{
	struct gort__frame *f = s->gp->ctx.top, *met;
	uintptr_t end = (uintptr_t)s->gp->m->own.hi, at;
	bool pad, exact = false;
	struct cfirow row;

	do {
		if (!gort__unwind_row(s->gp, &regs, exact, &row))
			row.owner = OWNER_OTHER;
		if (row.owner == OWNER_ENTRY || row.owner == OWNER_CATCH) {
			met = find(s->gp, f, regs.sp, row.owner == OWNER_ENTRY);
			if (!met)
				return false;
			if (s->clear)
				clear(s, f, met + 1);
			if (!s->kept)
				s->kept = met;
			f = met;
		}
		at = regs.sp;
	} while (gort__unwind_step(s->gp, &regs, &pad, &exact) == STEP_OK &&
		 regs.sp >= at && regs.sp < end);
	if (s->clear)
		clear(s, f, s->gp->base);
	else
		s->hi = at;
	return true;
}

static void
sweep(struct g *gp)
{
	struct gort__bounds *own = &gp->m->own;
	struct sweep s = {.gp = gp};
	struct gort__regs regs;

	if (!own->lo && !gort__threadstack(own))
		return;
	s.lo = (uintptr_t)own->lo;
	gort__getregs(&regs);
	if (regs.sp < s.lo || regs.sp >= (uintptr_t)own->hi)
		return;
	gort__unwind_begin(gp);
	if (!walk(&s, regs))
		return;
	s.clear = true;
	s.kept = NULL;
	walk(&s, regs);
	__atomic_store_n(
	    &gp->ctx.top, s.kept ? s.kept + 1 : gp->base, __ATOMIC_RELEASE);
}

void
gort__frames_sweep(void)
{
	struct g *gp = gort__getg();
	int saved = errno;

	if (gp && gp->ctx.top > gp->base)
		sweep(gp);
	errno = saved;
}
