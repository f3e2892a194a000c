/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Start and stop: the library's constructor, the runtime-init thread, fork,
 * gort_shutdown.
 *
 * The constructor starts the init thread and returns. The thread sets the
 * runtime up, initialises the modules that are registered by then, opens the
 * gate and ends; it comes back when modules are registered later by a host's
 * dlopen, and in the child of a fork at its first call. None is left at rest.
 */
#include "../include/small.h"
#include "runtime.h"

static _Atomic bool constructed;  /* start() has run */
static bool init_running;         /* the init thread is at work; gatelock */
static const struct g *idle_init; /* its g while it waits for more; gatelock */
static bool forked_running;       /* it was when fork was called; gatelock */
static unsigned forklocks;        /* held by all threads; gatelock */
static unsigned forkers;          /* wait in fork for those; gatelock */

/*
 * A host that loads this library is about to load modules: the init thread
 * looks for them on its core for a moment, since waking it may take longer
 * than all of its work, then sleeps for some more.
 */
#define SPIN_NS 100000
#define LINGER_NS 2000000

const char *
gort_version(void)
{
	return GORT_VERSION;
}

/*
 * See Note [The g in thread-local storage]. Both threads' words lie at the
 * same distance from the thread pointer only in static TLS.
 */
static intptr_t loader_offset;

static void
probe_tls(void)
{
	intptr_t d = gort__tls_distance();

	if (d == loader_offset && gort__tls_is_static(d))
		__atomic_store_n(&gort__tls_offset, d, __ATOMIC_RELEASE);
}

/* On the init thread: 0 or -GORT_E... */
static int
schedinit(struct gort_err *e)
{
	if (!gort__needm())
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for the init thread");
	if (!gort__tls_is_direct())
		probe_tls();
	return 0;
}

static bool
modules_came(const void *unused)
{
	(void)unused;
	return gort__modules_pending() || gort__gate_state() != GORT_READY;
}

/*
 * gatelock held: wait a moment for modules that need this thread. They are
 * looked for after the last sleep too: whoever registers one while this thread
 * is on its way back to the lock relies on it.
 */
static bool
more_modules(void)
{
	int64_t deadline = gort__nanotime() + LINGER_NS;

	idle_init = gort__getg();
	gort__gate_wake(); /* fork and gort_shutdown wait for that */
	gort__gate_unlock();
	gort__spin(modules_came, NULL, SPIN_NS);
	gort__gate_lock();
	while (!gort__modules_pending() && gort__gate_state() == GORT_READY &&
	       gort__gate_sleep(deadline))
		;
	idle_init = NULL;
	return gort__modules_pending() && gort__gate_state() == GORT_READY;
}

const struct g *
gort__rt0_idle(void)
{
	return idle_init;
}

/* The runtime-init thread. */
static void
init_main(void)
{
	struct gort_err e;
	struct g *gp;
	int rc;

	rc = schedinit(&e);
	gp = gort__getg();
	if (rc == 0) {
		gp->is_init = true;
		gort__modules_init();
	}
	gort__gate_lock();
	while (rc == 0 && gort__modules_pending()) {
		gort__gate_unlock();
		gort__modules_init();
		gort__gate_lock();
	}
	if (gort__gate_state() == GORT_STARTING)
		gort__gate_set(
		    rc ? GORT_FAILED : GORT_READY, rc ? e.text : NULL);
	else if (rc)
		gort__modules_fail(e.text);
	while (rc == 0 && more_modules()) {
		gort__gate_unlock();
		gort__modules_init();
		gort__gate_lock();
	}
	init_running = false;
	if (gp)
		gp->is_init = false;
	gort__gate_wake();
	gort__gate_unlock();
}

void
gort__rt0_kick(void)
{
	struct gort_err e;

	if (init_running || !atomic_load(&constructed)) {
		gort__gate_wake(); /* it may wait for modules */
		return;
	}
	if (gort__gate_state() == GORT_COLD)
		gort__gate_set(GORT_STARTING, NULL);
	else if (gort__gate_state() != GORT_READY &&
		 gort__gate_state() != GORT_STARTING)
		return;
	init_running = true;
	if (gort__newm("runtime-init", init_main, &e) == 0)
		return;
	init_running = false;
	if (gort__gate_state() == GORT_STARTING)
		gort__gate_set(GORT_FAILED, e.text);
	gort__modules_fail(e.text);
}

void
gort__rt0_init_ended(void)
{
	gort__getg()->is_init = false;
	init_running = false;
	if (gort__gate_state() == GORT_STARTING || gort__modules_pending())
		gort__rt0_kick();
}

void
gort__forklock(void)
{
	struct g *gp = gort__needm();

	gort__gate_lock();
	/* else there may always be one that has it; who has it goes on */
	while (forkers && !(gp && gp->forklocks))
		gort__gate_sleep(INT64_MAX);
	forklocks++;
	if (gp)
		gp->forklocks++;
	gort__gate_unlock();
}

void
gort__forkunlock(void)
{
	struct g *gp = gort__getg();

	gort__gate_lock();
	forklocks--;
	if (gp)
		gp->forklocks--;
	gort__gate_wake();
	gort__gate_unlock();
}

/* gatelock held: the init thread is between two pieces of work, or it is us. */
static bool
init_may_fork(const struct g *gp)
{
	return !init_running || idle_init || (gp && gp->is_init);
}

#define FORK_WAITS_MS 1000

/*
 * fork: wait for the init thread and, for a while, for the dynamic linker;
 * then hold our locks over it.
 */
static void
fork_prepare(void)
{
	int64_t deadline = gort__deadline(FORK_WAITS_MS);
	struct g *gp = gort__getg();
	bool patient = true, counted = false, init;

	for (;;) {
		gort__modules_lock();
		gort__gate_lock();
		gort__slots_lock();
		init = init_may_fork(gp);
		if (init && (!patient || forklocks == (gp ? gp->forklocks : 0)))
			break;
		gort__slots_unlock();
		gort__modules_unlock();
		/* the init thread may wait for one that wants to open */
		if (init != counted)
			forkers += init ? 1u : -1u;
		if (counted && !init)
			gort__gate_wake();
		counted = init;
		patient = gort__gate_sleep(init ? deadline : INT64_MAX);
		gort__gate_unlock();
	}
	forkers -= counted;
	forked_running = gp && gp->is_init;
	if (gp) {
		gp->fork_sp = (uintptr_t)__builtin_frame_address(0);
		gp->forking = gp->ctx.top;
	}
}

static void
fork_done(void)
{
	struct g *gp = gort__getg();

	if (gp)
		gp->forking = NULL;
}

static void
fork_parent(void)
{
	fork_done();
	gort__slots_unlock();
	gort__gate_wake();
	gort__gate_unlock();
	gort__modules_unlock();
}

static void
fork_child(void)
{
	const struct g *gp = gort__getg();

	fork_done();
	gort__slots_unlock();
	gort__gate_forked(forked_running);
	gort__modules_unlock();
	gort__m_forked();
	gort__barrier_forked();
	/* an init thread that forked goes on being it, in the child */
	init_running = forked_running;
	idle_init = NULL;
	forkers = 0;
	forklocks = gp ? gp->forklocks : 0;
}

static void
start(void)
{
	struct gort_err e;
	int rc;

	gort__pin_library();
	gort__xstate_init();
	loader_offset = gort__tls_distance();
	rc = gort__m_init(&e);
	if (rc == 0 && gort__atfork(fork_prepare, fork_parent, fork_child))
		rc = gort__err(&e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory to register the fork handlers");
	gort__gate_lock();
	atomic_store(&constructed, true);
	if (rc)
		gort__gate_set(GORT_FAILED, e.text);
	else
		gort__rt0_kick();
	gort__gate_unlock();
}

void
gort__rt0_start(void)
{
	static struct gort__once once = GORT__ONCE_INIT;

	gort__once(&once, start);
}

__attribute__((constructor)) static void
rt0_ctor(void)
{
	gort__rt0_start();
}

/* gatelock held. */
static bool
init_at_work(void)
{
	return (init_running && !idle_init) ||
	       gort__gate_state() == GORT_STARTING;
}

/*
 * gatelock held, dropped and held again: STOPPING until no module serves or is
 * on its way there, which is looked at under the lock that STOPPED is set
 * under. Two threads may be here at once.
 */
static int
stop_modules(int64_t deadline, struct gort_err *e)
{
	const struct gort__image *im = NULL;
	bool slept = true, stopped;

	for (;;) {
		gort__gate_unlock();
		stopped = gort__modules_stop(deadline, e);
		gort__gate_lock();
		if (gort__gate_state() == GORT_STOPPED)
			return 0;
		if (!stopped)
			return -e->code;
		im = gort__modules_unstopped();
		if (!im)
			return 0;
		if (!slept)
			return gort__err(e, GORT_ETIMEDOUT, NULL,
			    GORT_ERR_NO_OFFSET,
			    "module %s %s is still being opened", im->name,
			    im->version);
		if (gort__image_settles(im))
			slept = gort__gate_sleep(deadline);
	}
}

/* gatelock held, dropped and held again. */
static int
stop_locked(int64_t deadline, struct gort_err *e)
{
	enum gort_state s;
	int rc;

	while (init_at_work())
		if (!gort__gate_sleep(deadline) && init_at_work())
			return gort__err(e, GORT_ETIMEDOUT, NULL,
			    GORT_ERR_NO_OFFSET, "the init thread is at work");
	s = gort__gate_state();
	if (s == GORT_STOPPED)
		return 0;
	if (s != GORT_STOPPING)
		gort__gate_set(GORT_STOPPING, NULL);
	rc = stop_modules(deadline, e);
	if (rc == 0 && gort__gate_state() != GORT_STOPPED)
		gort__gate_set(GORT_STOPPED, NULL);
	return rc;
}

int
gort_shutdown(int timeout_ms)
{
	struct g *gp = gort__needm();
	struct gort_err e;
	int rc;

	gort__frames_sweep();
	if (gp && (gp->ctx.top > gp->base || gp->initing))
		return gort__seterrf(GORT_EDEADLK,
		    "gort_shutdown from inside a call or a boundary");
	gort__gate_lock();
	rc = stop_locked(gort__deadline(timeout_ms), &e);
	gort__gate_unlock();
	if (rc)
		return gort__seterr(&e);
	gort__faults_off();
	gort__m_fini();
	return 0;
}
