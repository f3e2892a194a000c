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
 * memory can be had panics still go out, one at a time.
 */
#define RECORDS (8192 / sizeof(struct panic))

struct records {
	struct panic p[RECORDS];
};

static struct panic reserve;
static _Atomic bool reserve_used;
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
		while (atomic_exchange(&reserve_used, true))
			;
		return &reserve;
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

/* What it holds goes, and the panics that it came in place of. */
static void
empty(struct g *gp, struct panic *p)
{
	struct panic *old = p->replaced;
	void (*destroy)(void *) = p->destroy;
	void *value = p->value;

	p->replaced = NULL;
	p->destroy = NULL;
	if (destroy)
		destroy(value);
	if (old)
		gort__panic_free(gp, old);
}

void
gort__panic_free(struct g *gp, struct panic *p)
{
	struct panic **link;

	if (p->replaced || p->destroy)
		empty(gp, p);
	for (link = &gp->ctx.panic; *link; link = &(*link)->link) {
		if (*link == p) {
			*link = p->link;
			break;
		}
	}
	if (!p->pooled) {
		atomic_store(&reserve_used, false);
		return;
	}
	p->link = p->m->freepanic;
	p->m->freepanic = p;
}

/*
 * A frame that longjmp left behind: its cookie (gort__catch's word near its sp
 * that names the frame) is overwritten or names another. A stale one whose
 * memory nobody used since still looks alive; nothing below it is harmed by
 * landing there that longjmp had not harmed.
 */
static bool
is_live(const struct gort__frame *f)
{
	return ((struct gort__frame *const *)f->sp)[COOKIE_WORD] == f;
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
gort__panic_arrive(struct g *gp, struct gort__frame *to, const struct panic *p)
{
	const struct panic *q = p->link;

	while (q && !q->call)
		q = q->link;
	/* one that ends a deferred call goes on from there */
	if (!q || q->call != to)
		gort__panic_attribute(p);
	gort__frames_cut(gp, to);
}

_Noreturn void
gort__panic_land(struct g *gp, struct gort__frame *to, struct panic *p)
{
	void *sp = to->sp;

	gort__panic_arrive(gp, to, p);
	gort__catch_land(sp);
}

/* "panic: a [recovered]", a line for each that p came in place of. */
static size_t
print_replaced(const struct panic *p, char *buf, size_t n)
{
	size_t len;
	int k;

	if (!p->replaced)
		return 0;
	len = print_replaced(p->replaced, buf, n);
	if (len + sizeof(p->err.message) + 32 > n)
		return len;
	k = snprintf(buf + len, n - len, "panic: %s%s\n\t",
	    p->replaced->err.message,
	    p->replaced->recovered ? " [recovered]" : "");
	return len + (size_t)k;
}

/*
 * Go's end: the messages, where, and status 2. Of several threads that come
 * here one prints. A hook that panics itself is not called again.
 */
static _Noreturn void
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
	return pc - (uintptr_t)gort__sigpanic < 64;
}

/*
 * The walk, from *regs to where w says. true: it got there. Not an order: the
 * boundary may be on another stack.
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
	uintptr_t enough = (uintptr_t)gp->m->own.lo + ROOM;
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
	if (gp->ctx.scopes)
		p = gort__defers_run(gp, p, to);
	gort__panic_walk_on(gp, p, sp, sp);
	if (!to && p->goexit && p->fence != UINTPTR_MAX)
		gort__copy(p->err.message, sizeof(p->err.message),
		    "gort_goexit called by the loader");
	else if (!to && p->goexit)
		gort__goexit_thread(gp, p);
	if (!to)
		uncaught(gp, p);
	if (p->cleanups)
		gort__raise(gp, p);
	gort__panic_land(gp, to, p);
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

	gort__unwind_begin(gp);
	gort__unwind_step(gp, regs, &pad, &exact);
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
