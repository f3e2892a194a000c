/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of loaded module versions, and who is inside one.
 */
#include "../include/small.h"
#include "runtime.h"

#include <string.h>

static _Atomic unsigned nimages; /* entries ever used */
static unsigned nused;           /* entries in use; modlock */
static unsigned last;            /* where the search goes on; modlock */
static uint32_t serial;          /* modlock */

/* What an export points to until its module is registered. Never open. */
struct gort__image gort__cold_image;

/* What those of a module lead to that found no record: never open either. */
struct gort__image gort__unlisted_image;

int
gort__err_unlisted(struct gort_err *e)
{
	return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
	    "the module is not registered: when it came there were %d module "
	    "versions, or no memory for one more",
	    GORT_MAXIMAGES);
}

/*
 * The others, mapped when the first of them is needed and kept: a late reader
 * may hold any record for ever.
 */
#define NMORE (GORT_MAXIMAGES - GORT_FIRST_IMAGES)
static struct gort__image *_Atomic more;

static struct gort__image *
record(unsigned i)
{
	return i < GORT_FIRST_IMAGES
		   ? &gort__images[i]
		   : atomic_load(&more) + i - GORT_FIRST_IMAGES;
}

/* modlock. How many records there may be now, of n that are wanted. */
static unsigned
make_records(unsigned n)
{
	if (n <= GORT_FIRST_IMAGES)
		return n;
	if (!atomic_load(&more))
		atomic_store(
		    &more, gort__sysalloc(NMORE * sizeof(struct gort__image)));
	if (!atomic_load(&more))
		return GORT_FIRST_IMAGES;
	return n < GORT_MAXIMAGES ? n : GORT_MAXIMAGES;
}

struct gort__image *
gort__image_at(unsigned i)
{
	return i < atomic_load(&nimages) ? record(i) : NULL;
}

struct gort__image *
gort__image_known(struct gort__image *im)
{
	const struct gort__image *rest = atomic_load(&more);

	if (im >= gort__images && im < gort__images + GORT_FIRST_IMAGES)
		return im;
	return (rest && im >= rest && im < rest + NMORE) ||
		       im == &gort__unlisted_image
		   ? im
		   : &gort__cold_image;
}

/*
 * Entries are taken in turn from as many as are used and some more, so that
 * the record of an unloaded version keeps its names, for backtraces, while
 * the table's memory stays small.
 */
struct gort__image *
gort__image_alloc(void)
{
	unsigned limit = make_records(nused + GORT_TOMBSTONES), i, n;
	struct gort__image *im;

	for (n = 0; n < limit; n++) {
		i = last++ % limit;
		im = record(i);
		if (atomic_load(&im->used) || im->kept)
			continue;
		/* a late reader may hold it: Note [Targets belong to slots] */
		__atomic_store_n(&im->head.drain, 0, __ATOMIC_RELAXED);
		if (im->head.index != GORT_MAXIMAGES - 1 - i)
			im->head.index = GORT_MAXIMAGES - 1 - i; /* struct m */
		atomic_store(&im->state, GORT_P_FOUND);
		im->claimed = false;
		im->opener = NULL;
		im->worker = NULL;
		im->finished = false;
		im->serial = ++serial;
		im->md = NULL;
		im->reason[0] = '\0';
		atomic_store(&im->panics, 0);
		atomic_store(&im->wary, false);
		im->last_error[0] = '\0';
		atomic_store(&im->used, true);
		nused++;
		if (i >= atomic_load(&nimages))
			atomic_store(&nimages, i + 1);
		return im;
	}
	return NULL;
}

/* Nobody is inside: no thread touches its counter while it is zeroed. */
void
gort__image_free(struct gort__image *im)
{
	struct m *mp;

	gort__allm_lock();
	for (mp = gort__allm(); mp; mp = mp->alllink)
		__atomic_store_n(
		    &mp->calls[im->head.index], 0, __ATOMIC_RELAXED);
	gort__allm_unlock();
	im->md = NULL;
	atomic_store(&im->used, false);
	nused--;
}

static struct gort__frame *
top_of(const struct g *gp)
{
	return __atomic_load_n(&gp->ctx.top, __ATOMIC_ACQUIRE);
}

static uint64_t
count_frames(const struct g *gp, const struct gort__image *im)
{
	struct gort__frame *f, *top = top_of(gp);
	uint64_t n = 0;

	for (f = gp->base; f < top; f++)
		n += __atomic_load_n(&f->image, __ATOMIC_ACQUIRE) == im;
	return n;
}

uint64_t
gort__image_in_flight(const struct gort__image *im)
{
	const struct m *mp;
	uint64_t n = 0;

	gort__allm_lock();
	for (mp = gort__allm(); mp; mp = mp->alllink)
		n += count_frames(&mp->g0, im);
	gort__allm_unlock();
	return n;
}

uint64_t
gort__image_calls(const struct gort__image *im)
{
	const struct m *mp;
	uint64_t n = 0;

	gort__allm_lock();
	for (mp = gort__allm(); mp; mp = mp->alllink)
		n += __atomic_load_n(
		    &mp->calls[im->head.index], __ATOMIC_RELAXED);
	gort__allm_unlock();
	return n;
}

bool
gort__image_is_inside(const struct gort__image *im)
{
	const struct g *gp = gort__getg();

	return gp && count_frames(gp, im) > 0;
}

/* Who is inside, for the message of a drain that timed out. */
static int
timed_out(const struct gort__image *im, struct gort_err *e)
{
	const struct m *mp;
	char who[256];
	size_t len = 0;
	uint64_t n, all = 0;

	who[0] = '\0';
	gort__allm_lock();
	for (mp = gort__allm(); mp; mp = mp->alllink) {
		n = count_frames(&mp->g0, im);
		if (!n)
			continue;
		all += n;
		if (len < sizeof(who) - 32)
			len += (size_t)snprintf(who + len, sizeof(who) - len,
			    "%s%d", len ? ", " : " in thread ",
			    atomic_load(&mp->tid));
	}
	gort__allm_unlock();
	return gort__err(e, GORT_ETIMEDOUT, NULL, GORT_ERR_NO_OFFSET,
	    "module %s %s: %llu calls still inside%s", im->name, im->version,
	    (unsigned long long)all, who);
}

/* Threads whose frames longjmp left take them off at their next calls. */
static void
ask_who_is_inside(const struct gort__image *im)
{
	struct m *mp;

	gort__allm_lock();
	for (mp = gort__allm(); mp; mp = mp->alllink)
		if (count_frames(&mp->g0, im))
			gort__ask(&mp->g0);
	gort__allm_unlock();
}

static _Atomic unsigned drains; /* at work now */

/*
 * A leaving call that sees the drain byte wakes us under the gatelock, which
 * is held from the count to the sleep: no wake-up is lost. A call that left
 * without seeing it did so before the barrier, and the count sees that. A call
 * that turned back at the gate comes to gort__turned_back(), where the same
 * holds for `drains`. Only frames that a longjmp left wake nobody when they are
 * taken off: for them, look again.
 */
#define LOOK_AGAIN_NS 20000000

/*
 * Only threads that have a g enter without a lock. One that gets its g later
 * takes mlock after this, and so finds the gate closed; one that has given it
 * back, or the init thread while it waits, has left what it was in, under a
 * lock as well. gatelock held.
 */
static bool
others_may_enter(void)
{
	const struct g *own = gort__getg(), *idle = gort__rt0_idle();
	const struct m *mp;
	bool may = false;

	gort__allm_lock();
	for (mp = gort__allm(); mp && !may; mp = mp->alllink)
		may = atomic_load(&mp->bound) && &mp->g0 != own &&
		      &mp->g0 != idle;
	gort__allm_unlock();
	return may;
}

int
gort__image_drain(
    struct gort__image *im, int64_t deadline_ns, struct gort_err *e)
{
	bool others;
	int rc = 0;

	if (gort__image_is_inside(im))
		return gort__err(e, GORT_EDEADLK, NULL, GORT_ERR_NO_OFFSET,
		    "module %s %s: this thread is inside one of its calls",
		    im->name, im->version);
	__atomic_store_n(&im->head.drain, 1, __ATOMIC_SEQ_CST);
	atomic_fetch_add(&drains, 1);
	gort__gate_lock();
	others = others_may_enter();
	gort__gate_unlock();
	if (others && (rc = gort__membarrier()) != 0)
		rc = gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET,
		    "module %s %s: cannot tell whether a call is inside: "
		    "membarrier: %s",
		    im->name, im->version, strerror(-rc));
	gort__gate_lock();
	while (rc == 0 && gort__image_in_flight(im) > 0) {
		int64_t again = gort__nanotime() + LOOK_AGAIN_NS;

		ask_who_is_inside(im);
		if (gort__gate_sleep(again < deadline_ns ? again : deadline_ns))
			continue;
		if (again >= deadline_ns && gort__image_in_flight(im) > 0)
			rc = timed_out(im, e);
	}
	gort__gate_unlock();
	atomic_fetch_sub(&drains, 1);
	__atomic_store_n(&im->head.drain, 0, __ATOMIC_SEQ_CST);
	return rc;
}

void
gort__leave_slow(void)
{
	gort__gate_lock();
	gort__gate_wake();
	gort__gate_unlock();
}

void
gort__turned_back(void)
{
	if (atomic_load(&drains))
		gort__leave_slow();
}

void
gort__image_quarantine(struct gort__image *im, const struct gort_error *err)
{
	if (!atomic_load(&im->wary))
		return;
	gort__gate_lock();
	if (atomic_load(&im->state) == GORT_P_READY)
		gort__gate_set_image(im, GORT_P_QUARANTINED, err->message);
	gort__gate_unlock();
}

/* Two threads may fail at once: the second one's text is dropped. */
void
gort__image_note_error(struct gort__image *im, const struct gort_error *err)
{
	if (atomic_exchange(&im->noting, true))
		return;
	snprintf(im->last_error, sizeof(im->last_error), "%s: %.220s",
	    gort_strerror(err->code), err->message);
	atomic_store(&im->noting, false);
}

const struct gort__image *
gort__image_of_pc(const void *pc)
{
	const struct gort__image *im, *best = NULL;
	const char *p = pc;
	unsigned i;

	for (i = 0; (im = gort__image_at(i)) != NULL; i++) {
		if (p < im->base || p >= im->end)
			continue;
		if (atomic_load(&im->used) && im->md)
			return im;
		if (!best || im->serial > best->serial)
			best = im;
	}
	return best;
}
