/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Entering and leaving: the slow path of exported calls, gort_try, gort_call.
 */
#include "runtime.h"

#include <errno.h>
#include <string.h>

#define NOWHERE NULL, GORT_ERR_NO_OFFSET

/* Take a frame that names im; NULL when the frame stack is full. */
static struct gort__frame *
publish(struct g *gp, struct gort__slot_head *slot, struct gort__target *t,
    struct gort__image *im)
{
	struct gort__frame *f = gp->ctx.top;

	if (f >= gort__frames_end(gp))
		return NULL;
	__atomic_store_n(&gp->ctx.top, f + 1, __ATOMIC_RELAXED);
	f->ctx = &gp->ctx;
	f->sp = slot;
	f->target = t;
	__atomic_store_n(&f->image, im, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return f;
}

static void
retreat(struct g *gp, struct gort__frame *f)
{
	struct gort__image *im = f->image;

	__atomic_store_n(&f->image, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&gp->ctx.top, f, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&im->head.drain, __ATOMIC_RELAXED))
		gort__leave_slow();
}

/* Only this thread writes the word; others read it for statistics. */
static void
count_call(struct g *gp, const struct gort__image *im)
{
	uint64_t *calls = &gp->ctx.calls[im->head.index];

	__atomic_store_n(calls, __atomic_load_n(calls, __ATOMIC_RELAXED) + 1,
	    __ATOMIC_RELAXED);
}

/* The call does not take place: below a boundary as a panic, else zero. */
static struct gort__frame *
refuse(struct g *gp, struct gort__slot_head *slot, struct gort__args *args,
    const struct gort_err *e)
{
	struct gort__regs regs;
	struct panic *p;

	if (gp && gort__boundary(gp)) {
		p = gort__panic_new(gp);
		p->err.code = e->code;
		gort__copy(p->err.message, sizeof(p->err.message), e->text);
		gort__getregs(&regs);
		gort__panic_raise(gp, p, &regs);
	}
	gort__seterr(e);
	args->ret = slot->flags & GORT__EX_SRET ? gort__args_sret(args) : 0;
	return NULL;
}

/* Does the slot still lead to im by t? See Note [Targets belong to slots]. */
static bool
is_current(const struct gort__slot_head *slot, const struct gort__target *t,
    const struct gort__image *im)
{
	return __atomic_load_n(&slot->target, __ATOMIC_ACQUIRE) == t &&
	       __atomic_load_n(&t->image, __ATOMIC_ACQUIRE) == im;
}

/* All three may have been used again, and serve: then it was not im's fault. */
static bool
is_ready(const struct gort__image *im)
{
	return gort__gate_state() == GORT_READY &&
	       atomic_load(&im->state) == GORT_P_READY;
}

/* On the slow path: it may be for a request, or frames that longjmp left. */
static void
at_limit(struct g *gp)
{
	bool asked = gort__asked(gp);

	if (asked)
		gort__faults_thread(gp->m);
	if (asked || gp->ctx.top >= gort__frames_limit(gp))
		gort__frames_sweep();
}

struct gort__frame *
gort__enter_slow(struct gort__slot_head *slot, struct gort__args *args)
{
	struct g *gp = gort__needm();
	struct gort_err e;
	struct gort__target *t;
	struct gort__image *im, *raw;
	struct gort__frame *f;

	if (!gp) {
		gort__err_unbound(&e);
		return refuse(NULL, slot, args, &e);
	}
	gort__turned_back();
	at_limit(gp);
	for (;;) {
		t = __atomic_load_n(&slot->target, __ATOMIC_ACQUIRE);
		raw = __atomic_load_n(&t->image, __ATOMIC_ACQUIRE);
		im = gort__image_known(raw);
		if (gort__gate_wait_image(im, &e)) {
			/* replaced meanwhile: Note [The switch] */
			if (!is_current(slot, t, raw) || is_ready(im))
				continue;
			return refuse(gp, slot, args, &e);
		}
		f = publish(gp, slot, t, im);
		if (!f) {
			gort__err(&e, GORT_ELIMIT, NOWHERE,
			    "more than %d nested calls on one thread",
			    GORT_MAXFRAMES);
			return refuse(gp, slot, args, &e);
		}
		if (__atomic_load_n(&t->image, __ATOMIC_ACQUIRE) == im &&
		    (gp->initing == im ||
			atomic_load(&im->state) == GORT_P_READY)) {
			count_call(gp, im);
			return f;
		}
		retreat(gp, f);
	}
}

/* The message of a copied error fits. */
static void
put_errmsg(struct m *mp, const struct gort_error *err)
{
	char *to = mp->errmsg;

	_Static_assert(sizeof(mp->errmsg) >
			   sizeof(err->module) + sizeof(err->message) + 64,
	    "room for the texts of statuses");
	if (err->module[0])
		to = gort__put(gort__put(to, err->module), " ");
	to = gort__put(gort__put(to, gort_strerror(err->code)), ": ");
	*gort__put(to, err->message) = '\0';
}

/* The boundary caught something: hand it to the caller. */
static int
take_error(struct g *gp, const struct gort__outside *o)
{
	struct panic *p = gp->ctx.panic;
	int code = p->err.code, saved = p->saved_errno;

	if (o->err)
		gort__error_copy(o->err, &p->err);
	put_errmsg(gp->m, &p->err);
	/* and those that a fault in a walk left behind */
	while (gp->ctx.panic != o->panic)
		gort__panic_free(gp, gp->ctx.panic);
	errno = saved;
	return -code;
}

/* Is it the boundary below which a panic makes a deferred call? */
static bool
is_deferred_call(const struct gort__outside *o)
{
	const struct panic *p;

	for (p = o->panic; p; p = p->link)
		if (o->err == &p->err)
			return true;
	return false;
}

int
gort__catch_landed(const struct gort__outside *o)
{
	struct g *gp = gort__getg();

	gort__frames_cut(gp, o->frame);
	gort__stack_landed(gp, o);
	gp->ctx.scopes = o->scopes;
	if (is_deferred_call(o))
		return 1; /* run_one() goes on, defer.c */
	if (gort__asked(gp))
		gort__faults_thread(gp->m);
	return take_error(gp, o);
}

/* fn is not called at all. */
static __attribute__((cold)) int
not_called(const struct gort_err *e, struct gort_error *err)
{
	if (err) {
		memset(err, 0, sizeof(*err));
		err->code = e->code;
		gort__copy(err->message, sizeof(err->message), e->text);
	}
	return gort__seterr(e);
}

/* No m, not READY, or no room for a frame. 0: now all is there. */
__attribute__((noinline)) static int
prepare(struct g *gp, struct gort_error *err)
{
	struct gort_err e;

	if (!gp) {
		gort__err_unbound(&e);
		return not_called(&e, err);
	}
	if (gort__gate_wait(-1, &e))
		return not_called(&e, err);
	at_limit(gp);
	if (gp->ctx.top < gort__frames_end(gp))
		return 0;
	gort__err(&e, GORT_ELIMIT, NOWHERE,
	    "more than %d nested calls on one thread", GORT_MAXFRAMES);
	return not_called(&e, err);
}

__attribute__((noinline)) static int
try_slow(gort_func *fn, void *arg, struct gort_error *err)
{
	struct g *gp = gort__needm();
	int rc = prepare(gp, err);

	return rc ? rc : gort__catch(fn, arg, &gp->ctx, err);
}

/* Keeps nothing over the call: gort__catch is jumped to. */
static inline int
try_below(gort_func *fn, void *arg, struct gort_error *err)
{
	struct g *gp = gort__getg();

	if (__builtin_expect(!gp || gort__gate_state() != GORT_READY ||
				 gp->ctx.top >= gort__frames_limit(gp),
		0))
		return try_slow(fn, arg, err);
	return gort__catch(fn, arg, &gp->ctx, err);
}

int
gort_try(gort_func *fn, void *arg, struct gort_error *err)
{
	return try_below(fn, arg, err);
}

__attribute__((noinline)) static int
no_function(struct gort_error *err)
{
	struct gort_err e;

	gort__err(&e, GORT_EINVAL, NOWHERE, "gort_call: no function");
	return not_called(&e, err);
}

int
gort_call(void *sym, void *arg, struct gort_error *err)
{
	gort_func *fn;

	if (__builtin_expect(!sym, 0))
		return no_function(err);
	*(void **)&fn = sym;
	return try_below(fn, arg, err);
}
