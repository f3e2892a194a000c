/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stacks of contexts, growing one, and what goes with a switch where somebody
 * watches: the g's idea of its stack, sanitizers.
 *
 * A g runs on one stack at a time: on g.ctx.stack, which is the newest segment
 * of its list where it has grown. Code that switches behind our back, as
 * gort_switch_inline() does, makes that wrong; so whoever uses it looks first
 * whether the stack pointer is inside.
 */
#include "runtime.h"
#include "../abi/jmpdefer.h"
#include "../abi/split.h"

#include <string.h>

#define PAGE 4096
#define STACK_MIN (GOSTART_ABOVE ? 8192 : 512) /* Windows, others */
#define LEFT_MAX (1 << 20)
#define SEGMENT_MIN 16384

static inline bool
contains(const struct gort__bounds *b, uintptr_t p)
{
	return p >= (uintptr_t)b->lo && p < (uintptr_t)b->hi;
}

static uintptr_t
here(void)
{
	return (uintptr_t)__builtin_frame_address(0);
}

static void
watch(unsigned bits)
{
	if ((gort__switch_watch & bits) != bits)
		__atomic_fetch_or(
		    &gort__switch_watch, (uint8_t)bits, __ATOMIC_RELAXED);
}

/* g.ctx.stack is another now. */
static void
set_stack(struct g *gp, struct gort__bounds b)
{
	gp->ctx.stack = b;
	if (gort__switch_watch & WATCH_SPLIT)
		gort__split_limit(b.lo);
}

/* The stack that the system gave gp's thread, if p lies there. */
static bool
on_own(struct g *gp, uintptr_t p)
{
	struct gort__bounds *own = &gp->m->own;

	if (!own->lo && !gort__threadstack(own))
		own->lo = NULL;
	return own->lo && contains(own, p);
}

/*
 * Note [Whose segments]
 * A segment is in one list: that of the g's newest ones (g.ctx.seg), while the
 * context whose stack it is runs; that of a parked context (gobuf.grown), which
 * then is its holder; or that of free ones. Who goes on with a parked context
 * takes its list, but for gort_mcall(), whose function runs below one that
 * stays parked: there the lists share their tail, and the holder tells how far
 * what is left for good may be reused. gort_switch_inline() moves no list, so
 * what a gobuf says it has may be long left: again the holder tells.
 */
static void
keep_segment(struct g *gp, struct gort__segment *s)
{
	s->holder = NULL;
	s->link = gp->ctx.freeseg;
	gp->ctx.freeseg = s;
}

/* gp parks in *from with all that no other context holds. */
static void
hold_segments(struct g *gp, struct gort_gobuf *from)
{
	struct gort__segment *s;

	from->grown = gp->ctx.seg;
	for (s = gp->ctx.seg; s && !s->holder; s = s->link)
		s->holder = from;
}

/* gp goes on with what *to is parked with. */
static void
take_segments(struct g *gp, struct gort_gobuf *to)
{
	struct gort__segment *s;

	gp->ctx.seg = to->grown;
	for (s = to->grown; s && s->holder == to; s = s->link)
		s->holder = NULL;
	to->grown = NULL;
}

/*
 * What gp runs on is left for good: those that sp is on, and that this one
 * was entered from, are free once the other stack is gone to.
 */
GORT__UNWATCHED static void
drop_segments(struct g *gp, uintptr_t sp)
{
	struct gort__segment *s;
	struct gort__bounds on;

	while ((s = gp->ctx.seg) && !s->holder && contains(&s->at, sp)) {
		on = s->from;
		gp->ctx.seg = s->link;
		gort__tool_clean(s->at);
		keep_segment(gp, s);
		sp = (uintptr_t)on.lo;
	}
}

/* ---- contexts -------------------------------------------------------------- */

int
gort_stack_init(
    struct gort_gobuf *buf, void *lo, size_t size, gort_func *fn, void *arg)
{
	if (!buf || !lo || !fn || size < STACK_MIN)
		return gort__seterrf(GORT_EINVAL,
		    "gort_stack_init: %zu bytes at %p for %s", size, lo,
		    fn ? "a function" : "no function");
	memset(buf, 0, sizeof(*buf));
	buf->lo = lo;
	buf->hi = (char *)lo + size;
	gort__tool_clean((struct gort__bounds){buf->lo, buf->hi});
	gort__gobuf_start(buf, buf->hi, fn, arg);
	if (gort__tool_watches())
		watch(WATCH_TOOL);
	gort__tool_new(buf);
	return 0;
}

static void
unmap_segment(struct gort__segment *s)
{
	gort__tool_free_segment(s);
	gort__sysfree(s->base, s->size);
}

void
gort_stack_fini(struct gort_gobuf *buf)
{
	struct g *gp = gort__getg();
	struct gort__segment *s, *next;

	for (s = buf->grown; s && s->holder == buf; s = next) {
		next = s->link;
		s->link = NULL;
		s->holder = NULL;
		gort__tool_clean(s->at);
		if (gp)
			keep_segment(gp, s);
		else
			unmap_segment(s);
	}
	buf->grown = NULL;
	gort__tool_free(buf);
}

_Noreturn void
gort__badmcall(void)
{
	gort__throw("the function of gort_mcall returned");
}

_Noreturn void
gort__badgostart(void)
{
	gort__throw("the function of a stack returned: it leaves by gort_gogo");
}

/* ---- switches where somebody watches ---------------------------------------- */

/* The stack that a parked context goes on with. */
static struct gort__bounds
stack_of(const struct gort_gobuf *buf)
{
	const struct gort__segment *s = buf->grown;
	struct gort__bounds b = {buf->lo, buf->hi};

	return s ? s->at : b;
}

/*
 * Before the switch, on the old stack. from NULL: it is left for good.
 * stays_parked: what is gone to runs below *to.
 */
__attribute__((cold)) GORT__UNWATCHED static void
leave(struct tool_state *st, struct gort_gobuf *from, struct gort_gobuf *to,
    bool stays_parked)
{
	struct g *gp = gort__needm();
	struct gort__bounds on = stack_of(to);

	if (gp && from && !from->lo && on_own(gp, here())) {
		from->lo = gp->m->own.lo;
		from->hi = gp->m->own.hi;
	}
	if (gp) {
		if (from)
			hold_segments(gp, from);
		else
			drop_segments(gp, here());
		if (stays_parked)
			gp->ctx.seg = to->grown;
		else
			take_segments(gp, to);
		set_stack(gp, on);
	}
	if (gort__switch_watch & WATCH_TOOL)
		gort__tool_leave(st, from, to, on);
}

/* After it, on the new stack. */
GORT__UNWATCHED static void
arrive(const struct tool_state *st)
{
	if (gort__switch_watch & WATCH_TOOL)
		gort__tool_arrive(st);
}

GORT__UNWATCHED void
gort__switch_watched(struct gort_gobuf *from, struct gort_gobuf *to)
{
	struct tool_state st;

	leave(&st, from, to, false);
	gort__switch_raw(from, to);
	arrive(&st);
}

GORT__UNWATCHED _Noreturn void
gort__gogo_watched(struct gort_gobuf *to)
{
	leave(NULL, NULL, to, false);
	gort__gogo_raw(to);
}

void
gort__gosave_watched(struct gort_gobuf *buf)
{
	struct g *gp = gort__needm();
	struct gort__bounds b = {NULL, NULL};

	if (gp && contains(&gp->ctx.stack, here()))
		b = gp->ctx.stack;
	else if (gp && on_own(gp, here()))
		b = gp->m->own;
	buf->lo = b.lo;
	buf->hi = b.hi;
}

/* What gort_mcall was asked to call. On the stack of who asked. */
struct mcall {
	gort_func *fn;
	void *arg;
};

GORT__UNWATCHED static void
mcall_start(void *arg)
{
	struct mcall c = *(struct mcall *)arg;

	arrive(NULL);
	c.fn(c.arg);
}

GORT__UNWATCHED void
gort__mcall_watched(
    struct gort_gobuf *from, struct gort_gobuf *to, gort_func *fn, void *arg)
{
	struct mcall c = {fn, arg};
	struct tool_state st;

	leave(&st, from, to, true);
	gort__mcall_raw(from, to, mcall_start, &c);
	arrive(&st);
}

GORT__UNWATCHED _Noreturn void
gort__gostart_watched(void *arg, gort_func *fn)
{
	arrive(NULL);
	fn(arg);
	gort__badgostart();
}

/* ---- segments ------------------------------------------------------------------ */

static struct gort__segment *
segment_map(size_t size)
{
	size_t all = (size + sizeof(struct gort__segment) + 64 + PAGE - 1) &
		     ~(size_t)(PAGE - 1);
	struct gort__segment *s;
	char *p;

	if (all < size)
		return NULL;
	p = gort__sysalloc(all);
	if (!p)
		return NULL;
	s = (void *)(p + all - ((sizeof(*s) + 63) & ~(size_t)63));
	s->base = p;
	s->size = all;
	s->at.lo = p;
	s->at.hi = (char *)s;
	gort__tool_new_segment(s);
	return s;
}

struct gort__segment *
gort__segment_enter(struct g *gp, size_t size)
{
	struct gort__segment **link, *s;

	for (link = &gp->ctx.freeseg; (s = *link) != NULL; link = &s->link) {
		if ((size_t)(s->at.hi - s->at.lo) >= size) {
			*link = s->link;
			break;
		}
	}
	if (!s)
		s = segment_map(size < SEGMENT_MIN ? SEGMENT_MIN : size);
	if (!s)
		return NULL;
	s->from = gp->ctx.stack;
	s->holder = NULL;
	s->link = gp->ctx.seg;
	gp->ctx.seg = s;
	set_stack(gp, s->at);
	gort__tool_enter_segment(s);
	return s;
}

void
gort__segment_leave(struct g *gp, struct gort__segment *s)
{
	struct gort__segment **link;

	for (link = &gp->ctx.seg; *link; link = &(*link)->link) {
		if (*link == s) {
			*link = s->link;
			break;
		}
	}
	set_stack(gp, s->from);
	gort__tool_leave_segment(s);
	keep_segment(gp, s);
}

void
gort__stack_cut(struct g *gp, struct gort__segment *to)
{
	while (gp->ctx.seg && gp->ctx.seg != to) {
		gort__tool_clean(gp->ctx.seg->at);
		gort__segment_leave(gp, gp->ctx.seg);
	}
}

void
gort__stack_drop(struct g *gp)
{
	struct gort__segment *s;

	while ((s = gp->ctx.freeseg) != NULL) {
		gp->ctx.freeseg = s->link;
		unmap_segment(s);
	}
}

/* ---- growing ------------------------------------------------------------------- */

/*
 * Make g.ctx.stack the stack that sp is on: what it says, an older one that
 * longjmp went back to, or the thread's own. false: another.
 */
static bool
settle(struct g *gp, uintptr_t sp)
{
	struct gort__segment *s;

	watch(WATCH_BOUNDS);
	if (contains(&gp->ctx.stack, sp))
		return true;
	for (s = gp->ctx.seg; s; s = s->link) {
		if (contains(&s->from, sp)) {
			gort__stack_cut(gp, s->link);
			return true;
		}
	}
	if (!on_own(gp, sp))
		return false;
	if (!gp->ctx.seg)
		set_stack(gp, gp->m->own);
	return !gp->ctx.seg;
}

size_t
gort_stack_left(void)
{
	struct g *gp = gort__needm();
	uintptr_t sp = here();

	if (!gp || !settle(gp, sp))
		return 0;
	return sp - (uintptr_t)gp->ctx.stack.lo;
}

/* What a sanitizer must see done on the segment. On the stack that grows. */
struct grow {
	gort_func *fn;
	void *arg;
	struct tool_state *st;
	struct gort_gobuf *from;
	struct gort__bounds old;
};

GORT__UNWATCHED static void
grow_start(void *arg)
{
	struct grow *gr = arg;
	struct tool_state st;

	gort__tool_arrive(NULL);
	gr->fn(gr->arg);
	gort__tool_leave(&st, NULL, NULL, gr->old);
}

GORT__UNWATCHED static void
grow_watched(struct g *gp, gort_func *fn, void *arg, struct gort__segment *s)
{
	struct tool_state st;
	struct grow gr = {fn, arg, &st, NULL, s->from};

	(void)gp;
	gort__tool_leave(&st, NULL, NULL, s->at);
	gort__morestack(grow_start, &gr, s->at.hi);
	gort__tool_arrive(&st);
}

int
gort_stack_grow(size_t size, gort_func *fn, void *arg)
{
	struct g *gp = gort__needm();
	struct gort__segment *s;

	if (!gp)
		return gort__seterr_unbound();
	settle(gp, here());
	if (gort__tool_watches())
		watch(WATCH_TOOL);
	s = gort__segment_enter(gp, size);
	if (!s)
		return gort__seterrf(
		    GORT_ENOMEM, "no memory for %zu bytes of stack", size);
	if (__builtin_expect(gort__tool_watches(), 0))
		grow_watched(gp, fn, arg, s);
	else
		gort__morestack(fn, arg, s->at.hi);
	/* fn may have gone on on another thread */
	gort__segment_leave(gort__getg(), s);
	return 0;
}

/*
 * Its fake stack of before is lost; the frames in it stay good. Those that
 * were left lie below the boundary's, as ours do now, some of them before the
 * segments.
 */
__attribute__((cold)) GORT__UNWATCHED static void
landed_watched(struct g *gp, const struct gort__outside *o)
{
	struct gort__bounds left = {gp->ctx.stack.lo, (char *)(uintptr_t)o};

	if (left.hi - left.lo > LEFT_MAX)
		left.lo = left.hi - LEFT_MAX;
	gort__tool_clean(left);
	gort__tool_leave(NULL, NULL, NULL, gp->ctx.stack);
	gort__tool_arrive(NULL);
}

void
gort__stack_landed(struct g *gp, const struct gort__outside *o)
{
	static const struct gort__bounds none;

	gort__stack_cut(gp, o->seg);
	if (!gort__switch_watch)
		return;
	if (!contains(&gp->ctx.stack, here()) && !settle(gp, here()))
		set_stack(gp, none);
	if (gort__switch_watch & WATCH_TOOL && gp->ctx.stack.lo)
		landed_watched(gp, o);
}

/* ---- split stacks ----------------------------------------------------------- */

void
gort__split_init(void)
{
	watch(WATCH_BOUNDS | WATCH_SPLIT);
}

struct gort__segment *
gort__split_enter(size_t size)
{
	struct g *gp = gort__needm();
	struct gort__segment *s = gp ? gort__segment_enter(gp, size) : NULL;

	if (!s)
		gort__throw("no memory for %zu bytes of stack", size);
	return s;
}

void
gort__split_leave(struct gort__segment *s)
{
	gort__segment_leave(gort__getg(), s);
}

/*
 * Personality of gort__morestack: an exception or a forced unwind passes, so
 * the segment is left.
 */
_Unwind_Reason_Code
gort__morestack_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx)
{
	struct g *gp = gort__getg();

	(void)version;
	(void)class;
	(void)ue;
	(void)ctx;
	if (!(actions & _UA_SEARCH_PHASE) && gp && gp->ctx.seg)
		gort__segment_leave(gp, gp->ctx.seg);
	return _URC_CONTINUE_UNWIND;
}

/* ---- parked ones ---------------------------------------------------------------- */

size_t
gort_backtrace_parked(const struct gort_gobuf *buf, void **pcs, size_t n)
{
	struct g *gp = gort__needm();
	struct gort__regs regs = {
	    .pc = (uintptr_t)buf->pc, .sp = (uintptr_t)buf->sp};
	bool is_fault = false;
	size_t i = 0;

	regs.r[K_FP] = (uintptr_t)buf->fp;
	if (gp)
		gort__unwind_begin(gp);
	while (i < n) {
		pcs[i++] = (void *)regs.pc;
		if (gort__unwind_look(gp, &regs, &is_fault) == STEP_END)
			break;
	}
	return i;
}
