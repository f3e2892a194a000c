/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk: taking frames off one by one, by a cache of unwind rows keyed by
 * pc, by libunwind where a row cannot say it, and past code without unwind
 * information by the frame pointer or by the g's own frames.
 */
#include "runtime.h"
#include "objbounds.h"

#include <string.h>

#define CACHE_ROWS 512

/* A thread's unwind rows. */
struct ucache {
	uint64_t generation;           /* of loaded code, see below */
	struct cfirow row[CACHE_ROWS]; /* by a hash of the pc */
};

static uintptr_t
reg_of(const struct gort__regs *r, uint8_t dwarf)
{
	return dwarf == DWARF_SP ? r->sp : r->r[gort__kept_column(dwarf)];
}

static uintptr_t
apply(const struct cfirule *rule, const struct gort__regs *r, uintptr_t cfa,
    uintptr_t same)
{
	uintptr_t at;

	switch (rule->kind) {
	case CFI_CFA:
		at = cfa + (uintptr_t)(intptr_t)rule->off;
		break;
	case CFI_REG:
		at = reg_of(r, rule->reg) + (uintptr_t)(intptr_t)rule->off;
		break;
	case CFI_UNDEF:
		return 0;
	default:
		return same;
	}
	return *(const uintptr_t *)at;
}

static enum step
step_row(const struct cfirow *row, struct gort__regs *regs)
{
	struct gort__regs old = *regs;
	uintptr_t cfa =
	    reg_of(&old, row->cfa_reg) + (uintptr_t)(intptr_t)row->cfa_off;
	const struct cfirule *pc = &row->rule[row->ra];
	int i;

	/* the same: only where the column is a register */
	if (pc->kind == CFI_UNDEF ||
	    (pc->kind == CFI_SAME && row->ra >= REGS_KEPT))
		return STEP_END;
	for (i = 0; i < ROW_RULES; i++) {
		uintptr_t same = i < REGS_KEPT ? old.r[i] : 0;
		uintptr_t v = apply(&row->rule[i], &old, cfa, same);

		if (i == row->ra)
			regs->pc = gort__strip_pc(v);
		if (i < REGS_KEPT)
			regs->r[i] = v;
	}
	regs->sp =
	    row->sp_rel ? old.sp + (uintptr_t)(intptr_t)row->sp_off : cfa;
	/* a frame that says it is its own caller would be stepped for ever */
	if (!regs->pc || (regs->pc == old.pc && regs->sp == old.sp))
		return STEP_END;
	return STEP_OK;
}

/* The innermost frame of gp that lies above sp on the machine stack. */
static const struct gort__frame *
frame_above(const struct g *gp, uintptr_t sp)
{
	const struct gort__frame *f;

	if (!gp)
		return NULL;
	for (f = gp->ctx.top; f-- > gp->base;)
		if ((uintptr_t)f->sp > sp)
			return f;
	return NULL;
}

/*
 * A frame record led to pc and fp; sp is the lowest that the caller's can be.
 * Where the record says no more, the caller's unwind data does: its own record
 * lies at fp, and that is where it saved the frame pointer. An entered call
 * has no record; its frame on the g, f, says what its registers are.
 */
static void
follow_record(struct gort__regs *regs, const struct gort__frame *f,
    uintptr_t pc, uintptr_t fp, uintptr_t sp)
{
	struct cfirow row;
	bool known = gort__cfi_row(pc - 1, &row) && !row.hard;

	regs->pc = pc;
	regs->sp = sp;
	regs->r[K_FP] = fp;
	if (known && row.sp_rel && f && f->target) {
		regs->sp = (uintptr_t)f->sp;
		regs->r[K_ENTRY] = (uintptr_t)f;
	} else if (!FRAME_RECORD_AT_TOP && known && row.cfa_reg == DWARF_SP &&
		   row.rule[K_FP].kind == CFI_CFA) {
		regs->sp = fp - (uintptr_t)(intptr_t)row.rule[K_FP].off -
			   (uintptr_t)(intptr_t)row.cfa_off;
	}
}

/*
 * No unwind information for regs->pc. If the frame pointer leads to a frame
 * between here and the g's next frame, go on there; else at that frame. What
 * lies between is left out.
 */
static enum step
step_gap(struct g *gp, struct gort__regs *regs)
{
	const struct gort__frame *f = frame_above(gp, regs->sp);
	uintptr_t limit = f ? (uintptr_t)f->sp : regs->sp + (1 << 20);
	uintptr_t bp = regs->r[K_FP];

	if (bp >= regs->sp && bp < limit - 2 * PTR + 1 && bp % PTR == 0) {
		uintptr_t w[2];

		/* a frame record links upwards */
		if (gort__safe_read((const void *)bp, w, sizeof(w)) && w[1] &&
		    (w[0] == 0 || w[0] > bp)) {
			follow_record(
			    regs, f, gort__strip_pc(w[1]), w[0], bp + 2 * PTR);
			return STEP_SKIPPED;
		}
	}
	if (!f)
		return STEP_END;
	if (f->target)
		gort__frame_resume(f, regs);
	else
		regs->sp = (uintptr_t)f->sp;
	return STEP_SKIPPED;
}

/*
 * The cache is mapped, not malloced: a fault may have come from malloc. Its
 * rows are dropped when code was unloaded since the last walk.
 */
void
gort__unwind_begin(struct g *gp)
{
	struct ucache *c = gp->m->ucache;
	uint64_t gen = gort__code_generation();

	if (!c) {
		c = gp->m->ucache = gort__sysalloc(sizeof(*c));
		if (!c)
			return;
	} else if (c->generation != gen) {
		memset(c->row, 0, sizeof(c->row));
	}
	c->generation = gen;
}

static struct cfirow *
cached_row(struct g *gp, uintptr_t pc)
{
	struct ucache *c = gp->m->ucache;
	struct cfirow *row = &c->row[(pc ^ pc >> 9) % CACHE_ROWS];

	if (row->pc == pc)
		return row;
	if (!gort__cfi_row(pc, row)) {
		row->pc = 0;
		return NULL;
	}
	row->pc = pc;
	return row;
}

void
gort__ucache_free(struct ucache *c)
{
	if (c)
		gort__sysfree(c, sizeof(*c));
}

enum step
gort__unwind_step(
    struct g *gp, struct gort__regs *regs, bool *pad, bool *is_fault)
{
	uintptr_t pc = *is_fault ? regs->pc : regs->pc - 1;
	struct cfirow own, *row = NULL;
	enum step s;

	if (gp && gp->m->ucache)
		row = cached_row(gp, pc);
	else if (gort__cfi_row(pc, &own))
		row = &own;
	if (row)
		*pad = row->pad;
	if ((row && row->hard) || (EXACT_IS_HARD && *is_fault)) {
		s = gort__full_step(regs, *is_fault);
		*is_fault = row && row->signal;
		return s == STEP_SKIPPED ? step_gap(gp, regs) : s;
	}
	*is_fault = row && row->signal;
	return row ? step_row(row, regs) : step_gap(gp, regs);
}
