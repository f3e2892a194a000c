/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Binding threads that C made to the runtime: needm and dropm, as cgo has
 * them. A thread gets an m at its first gort call and keeps it until it
 * exits; then the m waits for the next thread. An m is never unmapped before
 * gort_shutdown(), which holds mlock for that, as does who walks all m's.
 */
#include "../include/small.h"
#include "runtime.h"

#include <errno.h>
#include <string.h>

_Atomic bool gort__catching; /* of fault_*.c, panic.h */
static struct gort__mutex mlock = GORT__MUTEX_INIT;
static struct m *_Atomic allm;
static struct m *freem; /* mlock */
static _Atomic bool mkey_made;

void
gort__allm_lock(void)
{
	gort__mutex_lock(&mlock);
}

void
gort__allm_unlock(void)
{
	gort__mutex_unlock(&mlock);
}

struct m *
gort__allm(void)
{
	return atomic_load_explicit(&allm, memory_order_acquire);
}

/* mlock */
static struct m *
newm(void)
{
	static unsigned first;
	struct m *mp = first < GORT_FIRST_MS ? &gort__ms[first++]
					     : gort__sysalloc(sizeof(*mp));

	if (!mp)
		return NULL;
	mp->g0.m = mp;
	mp->g0.base = mp->frames;
	mp->g0.ctx.top = mp->frames;
	gort__ask(&mp->g0); /* gort__asked() sets the limit */
	mp->g0.ctx.calls = mp->calls;
	return mp;
}

/* Put an unbound m on the free list. */
static void
putm(struct m *mp)
{
	gort__mutex_lock(&mlock);
	atomic_store(&mp->bound, false);
	mp->freelink = freem;
	freem = mp;
	gort__mutex_unlock(&mlock);
}

/*
 * What is the thread's own goes. Frames that are still there were left by one
 * that ended inside a call without unwinding, or that a fork did not copy.
 */
static void
leavem(struct m *mp)
{
	struct g *gp = &mp->g0;

	gort__frames_cut(gp, gp->base);
	gort__stack_cut(gp, NULL);
	gort__defers_drop(mp);
	gp->raising = false;
	gp->ending = NULL;
	gp->ctx.stack = (struct gort__bounds){NULL, NULL};
	mp->own = (struct gort__bounds){NULL, NULL};
}

/* dropm: the destructor of the thread's key. */
static void
dropm(void *arg)
{
	struct m *mp = arg;

	if (mp->g0.initing || mp->g0.oplocks)
		gort__gate_thread_end(&mp->g0);
	leavem(mp);
	gort__faults_thread_end(mp);
	gort__setg_raw(NULL);
	putm(mp);
}

/* A free m, or a new one, that is bound from now on. NULL: no memory. */
static struct m *
takem(void)
{
	struct m *mp;

	gort__mutex_lock(&mlock);
	mp = freem;
	if (mp) {
		freem = mp->freelink;
	} else if ((mp = newm()) != NULL) {
		mp->alllink = allm;
		atomic_store_explicit(&allm, mp, memory_order_release);
	}
	if (mp)
		atomic_store(&mp->bound, true);
	gort__mutex_unlock(&mlock);
	return mp;
}

/* The calling thread has mp from now on; false: it cannot, mp is free. */
static bool
givem(struct m *mp)
{
	if (gort__threadword_set(mp) != 0) {
		putm(mp);
		return false;
	}
	/* in this order: gort_catch_faults() is set, then marks every m */
	gort__asked(&mp->g0);
	if (atomic_load(&gort__catching))
		gort__ask(&mp->g0);
	mp->errmsg[0] = '\0';
	atomic_store(&mp->tid, gort__tid());
	gort__setg_raw(&mp->g0);
	return true;
}

struct g *
gort__bindm(void)
{
	struct m *mp;
	int saved = errno;
	bool ok;

	if (!atomic_load(&mkey_made)) {
		gort__rt0_start();
		if (!atomic_load(&mkey_made))
			return NULL;
	}
	mp = takem();
	ok = mp && givem(mp);
	errno = saved;
	return ok ? &mp->g0 : NULL;
}

void
gort__mstart(struct gort__threadstart *ts)
{
	void (*fn)(void) = ts->fn;

	if (givem(ts->m))
		ts->g->ctx.stack = ts->stack;
	fn();
}

int
gort__newm(const char *what, void (*fn)(void), struct gort_err *e)
{
	struct m *mp = atomic_load(&mkey_made) ? takem() : NULL;
	int rc;

	if (!mp)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "cannot create the %s thread: no memory for its m", what);
	mp->start = (struct gort__threadstart){
	    .g = &mp->g0,
	    .m = mp,
	    .fn = fn,
	};
	rc = gort__newosproc(&mp->start);
	if (rc == 0)
		return 0;
	putm(mp);
	return gort__err(e, rc == -ENOMEM ? GORT_ENOMEM : GORT_ELIMIT, NULL,
	    GORT_ERR_NO_OFFSET, "cannot create the %s thread: %s", what,
	    strerror(-rc));
}

int
gort__m_init(struct gort_err *e)
{
	int rc = gort__tls_setup(e);

	if (rc)
		return rc;
	rc = gort__threadword_create(dropm);
	if (rc)
		return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
		    "cannot create a thread key: %s", strerror(-rc));
	atomic_store(&mkey_made, true);
	return 0;
}

/*
 * Threads that are still bound keep their m: they may exit at any later time
 * and find nothing to do, as the key is gone.
 */
void
gort__m_fini(void)
{
	struct m *mp, *keep = NULL, *next;

	if (!atomic_exchange(&mkey_made, false))
		return;
	gort__threadword_delete();
	gort__gate_lock(); /* a fork must not find the list half walked */
	gort__mutex_lock(&mlock);
	for (mp = allm; mp; mp = next) {
		next = mp->alllink;
		if (atomic_load(&mp->bound)) {
			mp->alllink = keep;
			keep = mp;
			continue;
		}
		gort__panics_free(mp);
		gort__chunks_free(mp);
		gort__faults_free(mp);
		gort__ucache_free(mp->ucache);
		gort__stack_drop(&mp->g0);
		if (mp < gort__ms || mp >= gort__ms + GORT_FIRST_MS)
			gort__sysfree(mp, sizeof(*mp));
	}
	atomic_store(&allm, keep);
	freem = NULL;
	gort__mutex_unlock(&mlock);
	gort__gate_unlock();
}

/*
 * The threads of the other m's do not exist in the child, and the calls they
 * were in will never leave.
 */
void
gort__m_forked(void)
{
	struct g *gp = gort__getg();
	struct m *mp;

	gort__mutex_init(&mlock);
	freem = NULL;
	for (mp = allm; mp; mp = mp->alllink) {
		if (gp && gp->m == mp) {
			atomic_store(&mp->tid, gort__tid());
			continue;
		}
		/* whatever it was about to do with them */
		mp->g0.ctx.panic = NULL;
		leavem(mp);
		mp->g0.initing = NULL;
		mp->g0.is_init = false;
		mp->g0.opening = NULL;
		mp->g0.forklocks = 0;
		gort__oplocks_drop(&mp->g0);
		atomic_store(&mp->bound, false);
		mp->freelink = freem;
		freem = mp;
	}
}
