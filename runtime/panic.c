/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics: raising one, finding its boundary, the way out, and the end of a
 * panic that nobody catches.
 *
 * Note [Two ways out]
 * The walk from the panic to the boundary looks at each frame's unwind data
 * (cached by pc). When no frame on the way has a landing pad at its pc, as in
 * plain C, nothing needs to run and the boundary's registers are restored
 * directly. Otherwise our own walk goes from landing pad to landing pad, so
 * that C++ destructors, Rust drops and C cleanups run, which the process's
 * unwinder hands back to us (raise.c).
 */
#include "runtime.h"
#include "objbounds.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* "GORT" "C\0\0\0", vendor and language as the Itanium ABI has it. */
#define PANIC_CLASS UINT64_C(0x474f525443000000)

static _Atomic(gort_uncaught *) uncaught_hook;

/*
 * Records are mapped some at a time, not malloced: a fault that becomes a
 * panic may have come from inside malloc. They stay with the m. When no
 * memory can be had panics still go out, of some threads or some deep; nobody
 * waits for another's, which may be waiting for him.
 */
#define RECORDS (8192 / sizeof(struct panic))

struct records {
	struct panic p[RECORDS];
};

#define RESERVES 8

static struct panic reserve[RESERVES];
static _Atomic bool reserve_used[RESERVES];
static char report[GORT_REPORT]; /* uncaught's lock */

/* Another runtime disposes of a panic that its catch (...) swallowed. */
static void
swallowed(_Unwind_Reason_Code reason, struct _Unwind_Exception *ue)
{
	struct panic *p = gort__panic_of(ue);

	(void)reason;
	gort__panic_free(&p->m->g0, p);
}

static struct panic *
new_record(struct m *mp)
{
	struct records *r = gort__sysalloc(sizeof(*r));
	unsigned i;

	if (!r) {
		for (i = 0; i < RESERVES; i++)
			if (!atomic_exchange(&reserve_used[i], true))
				return &reserve[i];
		gort__throw("no memory for one more panic");
	}
	for (i = 1; i < RECORDS; i++) {
		r->p[i].pooled = true;
		r->p[i].link = mp->freepanic;
		mp->freepanic = &r->p[i];
	}
	r->p[0].pooled = true;
	r->p[0].first = true;
	return &r->p[0];
}

/* Pages are found again by their first records. */
void
gort__panics_free(struct m *mp)
{
	struct panic *p, *firsts = NULL, *next;

	for (p = mp->freepanic; p; p = next) {
		next = p->link;
		if (p->first) {
			p->link = firsts;
			firsts = p;
		}
	}
	mp->freepanic = NULL;
	for (p = firsts; p; p = next) {
		next = p->link;
		gort__sysfree(p, sizeof(struct records));
	}
}

struct panic *
gort__panic_new(struct g *gp)
{
	struct panic *p = gp->m->freepanic;
	int saved = errno;

	if (p)
		gp->m->freepanic = p->link;
	else
		p = new_record(gp->m);
	memset(&p->ue, 0, sizeof(p->ue));
	p->ue.exception_class = PANIC_CLASS;
	p->ue.exception_cleanup = swallowed;
	p->m = gp->m;
	p->foreign = NULL;
	p->err.code = GORT_EPANIC;
	p->err.signo = 0;
	p->err.address = 0;
	p->err.message[0] = '\0';
	p->err.module[0] = '\0';
	p->err.version[0] = '\0';
	p->err.skipped = 0;
	p->err.skipped_at = NULL;
	p->err.nframes = 0;
	p->err.detail = 0;
	p->replaced = NULL;
	p->leave = NULL;
	p->call = NULL;
	p->fence = UINTPTR_MAX;
	p->type = NULL;
	p->value = NULL;
	p->destroy = NULL;
	p->saved_errno = saved;
	p->exact = false;
	p->from_exact = false;
	p->asking = false;
	p->disposing = false;
	p->elsewhere = false;
	p->cleanups = false;
	p->recovered = false;
	p->goexit = false;
	p->goexit_under = false;
	p->link = gp->ctx.panic;
	gp->ctx.panic = p;
	return p;
}

static void
free_one(struct g *gp, struct panic *p)
{
	void (*destroy)(void *) = p->destroy;
	struct panic **link;

	p->destroy = NULL;
	if (destroy)
		destroy(p->value);
	for (link = &gp->ctx.panic; *link; link = &(*link)->link) {
		if (*link == p) {
			*link = p->link;
			break;
		}
	}
	if (!p->pooled) {
		atomic_store(&reserve_used[p - reserve], false);
		return;
	}
	p->link = p->m->freepanic;
	p->m->freepanic = p;
}

/* And those that it came in place of: there may be many. */
void
gort__panic_free(struct g *gp, struct panic *p)
{
	struct panic *old;

	for (; p; p = old) {
		old = p->replaced;
		p->replaced = NULL;
		free_one(gp, p);
	}
}

/*
 * A frame that longjmp left behind: its cookie (gort__catch's word near its sp
 * that names the frame) is overwritten or names another. One whose memory
 * nobody used since still looks alive, until a walk has found otherwise. What
 * lies there may be anything, also what a sanitizer watches.
 */
__attribute__((no_sanitize("address"))) static bool
is_live(const struct gort__frame *f)
{
	return f->sp && ((struct gort__frame *const *)f->sp)[COOKIE_WORD] == f;
}

struct gort__frame *
gort__boundary(struct g *gp)
{
	struct gort__frame *f;

	for (f = gp->ctx.top; f-- > gp->base;)
		if (!f->target && is_live(f))
			return f;
	return NULL;
}

void
gort__frames_cut(struct g *gp, struct gort__frame *to)
{
	struct gort__frame *f;
	bool wake = false;

	for (f = gp->ctx.top; f-- > to;) {
		struct gort__image *im = f->image;

		__atomic_store_n(&f->image, NULL, __ATOMIC_RELEASE);
		__atomic_store_n(&gp->ctx.top, f, __ATOMIC_RELEASE);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (im && __atomic_load_n(&im->head.drain, __ATOMIC_RELAXED))
			wake = true;
	}
	if (wake)
		gort__leave_slow();
}

void
gort__panic_blame(const struct g *gp, struct panic *p)
{
	struct gort__frame *f;

	p->image = NULL;
	for (f = gp->ctx.top; f-- > gp->base;) {
		if (!f->image)
			continue;
		p->image = f->image;
		gort__copy(
		    p->err.module, sizeof(p->err.module), p->image->name);
		gort__copy(
		    p->err.version, sizeof(p->err.version), p->image->version);
		return;
	}
}

void
gort__panic_blame_again(const struct g *gp, struct panic *p)
{
	struct gort__frame *f;

	for (f = gp->ctx.top; f-- > gp->base;)
		if (f->image == p->image)
			return;
	p->image = NULL;
}

/* For gort_stat(). */
void
gort__panic_attribute(const struct panic *p)
{
	if (!p->image || p->goexit)
		return;
	atomic_fetch_add(&p->image->panics, 1);
	gort__image_note_error(p->image, &p->err);
	if (p->err.code == GORT_EFAULT)
		gort__image_quarantine(p->image, &p->err);
}

void
gort__panic_arrive(const struct gort__frame *to, const struct panic *p)
{
	const struct panic *q = p->link;

	while (q && !q->call)
		q = q->link;
	/* one that ends a deferred call goes on from there */
	if (!q || q->call != to)
		gort__panic_attribute(p);
}

_Noreturn void
gort__panic_land(const struct gort__frame *to, const struct panic *p)
{
	gort__panic_arrive(to, p);
	gort__catch_land(to->sp);
}

/*
 * "panic: a [recovered]", a line for each that p came in place of, the oldest
 * first: they are turned around, as the process ends.
 */
static size_t
print_replaced(struct panic *p, char *buf, size_t n)
{
	struct panic *oldest = NULL, *old, *next;
	size_t len = 0;

	for (old = p->replaced; old; old = next) {
		next = old->replaced;
		old->replaced = oldest;
		oldest = old;
	}
	for (old = oldest; old; old = old->replaced) {
		if (len + sizeof(old->err.message) + 32 > n)
			break;
		len += (size_t)snprintf(buf + len, n - len, "panic: %s%s\n\t",
		    old->err.message, old->recovered ? " [recovered]" : "");
	}
	return len;
}

/*
 * Go's end: the messages, where, and status 2. Of several threads that come
 * here one prints. A hook that panics itself is not called again.
 */
static __attribute__((cold)) _Noreturn void
uncaught(struct g *gp, struct panic *p)
{
	static struct gort__mutex printing = GORT__MUTEX_INIT;
	gort_uncaught *hook = atomic_load(&uncaught_hook);
	struct panic *first;
	char here;
	size_t n;

	/* above: what a hook has left by longjmp */
	if (gp->ending && &here < gp->ending_at) {
		for (first = p; first->replaced; first = first->replaced)
			;
		if (first != gp->ending)
			first->replaced = gp->ending;
	} else if (hook) {
		gp->ending = p;
		gp->ending_at = &here;
		hook(&p->err);
	}
	gort__mutex_lock(&printing);
	n = print_replaced(p, report, GORT_REPORT / 2);
	n += gort_format_error(&p->err, report + n, GORT_REPORT - n);
	if (n >= GORT_REPORT)
		n = GORT_REPORT - 1;
	gort__write_stderr(report, n);
	_exit(2);
}

gort_uncaught *
gort_on_uncaught(gort_uncaught *hook)
{
	return atomic_exchange(&uncaught_hook, hook);
}

/* gort__sigpanic says of itself that it is a signal frame; it is not long. */
static bool
is_sigpanic(uintptr_t pc)
{
	return pc - (uintptr_t)gort__sigpanic < 128;
}

/*
 * The walk has come to the boundary at sp. Is it one of gp's? Then those that
 * are newer were left by longjmp: what runs goes through them first.
 */
__attribute__((cold)) static bool
at_boundary(struct g *gp, uintptr_t sp)
{
	struct gort__frame *f, *top = gp->ctx.top;

	for (f = top; f-- > gp->base;) {
		if (f->target || (uintptr_t)f->sp != sp)
			continue;
		while (++f < top)
			if (!f->target)
				f->sp = NULL;
		return true;
	}
	return false;
}

/*
 * The boundary that a walk from `from` did not come to: was it left by longjmp,
 * deeper on the thread's own stack? It may be on another one. The handler of a
 * fault does not ask where the stack is.
 */
static bool
was_left(struct g *gp, const struct panic *p, const struct gort__frame *to)
{
	struct gort__bounds *own = &gp->m->own;
	uintptr_t sp = (uintptr_t)to->sp;

	if (sp >= p->from.sp)
		return false;
	if (!own->lo && (p->from_exact || !gort__threadstack(own))) {
		own->lo = NULL;
		return false;
	}
	return sp >= (uintptr_t)own->lo && p->from.sp < (uintptr_t)own->hi;
}

/* The boundary that p is on its way to, now that it has walked; or NULL. */
__attribute__((cold)) static struct gort__frame *
boundary_of(struct g *gp, const struct panic *p, bool there)
{
	struct gort__frame *to = gort__boundary(gp);

	while (to && !there && was_left(gp, p, to)) {
		to->sp = NULL;
		to = gort__boundary(gp);
	}
	return to;
}

/*
 * The walk, from *regs to where w says, or to a boundary before that. true: it
 * got there. Not an order: the boundary may be on another stack.
 */
static bool
walk(struct g *gp, struct gort_error *err, struct gort__regs *regs, bool *exact,
    struct walk *w)
{
	unsigned depth = 0, n;
	uintptr_t pc;
	bool pad;

	w->pcs = err->frames;
	w->n = &err->nframes;
	w->max = GORT_ERROR_FRAMES;
	for (;;) {
		if (!*exact && (n = gort__unwind_quick(gp, regs, w)) > 0) {
			w->called = true;
			depth += n;
		}
		if (regs->sp == w->sp || regs->sp == w->limit)
			return true;
		if (regs->pc == (uintptr_t)gort__catch_called &&
		    w->limit != UINTPTR_MAX && at_boundary(gp, regs->sp))
			return true;
		if (++depth > 1000000)
			return false;
		pad = false;
		if (err->nframes < GORT_ERROR_FRAMES)
			err->frames[err->nframes++] = (void *)regs->pc;
		pc = regs->pc;
		switch (gort__unwind_step(gp, regs, &pad, exact)) {
		case STEP_OK:
			break;
		case STEP_SKIPPED:
			gort__skipped(err, pc);
			break;
		case STEP_END:
			return false;
		}
		w->pads |= pad;
		if (*exact && !is_sigpanic(pc))
			w->within = "a signal handler";
		if (gort__object_is_linker(pc))
			w->within = w->called ? "a constructor or destructor "
						"that the dynamic linker runs"
					      : w->within;
		else
			w->called = true;
	}
}

/*
 * p would leave what nothing may leave so: who called that holds locks, and a
 * signal handler has interrupted anything. It ends the process, and deferred
 * calls outside of it do not run.
 */
static _Noreturn void
refuse(struct g *gp, struct panic *p, const char *where)
{
	size_t len = strlen(p->err.message);

	snprintf(p->err.message + len, sizeof(p->err.message) - len,
	    "%s in %s, which no panic may leave",
	    p->goexit ? "gort_goexit" : "", where);
	uncaught(gp, p);
}

/*
 * fork() is at work: its handlers may have boundaries and deferred calls of
 * their own, but gort's locks are held.
 */
static void
check_fork(struct g *gp, struct panic *p, const struct gort__frame *to)
{
	if (to < gp->forking && (uintptr_t)gp->ctx.scopes - 1 >= gp->fork_sp)
		refuse(gp, p, "a handler of fork");
}

bool
gort__panic_walk(
    struct g *gp, struct gort_error *err, struct gort__regs regs, uintptr_t sp)
{
	bool exact = err->code == GORT_EFAULT;
	struct walk w = {.sp = sp, .limit = sp};

	gort__unwind_begin(gp);
	walk(gp, err, &regs, &exact, &w);
	return w.pads;
}

bool
gort__panic_walk_on(
    struct g *gp, struct panic *p, uintptr_t sp, uintptr_t limit)
{
	struct walk w = {.sp = sp, .limit = limit};
	bool there;

	gp->raising = true;
	there = walk(gp, &p->err, &p->regs, &p->exact, &w);
	gp->raising = false;
	p->cleanups |= w.pads;
	if (w.within)
		refuse(gp, p, w.within);
	return there;
}

/* Stack that an unwinder and the cleanups that it calls may take. */
#define ROOM 65536

bool
gort__panic_find_room(struct g *gp, struct panic *p, uintptr_t sp,
    struct gort__regs *regs, bool *exact)
{
	uintptr_t enough = p->stack_end + ROOM;
	struct gort__regs at;
	bool pad;

	gort__unwind_begin(gp);
	*regs = p->from;
	*exact = p->from_exact;
	while (regs->sp != sp && (regs->sp < enough || *exact)) {
		pad = false;
		at = *regs;
		if (gort__unwind_step(gp, regs, &pad, exact) == STEP_END)
			return false;
		if (pad)
			gort__skipped(&p->err, at.pc);
	}
	p->elsewhere = false;
	return regs->sp != sp;
}

/*
 * The thread holds the loader's lock. Where is the loader between the panic
 * and the boundary? Landing beyond it would leave the lock held for ever.
 * Faults of the system's own code, called from below, are not meant.
 */
static uintptr_t
find_fence(struct g *gp, struct gort__regs regs, bool exact, uintptr_t sp)
{
	bool pad, others = false;

	while (regs.sp != sp) {
		if (!gort__in_loader(regs.pc))
			others = true;
		else if (others)
			return regs.sp;
		if (gort__unwind_step(gp, &regs, &pad, &exact) == STEP_END)
			break;
	}
	return UINTPTR_MAX;
}

/* After gort__unwind_begin(). */
static _Noreturn void
raise_begun(struct g *gp, struct panic *p, const struct gort__regs *regs)
{
	struct gort__frame *to = gort__boundary(gp);
	uintptr_t sp = to ? (uintptr_t)to->sp : UINTPTR_MAX;
	bool there;

	gort__panic_blame(gp, p);
	if (regs != &p->regs)
		p->regs = *regs;
	p->exact = p->from_exact = regs == &p->regs; /* a fault's */
	p->from = p->regs;
	if (__builtin_expect(gp->forking != NULL, 0))
		check_fork(gp, p, to);
	if (!gort__may_wait())
		p->fence = find_fence(gp, *regs, p->exact, sp);
	if (p->fence != UINTPTR_MAX) {
		to = NULL;
		sp = UINTPTR_MAX;
	}
	if (gp->ctx.scopes) {
		p = gort__defers_run(gp, p, to);
		if (to && (to = gort__boundary(gp)) != NULL)
			sp = (uintptr_t)to->sp;
	}
	there = gort__panic_walk_on(gp, p, sp, sp);
	if (__builtin_expect(to && (!there || p->regs.sp != sp), 0))
		to = boundary_of(gp, p, there);
	if (!to && p->goexit && p->fence != UINTPTR_MAX)
		gort__copy(p->err.message, sizeof(p->err.message),
		    "gort_goexit called by the loader");
	else if (!to && p->goexit)
		gort__goexit_thread(gp, p);
	if (!to)
		uncaught(gp, p);
	if (p->cleanups)
		gort__raise(gp, p);
	gort__panic_land(to, p);
}

_Noreturn void
gort__panic_raise(struct g *gp, struct panic *p, const struct gort__regs *regs)
{
	gort__unwind_begin(gp);
	raise_begun(gp, p, regs);
}

_Noreturn void
gort__panic_raise_caller(struct g *gp, struct panic *p, struct gort__regs *regs)
{
	bool pad, exact = false;
	uintptr_t pc = regs->pc;

	gort__unwind_begin(gp);
	/* a static program may have no unwind data, not even of ours */
	if (gort__unwind_step(gp, regs, &pad, &exact) == STEP_SKIPPED)
		gort__skipped(&p->err, pc);
	raise_begun(gp, p, regs);
}

void
gort_panic(const char *fmt, ...)
{
	struct g *gp = gort__needm();
	struct gort__regs regs;
	struct panic *p;
	va_list ap;

	if (!gp)
		gort__throw(
		    "panic on a thread that could not be bound: %s", fmt);
	p = gort__panic_new(gp);
	if (!strchr(fmt, '%')) {
		gort__copy(p->err.message, sizeof(p->err.message), fmt);
	} else {
		va_start(ap, fmt);
		vsnprintf(p->err.message, sizeof(p->err.message), fmt, ap);
		va_end(ap);
	}
	gort__getregs(&regs);
	gort__panic_raise_caller(gp, p, &regs);
}
