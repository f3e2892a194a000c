/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk: taking frames off one by one, by a cache of unwind rows keyed by
 * pc, by libunwind where a row cannot say it, and past code without unwind
 * information by the frame pointer or by the g's own frames.
 */
#include "runtime.h"
#include "linked.h"
#include "objbounds.h"

#include <string.h>

/*
 * Note [Rows of unloaded code]
 * A row holds as long as the object that its pc is in. What gort unloads is
 * counted, and the rows go. What others unload by dlclose(3) is found out once
 * a walk for each object that it comes through: the dynamic linker says,
 * without a lock, what is mapped there, and the build id tells whether that is
 * still what it was. Of an object without one only the place and layout are
 * told from others', so each of its rows is looked at whenever it is used: one
 * that no personality has a say in is a function of its FDE and CIE, and holds,
 * whosever they are, as long as those bytes are at their place. They are
 * compared by a sum of 64 bits, and only where the segment that has them is
 * still mapped there. Other rows of such objects are made anew each time.
 *
 * Where nothing tells objects apart without a lock, rows last until anything at
 * all was unloaded, which takes one to ask; backtraces, which signal handlers
 * take, do without those rows.
 */
#define CACHE_ROWS 512
#define OBJECTS 64 /* that a thread's rows are in; two are special */
enum { OBJ_STAYS, OBJ_OTHER, OBJ_KNOWN };

/* A thread's unwind rows. */
struct ucache {
	uint64_t removals;   /* of code, as gort counts them */
	uint64_t generation; /* of those in OBJ_OTHER */
	uint64_t walk;       /* the number of this walk */
	volatile bool busy;  /* a row is in use; not in a handler's */
	bool lockless;       /* this walk may not ask about OBJ_OTHER */
	unsigned victim;     /* the object that is forgotten next */
	uint64_t
	    checked[OBJECTS]; /* the walk it was last looked at; looked() */
	struct gort__objid id[OBJECTS]; /* OBJ_KNOWN and up; lo 0: none */
	struct cfirow row[CACHE_ROWS];  /* by a hash of the pc */
	uint64_t sum[CACHE_ROWS];       /* alike: of what the row was read */
					/* from; 0: from more than that */
};

static uintptr_t
reg_of(const struct gort__regs *r, uint8_t dwarf)
{
	return dwarf == DWARF_SP ? r->sp : r->r[gort__kept_column(dwarf)];
}

uintptr_t
gort__rule_place(
    const struct cfirule *rule, const struct gort__regs *r, uintptr_t cfa)
{
	switch (rule->kind) {
	case CFI_CFA:
		return cfa + (uintptr_t)(intptr_t)rule->off;
	case CFI_REG:
		return reg_of(r, rule->reg) + (uintptr_t)(intptr_t)rule->off;
	default:
		return 0;
	}
}

static uintptr_t
apply(const struct cfirule *rule, const struct gort__regs *r, uintptr_t cfa,
    uintptr_t same)
{
	if (rule->kind == CFI_SAME || rule->kind == CFI_UNDEF)
		return rule->kind == CFI_SAME ? same : 0;
	return *(const uintptr_t *)gort__rule_place(rule, r, cfa);
}

uintptr_t
gort__row_cfa(const struct cfirow *row, const struct gort__regs *r)
{
	uintptr_t cfa =
	    reg_of(r, row->cfa_reg) + (uintptr_t)(intptr_t)row->cfa_off;

	if (!row->cfa_mem)
		return cfa;
	return *(const uintptr_t *)cfa + (uintptr_t)(intptr_t)row->cfa_add;
}

/* A frame that says it is its own caller would be stepped for ever. */
static inline enum step
stepped(const struct gort__regs *regs, uintptr_t pc, uintptr_t sp)
{
	if (!regs->pc || (regs->pc == pc && regs->sp == sp))
		return STEP_END;
	return STEP_OK;
}

/* The register of a column that lies at the CFA. */
static inline uintptr_t
at_cfa(const struct cfirow *row, int column, uintptr_t cfa)
{
	return *(const uintptr_t *)(cfa +
				    (uintptr_t)(intptr_t)row->rule[column].off);
}

/* The most frequent rows: registers and return address lie at the CFA. */
static inline enum step
step_quick(const struct cfirow *row, struct gort__regs *regs)
{
	uintptr_t base = row->cfa_col < 0 ? regs->sp : regs->r[row->cfa_col];
	uintptr_t cfa = base + (uintptr_t)(intptr_t)row->cfa_off;
	uintptr_t pc = regs->pc, sp = regs->sp;
	uint32_t m;
	int i;

	for (m = row->saved; m; m &= m - 1) {
		i = __builtin_ctz(m);
		regs->r[i] = at_cfa(row, i, cfa);
	}
	regs->pc = gort__strip_pc(at_cfa(row, row->ra, cfa));
	regs->sp = cfa;
	return stepped(regs, pc, sp);
}

/* Find out whether step_quick does for it. */
static void
finish_row(struct cfirow *row)
{
	int i;

	row->quick = !row->hard && !row->sp_rel && !row->cfa_mem &&
		     !row->signal && row->rule[row->ra].kind == CFI_CFA;
	row->saved = 0;
	row->cfa_col = row->cfa_reg == DWARF_SP
			   ? -1
			   : (int8_t)gort__kept_column(row->cfa_reg);
	for (i = 0; i < REGS_KEPT; i++) {
		if (row->rule[i].kind == CFI_CFA)
			row->saved |= UINT32_C(1) << i;
		else if (row->rule[i].kind != CFI_SAME)
			row->quick = 0;
	}
}

static enum step
step_row(const struct cfirow *row, struct gort__regs *regs)
{
	struct gort__regs old = *regs;
	uintptr_t cfa = gort__row_cfa(row, &old);
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
	return stepped(regs, old.pc, old.sp);
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
	/* stacks of 32 bits may end within that of the last address */
	uintptr_t room = UINTPTR_MAX - regs->sp;
	uintptr_t limit =
	    f ? (uintptr_t)f->sp : regs->sp + (room < 1 << 20 ? room : 1 << 20);
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
 * rows are looked at anew in each walk: Note [Rows of unloaded code].
 */
void
gort__unwind_begin(struct g *gp)
{
	struct ucache *c = gp->m->ucache;
	uint64_t removals = gort__linked_removals();

	if (!c) {
		c = gort__sysalloc(sizeof(*c));
		if (!c)
			return;
		c->walk = 1;
		c->removals = removals;
		gp->m->ucache = c;
		return;
	}
	c->walk++;
	if (__builtin_expect(c->removals != removals, 0) && !c->busy) {
		memset(c->row, 0, sizeof(c->row));
		memset(c->id, 0, sizeof(c->id));
		/* last: a signal handler's walk takes no row of before */
		atomic_signal_fence(memory_order_seq_cst);
		c->removals = removals;
	}
}

bool
gort__unwind_lockless(struct g *gp, bool lockless)
{
	struct ucache *c = gp->m->ucache;
	bool old = c && c->lockless;

	if (c)
		c->lockless = lockless;
	return old;
}

/*
 * What c->checked says of an object that was looked at in this walk: its rows
 * are good, or each is to be looked at.
 */
static uint64_t
looked(const struct ucache *c, const struct gort__objid *id)
{
	return id->alike ? ~c->walk : c->walk;
}

static void
forget(struct ucache *c, unsigned obj)
{
	unsigned i;

	for (i = 0; i < CACHE_ROWS; i++)
		if (c->row[i].obj == obj)
			c->row[i].pc = 0;
	c->id[obj].lo = 0;
}

/*
 * Goes on with a sum by the record at p; 0: it is not where id's tables are.
 * Each step is one-to-one in the sum and in the word, so records that differ
 * in one word never have the same.
 */
static __attribute__((noinline)) uint64_t
add_record(uint64_t sum, const struct gort__objid *id, const uint8_t *p)
{
	uintptr_t off = (uintptr_t)p - id->tables, i;
	uintptr_t left = id->tables_end - id->tables - off;
	uint32_t len;
	uint64_t w;

	if (off >= id->tables_end - id->tables || left < 12)
		return 0;
	memcpy(&len, p, sizeof(len));
	if (len < 8 || len > left - 4)
		return 0;
	for (i = 0; i < len; i += 8) {
		/* the last word ends with the record */
		memcpy(&w, p + (i < len - 4 ? i : len - 4), sizeof(w));
		sum ^= w;
		sum = (sum << 29 | sum >> 35) * UINT64_C(0x9e3779b97f4a7c15);
	}
	return sum;
}

/* Of the FDE at p and its CIE. */
static __attribute__((noinline)) uint64_t
sum_of(const struct gort__objid *id, const uint8_t *p)
{
	uint64_t sum = add_record(1, id, p);
	uint32_t back;

	if (!sum)
		return 0;
	memcpy(&back, p + 4, sizeof(back));
	return add_record(sum, id, p + 4 - back);
}

/*
 * Is the object of rows still what it was? Of one that is alike: and what row
 * was read from, if there is a row.
 */
__attribute__((noinline)) static bool
look_at(struct ucache *c, unsigned obj, const struct cfirow *row)
{
	const struct gort__objid *id = &c->id[obj];
	uint64_t now, sum;

	if (obj == OBJ_OTHER) {
		if (c->lockless)
			return false;
		now = gort__code_generation();
		if (now != c->generation)
			forget(c, obj);
		else
			c->checked[obj] = c->walk;
		c->generation = now;
		return c->checked[obj] == c->walk;
	}
	if (!id->alike || c->checked[obj] != ~c->walk) {
		if (!gort__object_is_still(id)) {
			forget(c, obj);
			return false;
		}
		c->checked[obj] = looked(c, id);
	}
	if (!id->alike || !row)
		return true;
	sum = c->sum[row - c->row];
	return sum && sum_of(id, row->fde) == sum;
}

/* The same, at most once a walk, but for rows of objects that are alike. */
static inline bool
is_still(struct ucache *c, unsigned obj, const struct cfirow *row)
{
	return __builtin_expect(obj == OBJ_STAYS ||
				    c->checked[obj] == c->walk ||
				    look_at(c, obj, row),
	    1);
}

/* The number of the object that pc is in. */
static __attribute__((cold)) unsigned
object_of(struct ucache *c, uintptr_t pc)
{
	struct gort__objid id;
	unsigned i;

	for (i = OBJ_KNOWN; i < OBJECTS; i++)
		if (pc >= c->id[i].lo && pc < c->id[i].hi &&
		    is_still(c, i, NULL))
			return i;
	/* what is neither is OBJECT_KNOWN or OBJECT_ALIKE */
	switch (gort__object_identify(pc, &id)) {
	case OBJECT_STAYS:
		return OBJ_STAYS;
	case OBJECT_OTHER:
		/* lockless: of what was mapped since the last look, or later */
		is_still(c, OBJ_OTHER, NULL);
		if (!c->lockless)
			c->checked[OBJ_OTHER] = c->walk;
		return OBJ_OTHER;
	default:
		break;
	}
	for (i = OBJ_KNOWN; i < OBJECTS && c->id[i].lo; i++)
		;
	if (i == OBJECTS) {
		i = OBJ_KNOWN + c->victim++ % (OBJECTS - OBJ_KNOWN);
		forget(c, i);
	}
	c->id[i] = id;
	c->checked[i] = looked(c, &id);
	return i;
}

__attribute__((noinline)) static struct cfirow *
new_row(struct ucache *c, struct cfirow *row, uintptr_t pc)
{
	struct cfirow found;

	if (!gort__cfi_row(pc, &found))
		return NULL;
	finish_row(&found);
	/* walks look at each frame of these */
	if (gort__object_is_linker(pc) ||
	    pc == (uintptr_t)gort__catch_called - 1)
		found.quick = 0;
	found.next = NULL;
	found.obj = (uint8_t)object_of(c, pc);
	if (c->id[found.obj].alike)
		c->sum[row - c->row] = sum_of(&c->id[found.obj], found.fde);
	*row = found;
	row->pc = pc;
	return row;
}

static inline struct cfirow *
cached_row(struct ucache *c, uintptr_t pc)
{
	struct cfirow *row = &c->row[(pc ^ pc >> 9) % CACHE_ROWS];

	if (__builtin_expect(row->pc == pc && is_still(c, row->obj, row), 1))
		return row;
	return new_row(c, row, pc);
}

/*
 * The row of the caller is the one that it was last time, for the most part:
 * so the processor need not wait for a return address to find it.
 */
unsigned
gort__unwind_quick(struct g *gp, struct gort__regs *regs, struct walk *w)
{
	struct ucache *c = gp->m->ucache;
	uintptr_t pc = regs->pc, sp = regs->sp, cfa, caller;
	struct cfirow *row, *none = NULL, **guess = &none;
	void **to = w->pcs + *w->n, **end = w->pcs + w->max;
	unsigned taken = 0;
	uint8_t pads = 0;
	uint32_t m;
	int i;

	if (!c || c->busy)
		return 0;
	c->busy = true;
	for (; sp != w->sp && sp != w->limit && taken < 1000000; taken++) {
		row = *guess;
		if (__builtin_expect(!row || row->pc != pc - 1 ||
					 !is_still(c, row->obj, row),
			0)) {
			row = cached_row(c, pc - 1);
			if (!row)
				break;
			*guess = row;
		}
		if (!row->quick)
			break;
		cfa = (row->cfa_col < 0 ? sp : regs->r[row->cfa_col]) +
		      (uintptr_t)(intptr_t)row->cfa_off;
		caller = gort__strip_pc(at_cfa(row, row->ra, cfa));
		if (__builtin_expect(!caller || cfa <= sp, 0))
			break;
		if (to < end)
			*to++ = (void *)pc;
		else if (w->full)
			break;
		for (m = row->saved; m; m &= m - 1) {
			i = __builtin_ctz(m);
			regs->r[i] = at_cfa(row, i, cfa);
		}
		pads |= row->pad;
		pc = caller;
		sp = cfa;
		guess = &row->next;
	}
	regs->pc = pc;
	regs->sp = sp;
	*w->n = (uint32_t)(to - w->pcs);
	w->pads |= pads != PAD_NONE;
	c->busy = false;
	return taken;
}

void
gort__ucache_free(struct ucache *c)
{
	if (c)
		gort__sysfree(c, sizeof(*c));
}

void
gort__unwind_broken(struct g *gp)
{
	if (gp->m->ucache)
		gp->m->ucache->busy = false;
}

bool
gort__unwind_row(struct g *gp, const struct gort__regs *regs, bool is_fault,
    struct cfirow *row)
{
	uintptr_t pc = is_fault ? regs->pc : regs->pc - 1;
	struct ucache *c = gp->m->ucache;
	const struct cfirow *r;

	if (!c || c->busy)
		return gort__cfi_row(pc, row);
	c->busy = true;
	r = cached_row(c, pc);
	if (r)
		*row = *r;
	c->busy = false;
	return r != NULL;
}

/*
 * A frame that its row, if there is one, cannot say all of. Where it was
 * interrupted its CFA may be in a scratch register, which no unwinder that is
 * given the preserved ones knows: it would find the end of the stack.
 */
__attribute__((cold)) static enum step
step_hard(struct g *gp, const struct cfirow *row, struct gort__regs *regs,
    bool look, bool is_fault)
{
	enum step s = STEP_SKIPPED;
	bool scratch = is_fault && row && (row->hard & HARD_CFA);

	if (!scratch && (!look || !gort__full_step_locks))
		s = gort__full_step(regs, is_fault);
	if (s != STEP_SKIPPED)
		return s;
	if (!row || row->hard != HARD_REG)
		return step_gap(gp, regs);
	s = step_row(row, regs);
	return s == STEP_OK ? STEP_SKIPPED : s;
}

/* With the row of the frame, or NULL. look: see gort__unwind_look. */
static enum step
step_by(struct g *gp, const struct cfirow *row, struct gort__regs *regs,
    bool look, bool *is_fault)
{
	bool exact = *is_fault;

	*is_fault = row && row->signal;
	if ((row && row->hard) || (EXACT_IS_HARD && exact))
		return step_hard(gp, row, regs, look, exact);
	return row ? step_row(row, regs) : step_gap(gp, regs);
}

static enum step
step_any(
    struct g *gp, struct gort__regs *regs, bool look, bool *pad, bool *is_fault)
{
	uintptr_t pc = *is_fault ? regs->pc : regs->pc - 1;
	struct ucache *c = gp ? gp->m->ucache : NULL;
	bool cached = c && !c->busy;
	struct cfirow own, *row;
	enum step s;

	if (cached) {
		c->busy = true;
		row = cached_row(c, pc);
	} else {
		row = gort__cfi_row(pc, &own) ? &own : NULL;
	}
	if (row)
		*pad = row->pad != PAD_NONE;
	if (cached && row && row->quick && !(EXACT_IS_HARD && *is_fault)) {
		*is_fault = row->signal;
		s = step_quick(row, regs);
	} else {
		s = step_by(gp, row, regs, look, is_fault);
	}
	if (cached)
		c->busy = false;
	return s;
}

enum step
gort__unwind_step(
    struct g *gp, struct gort__regs *regs, bool *pad, bool *is_fault)
{
	return step_any(gp, regs, false, pad, is_fault);
}

enum step
gort__unwind_look(struct g *gp, struct gort__regs *regs, bool *is_fault)
{
	bool pad;

	return step_any(gp, regs, true, &pad, is_fault);
}
