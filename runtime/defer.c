/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred calls: noting them, running them for a return or a panic, and the
 * return of a function whose deferred call recovered.
 *
 * Note [Returning for a function]
 * At its first gort_defer a function's pc, sp and preserved registers are
 * stored in its scope. One step of unwinding from there gives the registers
 * of its caller, at any later time as long as the function is active: what
 * it had saved by then lies in its frame, and what it had not is stored. So
 * frames between the panic and the function may be of any kind. The value
 * is read from the result variable and put where the caller looks for it.
 * What walks do not follow (REGS_MORE) is stored too, and goes the same step.
 *
 * Note [One run, one boundary]
 * A deferred call that a panic makes runs below a boundary of its own, on
 * top of the panicking stack. A panic, exception or gort_goexit in it lands
 * there and takes the first panic's place for the deferred calls that are
 * left: the semantics of a replaced panic, and no deeper stack with each. That
 * frame is also how gort_recover knows who is called directly.
 */
#include "runtime.h"

#include <errno.h>
#include <string.h>

#define CHUNK_BYTES 4096
#define CHUNK_CALLS \
	((CHUNK_BYTES - 3 * sizeof(void *)) / sizeof(struct gort__deferred))

/* Memory for deferred calls. The m's, never unmapped before the m is. */
struct chunk {
	struct chunk *all;  /* mp->allchunk */
	struct chunk *free; /* mp->freechunk */
	struct chunk *prev; /* of the same scope: the older, full one */
	struct gort__deferred rec[CHUNK_CALLS];
};

GORT__AT(struct gort__scope, regs, SCOPE_REGS);
_Static_assert(sizeof(struct gort__regs) + REGS_MORE <=
		   sizeof(((struct gort__scope *)NULL)->regs),
    "a scope holds a frame's registers");
_Static_assert(sizeof(struct chunk) <= CHUNK_BYTES, "a chunk is its pages");
GORT__AT(struct gort__result, gpr, RESULT_GPR);
GORT__AT(struct gort__result, fp, RESULT_FP);
GORT__AT(struct gort__result, st, RESULT_ST);
GORT__AT(struct gort__result, x87, RESULT_X87);
GORT__AT(struct gort__result, more, RESULT_MORE);

/* ---- noting calls -------------------------------------------------------- */

__attribute__((noinline)) static struct chunk *
new_chunk(struct m *mp)
{
	struct chunk *c = mp->freechunk;

	if (c) {
		mp->freechunk = c->free;
		return c;
	}
	c = gort__sysalloc(CHUNK_BYTES);
	if (!c)
		gort_panic("no memory for a deferred call");
	c->all = mp->allchunk;
	mp->allchunk = c;
	return c;
}

/*
 * The scope that s, which longjmp left, was linked to. Others may have written
 * where it lay, so that counts only if it is one of this g, further out; else
 * (NULL) outer ones are unknown to a panic until the function of one returns.
 */
__attribute__((noinline)) static struct gort__scope *
outer_of_stale(const struct g *gp, const struct gort__scope *s)
{
	struct gort__scope *next = s->link, **head;

	if (!next || (uintptr_t)next % sizeof(void *) ||
	    !gort__safe_read(&next->head, &head, sizeof(head)) ||
	    head != &gp->ctx.scopes ||
	    (next <= s && (const char *)next >= gp->m->own.lo))
		return NULL;
	return next;
}

/* Scopes below s on the thread's stack are what longjmp left. */
__attribute__((noinline)) static void
drop_stale(struct g *gp, const struct gort__scope *s)
{
	struct gort__bounds *own = &gp->m->own;
	uintptr_t at = (uintptr_t)s;

	if (!own->lo && !gort__threadstack(own)) {
		own->lo = NULL;
		return;
	}
	while (gp->ctx.scopes && (uintptr_t)gp->ctx.scopes <= at &&
	       (uintptr_t)gp->ctx.scopes >= (uintptr_t)own->lo &&
	       at < (uintptr_t)own->hi)
		gp->ctx.scopes = outer_of_stale(gp, gp->ctx.scopes);
}

/* The first call of s, which becomes the g's innermost scope. */
static inline void
first_call(struct g *gp, struct gort__scope *s, gort_func *fn, void *arg)
{
	s->link = gp->ctx.scopes;
	s->chunk = NULL;
	s->head = &gp->ctx.scopes;
	s->top = gp->ctx.top;
	s->seg = gp->ctx.seg;
	s->next = s->rec + 1;
	s->end = s->rec + GORT__DEFERS_INLINE;
	s->rec[0].fn = fn;
	s->rec[0].arg = arg;
	gp->ctx.scopes = s;
}

/* No g yet, scopes that longjmp left, or no room: what is not as usual. */
__attribute__((noinline)) static void
note_call(struct gort__scope *s, gort_func *fn, void *arg)
{
	struct g *gp = gort__needm();
	struct chunk *c;

	if (__builtin_expect(!gp, 0))
		gort__throw("defer on a thread that could not be bound");
	if (!s->next) {
		if (gp->ctx.scopes && gp->ctx.scopes <= s)
			drop_stale(gp, s);
		first_call(gp, s, fn, arg);
		return;
	}
	if (s->next == s->end) {
		c = new_chunk(gp->m);
		c->prev = s->chunk;
		s->chunk = c;
		s->next = c->rec;
		s->end = c->rec + CHUNK_CALLS;
	}
	s->next->fn = fn;
	s->next->arg = arg;
	s->next++;
}

void
gort__defer_noted(struct gort__scope *s, gort_func *fn, void *arg)
{
	struct g *gp = gort__getg_quick();

	if (__builtin_expect(
		!gp || s->next || (gp->ctx.scopes && gp->ctx.scopes <= s), 0))
		note_call(s, fn, arg);
	else
		first_call(gp, s, fn, arg);
}

/* The last of a chunk went: the older calls are full up. */
__attribute__((noinline)) static void
leave_chunk(struct g *gp, struct gort__scope *s)
{
	struct chunk *c = s->chunk, *prev = c->prev;

	c->free = gp->m->freechunk;
	gp->m->freechunk = c;
	s->chunk = prev;
	s->end = prev ? prev->rec + CHUNK_CALLS : s->rec + GORT__DEFERS_INLINE;
	s->next = s->end;
}

/* Take the newest call off. false: there is none. */
static inline bool
pop(struct g *gp, struct gort__scope *s, struct gort__deferred *d)
{
	struct chunk *c = s->chunk;

	if (s->next == s->rec)
		return false;
	*d = *--s->next;
	if (__builtin_expect(c && s->next == c->rec, 0))
		leave_chunk(gp, s);
	return true;
}

static void
run_all(struct g *gp, struct gort__scope *s)
{
	struct gort__deferred d;

	gp->ctx.scopes = s;
	while (pop(gp, s, &d))
		d.fn(d.arg);
	gp->ctx.scopes = s->link;
	s->next = s->end = NULL;
}

void
gort__scope_run(struct gort__scope *s)
{
	run_all(gort__getg(), s);
}

void
gort__defers_drop(struct m *mp)
{
	struct chunk *c;

	mp->g0.ctx.scopes = NULL;
	while (mp->g0.ctx.panic)
		gort__panic_free(&mp->g0, mp->g0.ctx.panic);
	mp->freechunk = NULL;
	for (c = mp->allchunk; c; c = c->all) {
		c->free = mp->freechunk;
		mp->freechunk = c;
	}
}

void
gort__chunks_free(struct m *mp)
{
	struct chunk *c, *next;

	for (c = mp->allchunk; c; c = next) {
		next = c->all;
		gort__sysfree(c, CHUNK_BYTES);
	}
	mp->allchunk = mp->freechunk = NULL;
}

/* ---- returning for a function ---------------------------------------------- */

/* The registers of the caller of s's function; false: no unwind data. */
static bool
caller_of(struct g *gp, const struct gort__scope *s, struct gort__regs *regs)
{
	bool pad, exact = false;

	memcpy(regs, s->regs, sizeof(*regs));
	return gort__unwind_step(gp, regs, &pad, &exact) == STEP_OK;
}

/* What else that caller finds as it was. */
static void
more_of(const struct gort__scope *s, void *more)
{
	struct gort__regs regs;

	memcpy(&regs, s->regs, sizeof(regs));
	memcpy(more, (const char *)s->regs + sizeof(regs), REGS_MORE);
	gort__more_step(&regs, more);
}

/*
 * The value of s's result variable where calls return it: psABI amd64 3.2.3,
 * i386 2.2.3.3, AAPCS64 6.9. Integers are extended as gcc and clang do.
 */
static void
load_result(const struct gort__scope *s, struct gort__result *r)
{
	size_t size = s->kind >> 8 & 0xff;
	bool real = (s->kind & 0xff) == 8;
	signed char top;
	long double st = 0;

	memset(r, 0, sizeof(*r));
	if (!s->result)
		return;
	if (!real) {
		top = ((const signed char *)s->result)[size - 1];
		if (s->kind >> 16 && top < 0)
			memset(r->gpr, 0xff, sizeof(int));
		memcpy(r->gpr, s->result, size);
		return;
	}
	memcpy(r->fp, s->result, size);
	if (!RESULT_REAL_IS_X87(size) || s->kind & GORT__RESULT_QUAD)
		return;
	if (size == sizeof(float))
		st = *(const float *)s->result;
	else if (size == sizeof(double))
		st = *(const double *)s->result;
	else
		st = *(const long double *)s->result;
	memcpy(r->st, &st, sizeof(st));
	r->x87 = 1;
}

/* How s's function returns; its frame is not looked at again. */
static void
prepare_leave(const struct gort__scope *s, struct leaving *l)
{
	load_result(s, &l->result);
	l->top = s->top;
	l->seg = s->seg;
	if (REGS_MORE > 0)
		more_of(s, l->more);
}

_Noreturn void
gort__defer_leave(struct g *gp, struct panic *p)
{
	struct leaving l = p->leaving;
	struct gort__regs regs = p->regs;
	int saved = p->saved_errno;

	gort__panic_free(gp, p);
	gort__frames_cut(gp, l.top);
	if (gp->ctx.seg != l.seg)
		gort__stack_cut(gp, l.seg);
	if (REGS_MORE > 0)
		l.result.more = l.more;
	errno = saved;
	gort__return_to(&regs, &l.result);
}

/* ---- running for a panic ------------------------------------------------------ */

/*
 * Bring p's walk to the function of s. false: s is none of an active
 * function, but what longjmp left.
 */
static bool
reach(struct g *gp, struct panic *p, const struct gort__scope *s,
    const struct gort__frame *to)
{
	struct gort__regs at = p->regs, caller;
	uint32_t skipped = p->err.skipped;
	bool exact = p->exact;

	if (!caller_of(gp, s, &caller))
		return false;
	gort__panic_walk_on(
	    gp, p, caller.sp, to ? (uintptr_t)to->sp : UINTPTR_MAX);
	if (p->regs.sp == caller.sp)
		return true;
	if (p->err.skipped == skipped)
		return false;
	p->regs = at; /* stepped over, with others */
	p->exact = exact;
	return true;
}

/* q came out of a deferred call that p made, and takes p's place. */
static struct panic *
replace(struct g *gp, struct panic *p, struct panic *q)
{
	uint32_t i;

	/* and those that a fault in a walk left behind */
	while (q->link != p)
		gort__panic_free(gp, q->link);
	q->link = p->link;
	q->regs = p->regs;
	q->exact = p->exact;
	q->cleanups |= p->cleanups;
	q->elsewhere = p->elsewhere;
	q->fence = p->fence;
	q->from = p->from;
	q->from_exact = p->from_exact;
	if (!q->err.skipped)
		q->err.skipped_at = p->err.skipped_at;
	q->err.skipped += p->err.skipped;
	for (i = 0; i < p->err.nframes; i++)
		if (q->err.nframes < GORT_ERROR_FRAMES)
			q->err.frames[q->err.nframes++] = p->err.frames[i];
	q->goexit_under = !q->goexit && (p->goexit || p->goexit_under);
	if (q->goexit || p->goexit || p->foreign) {
		p->link = gp->ctx.panic; /* nothing to tell of it */
		gp->ctx.panic = p;
		gort__panic_free(gp, p);
	} else {
		q->replaced = p;
	}
	gort__panic_blame_again(gp, q);
	return q;
}

/* p is recovered: what is left of s runs, and its function returns. */
static _Noreturn void
recovered(struct g *gp, struct panic *p, struct gort__scope *s)
{
	bool cleanups = p->cleanups, elsewhere = p->elsewhere;
	bool from_exact = p->from_exact;
	struct gort__regs regs, from = p->from;
	int saved = p->saved_errno;

	gort__panic_free(gp, p);
	errno = saved;
	run_all(gp, s);
	saved = errno;
	gort__unwind_begin(gp);
	if (!caller_of(gp, s, &regs))
		gort__throw("a function with deferred calls has no unwind "
			    "data: it cannot be returned from");
	p = gort__panic_new(gp);
	p->goexit = true; /* not recoverable */
	p->regs = regs;
	p->leave = s;
	prepare_leave(s, &p->leaving);
	p->elsewhere = elsewhere;
	p->from = from;
	p->from_exact = from_exact;
	p->saved_errno = saved;
	if (cleanups)
		gort__raise_to(gp, p);
	gort__defer_leave(gp, p);
}

/* gort_goexit goes on, after a panic that came while it was on its way. */
static struct panic *
resume_goexit(struct g *gp, struct panic *p)
{
	struct panic *q = gort__panic_new(gp);

	q->goexit = true;
	q->err.code = GORT_EGOEXIT;
	q->link = p->link;
	q->regs = p->regs;
	q->exact = p->exact;
	q->cleanups = p->cleanups;
	q->elsewhere = p->elsewhere;
	q->fence = p->fence;
	q->from = p->from;
	q->from_exact = p->from_exact;
	q->saved_errno = p->saved_errno;
	p->link = q;
	gp->ctx.panic = p;
	gort__panic_free(gp, p);
	return q;
}

/* Make one deferred call for p; the panic that goes on. */
static struct panic *
run_one(struct g *gp, struct panic *p, const struct gort__deferred *d)
{
	int landed;

	if (gp->ctx.top >= gort__frames_end(gp) + GORT_RUNFRAMES)
		gort__throw("too many panics in deferred calls");
	p->call = gp->ctx.top;
	errno = p->saved_errno;
	landed = gort__catch(d->fn, d->arg, &gp->ctx, &p->err);
	if (!landed)
		p->saved_errno = errno;
	p->call = NULL;
	gort__unwind_begin(gp);
	return landed ? replace(gp, p, gp->ctx.panic) : p;
}

struct panic *
gort__defers_run(struct g *gp, struct panic *p, const struct gort__frame *to)
{
	struct gort__scope *s;
	struct gort__deferred d;

	while ((s = gp->ctx.scopes) != NULL && (uintptr_t)s < p->fence) {
		if (s->head != &gp->ctx.scopes || !reach(gp, p, s, to)) {
			gp->ctx.scopes = outer_of_stale(gp, s);
			continue;
		}
		while (pop(gp, s, &d)) {
			p = run_one(gp, p, &d);
			if (p->recovered && p->goexit_under)
				p = resume_goexit(gp, p);
			else if (p->recovered)
				recovered(gp, p, s);
		}
		gp->ctx.scopes = s->link;
		s->next = s->end = NULL;
	}
	return p;
}

/* ---- what deferred functions ask ------------------------------------------------ */

const struct gort_error *
gort__recover(void)
{
	struct g *gp = gort__getg();
	struct gort__regs regs;
	bool pad, exact = false;
	struct panic *p;

	p = gp ? gp->ctx.panic : NULL;
	if (!p || !p->call || p->recovered || p->goexit)
		return NULL;
	gort__unwind_begin(gp);
	gort__getregs(&regs);
	gort__unwind_step(gp, &regs, &pad, &exact); /* to the caller */
	gort__unwind_step(gp, &regs, &pad, &exact); /* to who called it */
	if (regs.sp != (uintptr_t)p->call->sp)
		return NULL;
	p->recovered = true;
	return &p->err;
}

/* The recovered panic that err is of, or NULL. */
static struct panic *
panic_of(const struct gort_error *err)
{
	struct g *gp = gort__getg();
	struct panic *p;

	for (p = gp ? gp->ctx.panic : NULL; p; p = p->link)
		if (p->call && &p->err == err)
			return p;
	return NULL;
}

void *
gort_take_value(const struct gort_error *err, const char *type)
{
	struct panic *p = panic_of(err);
	void *value;

	if (!p || !p->type || strcmp(p->type, type) != 0)
		return NULL;
	value = p->value;
	p->type = NULL;
	p->value = NULL;
	p->destroy = NULL;
	return value;
}

static struct g *
bound(void)
{
	struct g *gp = gort__needm();

	if (!gp)
		gort__throw("panic on a thread that could not be bound");
	return gp;
}

void
gort_panic_value(int code, const char *type, void *value,
    void (*destroy)(void *), const char *fmt, ...)
{
	struct g *gp = bound();
	struct panic *p = gort__panic_new(gp);
	struct gort__regs regs;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->err.message, sizeof(p->err.message), fmt, ap);
	va_end(ap);
	p->err.detail = code;
	p->type = type;
	p->value = value;
	p->destroy = destroy;
	gort__getregs(&regs);
	gort__panic_raise_caller(gp, p, &regs);
}

void
gort_repanic(const struct gort_error *err)
{
	struct g *gp = bound();
	struct panic *old = panic_of(err), *p = gort__panic_new(gp);
	struct gort__regs regs;

	gort__copy(p->err.message, sizeof(p->err.message), err->message);
	p->err.code = err->code;
	p->err.detail = err->detail;
	p->err.signo = err->signo;
	p->err.address = err->address;
	if (old) {
		p->type = old->type;
		p->value = old->value;
		p->destroy = old->destroy;
		old->type = NULL;
		old->value = NULL;
		old->destroy = NULL;
	}
	gort__getregs(&regs);
	gort__panic_raise_caller(gp, p, &regs);
}

void
gort_goexit(void)
{
	struct g *gp = bound();
	struct panic *p = gort__panic_new(gp);
	struct gort__regs regs;

	p->goexit = true;
	p->err.code = GORT_EGOEXIT;
	gort__getregs(&regs);
	gort__panic_raise_caller(gp, p, &regs);
}

_Noreturn void
gort__goexit_thread(struct g *gp, struct panic *p)
{
	gort__panic_free(gp, p);
	gort__threadexit();
}
