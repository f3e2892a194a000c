/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gate: the state of the runtime, the states of loaded modules, and
 * waiting for either.
 *
 *	COLD ----> STARTING ----> READY ----> STOPPING ----> STOPPED
 *	  ^           |             |             ^
 *	  |           +--> FAILED --+-------------+
 *	  +- fork, in the child ----+
 *
 * A call passes when the runtime and its module are READY. That is one byte
 * of the module's image, GATE_OPEN, kept in step with both here; everything
 * else is the slow path, which waits, or says why not.
 */
#include "../include/small.h"
#include "runtime.h"

#include <string.h>

static struct gort__mutex gatelock = GORT__MUTEX_INIT;
static struct gort__cond gatecond;
static struct gort__once cond_once = GORT__ONCE_INIT;
_Atomic int gort__state = GORT_COLD;
static char reason_text[256]; /* gatelock */

static const char *const state_names[] = {
    [GORT_COLD] = "COLD",
    [GORT_STARTING] = "STARTING",
    [GORT_READY] = "READY",
    [GORT_STOPPING] = "STOPPING",
    [GORT_STOPPED] = "STOPPED",
    [GORT_FAILED] = "FAILED",
};

static const char *const plugin_state_names[] = {
    [GORT_P_FOUND] = "FOUND",
    [GORT_P_LOADED] = "LOADED",
    [GORT_P_RESOLVED] = "RESOLVED",
    [GORT_P_INITED] = "INITED",
    [GORT_P_READY] = "READY",
    [GORT_P_DRAINING] = "DRAINING",
    [GORT_P_UNLOADED] = "UNLOADED",
    [GORT_P_FAILED] = "FAILED",
    [GORT_P_QUARANTINED] = "QUARANTINED",
};

const char *
gort_state_name(enum gort_state s)
{
	unsigned i = s;

	return i < sizeof(state_names) / sizeof(state_names[0]) ? state_names[i]
								: "?";
}

const char *
gort_plugin_state_name(enum gort_plugin_state s)
{
	unsigned i = s;

	return i < sizeof(plugin_state_names) / sizeof(plugin_state_names[0])
		   ? plugin_state_names[i]
		   : "?";
}

static void
cond_init(void)
{
	gort__cond_init(&gatecond);
}

void
gort__gate_lock(void)
{
	gort__once(&cond_once, cond_init);
	gort__mutex_lock(&gatelock);
}

void
gort__gate_unlock(void)
{
	gort__mutex_unlock(&gatelock);
}

enum gort_state
gort_state(void)
{
	return gort__gate_state();
}

/* Which states may follow which, a bit each. */
static const unsigned char follows[] = {
    [GORT_COLD] = 1 << GORT_STARTING | 1 << GORT_FAILED | 1 << GORT_STOPPING,
    [GORT_STARTING] = 1 << GORT_READY | 1 << GORT_FAILED,
    [GORT_READY] = 1 << GORT_STOPPING,
    [GORT_STOPPING] = 1 << GORT_STOPPED,
    [GORT_STOPPED] = 0,
    [GORT_FAILED] = 1 << GORT_STOPPING,
};

/*
 * The gate byte follows from both states. Without a static place for g in
 * TLS it stays closed, and calls pass in the slow path.
 */
static void
update_gate(struct gort__image *im)
{
	bool open = atomic_load(&gort__state) == GORT_READY &&
		    atomic_load(&im->state) == GORT_P_READY &&
		    gort__tls_is_direct();

	__atomic_store_n(
	    &im->head.gate, open ? GATE_OPEN : 0, __ATOMIC_SEQ_CST);
}

static void
update_gates(void)
{
	unsigned i;

	for (i = 0; i < GORT_MAXIMAGES; i++) {
		struct gort__image *im = gort__image_at(i);

		if (!im)
			break;
		if (atomic_load(&im->used))
			update_gate(im);
	}
}

void
gort__gate_set(enum gort_state to, const char *reason)
{
	enum gort_state from = gort__gate_state();

	if (!(follows[from] & (1 << to)))
		gort__throw("gate: %s cannot follow %s", gort_state_name(to),
		    gort_state_name(from));
	if (reason)
		gort__copy(reason_text, sizeof(reason_text), reason);
	atomic_store(&gort__state, to);
	update_gates();
	gort__gate_wake();
}

const char *
gort__gate_reason(void)
{
	return reason_text;
}

void
gort__gate_set_image(struct gort__image *im, int to, const char *reason)
{
	if (reason)
		gort__copy(im->reason, sizeof(im->reason), reason);
	atomic_store(&im->state, to);
	update_gate(im);
	gort__gate_wake();
}

void
gort__gate_wake(void)
{
	gort__cond_broadcast(&gatecond);
}

bool
gort__gate_sleep(int64_t deadline_ns)
{
	return gort__cond_wait(&gatecond, &gatelock, deadline_ns);
}

#define NOWHERE NULL, GORT_ERR_NO_OFFSET

static int
must_not_wait(const char *what, struct gort_err *e)
{
	return gort__err(e, GORT_EDEADLK, NOWHERE,
	    "%s is not initialised yet, and its init cannot go on while this "
	    "thread is in a DllMain, under the loader lock",
	    what);
}

/*
 * gatelock held. 0: READY, or this thread is the one that makes it so.
 * 1: changed or slept, look again. Else what refuses.
 */
static int
runtime_wait(struct g *gp, int64_t deadline, struct gort_err *e)
{
	switch (gort__gate_state()) {
	case GORT_READY:
		return 0;
	case GORT_COLD:
		if (gp && (gp->is_init || gp->initing))
			return 0;
		gort__rt0_kick();
		return 1;
	case GORT_STARTING:
		if (gp && (gp->is_init || gp->initing))
			return 0;
		if (!gort__may_wait())
			return must_not_wait("the runtime", e);
		if (!gort__gate_sleep(deadline) &&
		    gort__gate_state() == GORT_STARTING)
			return gort__err(e, GORT_ETIMEDOUT, NOWHERE,
			    "the runtime is still STARTING");
		return 1;
	case GORT_STOPPING:
		/* a call that is inside may finish what it does */
		if (gp && (gp->ctx.top > gp->base || gp->initing))
			return 0;
		return gort__err(e, GORT_ESTOPPED, NOWHERE,
		    "the runtime is STOPPING: no new calls");
	case GORT_STOPPED:
		return gort__err(
		    e, GORT_ESTOPPED, NOWHERE, "the runtime is STOPPED");
	case GORT_FAILED:
	default:
		return gort__err(e, GORT_EFAILED, NOWHERE,
		    "the runtime failed to start: %s", reason_text);
	}
}

/*
 * A call that comes before the library's constructor has run, or while it runs
 * on another thread: what that does needs the gatelock, so it is waited for
 * before that is taken.
 */
static void
start_if_cold(void)
{
	if (gort__gate_state() == GORT_COLD)
		gort__rt0_start();
}

int
gort__gate_wait(int timeout_ms, struct gort_err *e)
{
	struct g *gp = gort__getg();
	int64_t deadline;
	int rc;

	if (gort__gate_state() == GORT_READY)
		return 0;
	deadline = gort__deadline(timeout_ms);
	start_if_cold();
	gort__gate_lock();
	do
		rc = runtime_wait(gp, deadline, e);
	while (rc > 0);
	gort__gate_unlock();
	return rc;
}

/*
 * gatelock held. As runtime_wait, for the module. A module that gort_open
 * has claimed is initialised by that thread; one that was dlopened by the
 * host, by the init thread.
 */
static int
image_wait(struct g *gp, struct gort__image *im, struct gort_err *e)
{
	if (gp && gp->initing == im)
		return 0;
	if (im == &gort__unlisted_image)
		return gort__err_unlisted(e);
	if (im == &gort__cold_image)
		return gort__err(e, GORT_ESTATE, NOWHERE,
		    "the module is not registered: called before its "
		    "constructor ran, after it was unloaded, or without "
		    "GORT_MODULE");
	switch (atomic_load(&im->state)) {
	case GORT_P_READY:
		return 0;
	case GORT_P_LOADED:
	case GORT_P_RESOLVED:
	case GORT_P_INITED:
		if (gp && gp->opening && im->claimed)
			return gort__err(e, GORT_EDEADLK, NOWHERE,
			    "module %s: called by its own constructor before "
			    "its init could run",
			    im->name);
		if (gp && (gp->is_init || gp->initing))
			return gort__err(e, GORT_EDEADLK, NOWHERE,
			    "module %s is not initialised yet: say "
			    "GORT_NEEDS(\"%s\")",
			    im->name, im->name);
		if (!im->claimed && gort__gate_state() != GORT_READY)
			return gort__err(e, GORT_ESTOPPED, NOWHERE,
			    "the runtime is %s: module %s is not initialised "
			    "any more",
			    gort_state_name(gort__gate_state()), im->name);
		if (!im->claimed)
			gort__rt0_kick();
		if (!gort__may_wait())
			return must_not_wait(im->name, e);
		if (atomic_load(&im->state) != GORT_P_FAILED)
			gort__gate_sleep(INT64_MAX);
		return 1;
	case GORT_P_DRAINING:
		return gort__err(e, GORT_ESTATE, NOWHERE,
		    "module %s %s is DRAINING: no new calls", im->name,
		    im->version);
	case GORT_P_FAILED:
		return gort__err(e, GORT_EINIT, NOWHERE, "module %s %s: %s",
		    im->name, im->version, im->reason);
	case GORT_P_QUARANTINED:
		return gort__err(e, GORT_EQUARANTINE, NOWHERE,
		    "module %s %s is in quarantine since %s", im->name,
		    im->version, im->reason);
	case GORT_P_UNLOADED:
	default:
		return gort__err(e, GORT_ESTATE, NOWHERE,
		    "module %s %s is unloaded", im->name, im->version);
	}
}

/* What a first call waits for is mostly done before it could fall asleep. */
#define SPIN_NS 50000

static bool
image_settled(const void *arg)
{
	const struct gort__image *im = arg;
	enum gort_state rt = gort__gate_state();
	int s = atomic_load(&im->state);

	return (rt != GORT_STARTING && rt != GORT_READY) ||
	       (s != GORT_P_LOADED && s != GORT_P_RESOLVED &&
		   s != GORT_P_INITED);
}

int
gort__gate_wait_image(struct gort__image *im, struct gort_err *e)
{
	struct g *gp = gort__getg();
	int rc;

	if (!gp || !(gp->is_init || gp->initing || gp->opening))
		gort__spin(image_settled, im, SPIN_NS);
	start_if_cold();
	gort__gate_lock();
	do {
		rc = runtime_wait(gp, INT64_MAX, e);
		if (rc == 0)
			rc = image_wait(gp, im, e);
	} while (rc > 0);
	gort__gate_unlock();
	return rc;
}

int
gort_wait_ready(int timeout_ms)
{
	struct gort_err e;

	return gort__gate_wait(timeout_ms, &e) ? gort__seterr(&e) : 0;
}

/*
 * modlock, gatelock held. Threads are gone, this one (self) or all but this: hooks at
 * work on them, and what they were opening, nobody goes on with.
 */
static void
forget_workers(const struct g *gp, bool self, const char *why)
{
	struct gort__image *im;
	unsigned i;

	for (i = 0; (im = gort__image_at(i)) != NULL; i++) {
		const struct g *by = im->claimed ? im->opener : im->worker;

		if (atomic_load(&im->used) && by && (by == gp) == self &&
		    gort__image_settles(im))
			gort__gate_set_image(im, GORT_P_FAILED, why);
		if (im->worker && (im->worker == gp) == self)
			im->worker = NULL;
	}
}

void
gort__gate_thread_end(struct g *gp)
{
	gort__modules_lock();
	gort__gate_lock();
	forget_workers(gp, true, "the thread that initialised it has ended");
	gort__oplocks_drop(gp);
	if (gp->is_init)
		gort__rt0_init_ended();
	gort__gate_wake();
	gort__gate_unlock();
	gort__modules_unlock();
	while (gp->forklocks)
		gort__forkunlock();
	gp->initing = NULL;
	gp->opening = NULL;
}

/* gatelock held, from fork's prepare on; nobody waits for the condition. */
void
gort__gate_forked(bool by_init)
{
	enum gort_state s = gort__gate_state();

	cond_init();
	forget_workers(gort__getg(), false,
	    "the process forked while it was being opened");
	if (!by_init && (s == GORT_STARTING || s == GORT_READY)) {
		atomic_store(&gort__state, GORT_COLD);
		update_gates();
	}
	gort__gate_unlock();
}
