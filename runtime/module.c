/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registered modules: the list that constructors append to, the order of
 * init, and the hooks.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"
#include "objbounds.h"

#include <string.h>

static struct gort__mutex modlock = GORT__MUTEX_INIT;
static struct gort_moduledata *modules;                  /* modlock */
static struct gort_moduledata **modules_tail = &modules; /* modlock */

#define NOWHERE NULL, GORT_ERR_NO_OFFSET

void
gort__modules_lock(void)
{
	gort__mutex_lock(&modlock);
}

void
gort__modules_unlock(void)
{
	gort__mutex_unlock(&modlock);
}

/*
 * Hooks of a module run on one thread at a time, and while they do its record
 * and its module data stay: gort__removemoduledata, on a thread that calls
 * dlclose or exit, waits. gatelock held; false when they are another thread's
 * or the module is being removed.
 */
static bool
take_hooks(struct gort__image *im)
{
	if (im->worker || atomic_load(&im->state) == GORT_P_UNLOADED)
		return false;
	im->worker = gort__getg();
	return true;
}

static void
release_hooks(struct gort__image *im)
{
	gort__gate_lock();
	im->worker = NULL;
	gort__gate_wake();
	gort__gate_unlock();
}

/*
 * gatelock held: until no other thread runs hooks of im. A hook that ends its
 * own process does not wait for itself. False at the deadline.
 */
static bool
wait_for_hooks(const struct gort__image *im, int64_t deadline)
{
	bool slept = true;

	while (im->worker && im->worker != gort__getg()) {
		if (!slept)
			return false;
		slept = gort__gate_sleep(deadline);
	}
	return true;
}

static void
say_hook_works(const struct gort__image *im, const char *how)
{
	fprintf(stderr,
	    "gort: unloading %s: module %s %s: a hook of it is at work\n", how,
	    im->name, im->version);
}

/*
 * The same for who unloads im: where that may be held up, at the deadline it
 * says so and goes on waiting.
 */
static bool
wait_to_unload(const struct gort__image *im, int64_t deadline)
{
	if (wait_for_hooks(im, deadline))
		return true;
	if (!gort__unload_waits())
		return false;
	say_hook_works(im, "waits");
	return wait_for_hooks(im, INT64_MAX);
}

/* Why module data cannot be used; NULL when it can. */
static const char *
refuse_reason(const struct gort_moduledata *md, char *buf, size_t n)
{
	if (md->size < sizeof(*md)) {
		snprintf(buf, n,
		    "its module data has %u bytes, this runtime needs %zu",
		    md->size, sizeof(*md));
		return buf;
	}
	if (md->abi_min > GORT_ABI || md->abi_max < GORT_ABI) {
		snprintf(buf, n,
		    "it accepts ABI %u to %u, this runtime (%s) has ABI %d",
		    md->abi_min, md->abi_max, GORT_VERSION, GORT_ABI);
		return buf;
	}
	return NULL;
}

/* Nothing of it is to be run or waited for before its first call. */
static bool
needs_no_init(const struct gort_moduledata *md)
{
	return !md->init && md->needs == md->needs_end;
}

static void
point_exports(struct gort_moduledata *md, struct gort__image *im)
{
	struct gort__export *const *ex;

	for (ex = md->exports; ex < md->exports_end; ex++)
		if (*ex)
			__atomic_store_n(
			    &(*ex)->self.image, im, __ATOMIC_RELEASE);
}

/*
 * Called by a module's constructor: before this library's own has run, maybe,
 * and on several threads. Takes a record from the table, which is mapped when
 * the static ones are used up, and appends; starts nothing but the init thread,
 * and not that when the runtime is READY and the module has nothing to run.
 * Module data without the magic is left alone: its exports refuse every call.
 */
void
gort__addmoduledata(struct gort_moduledata *md)
{
	struct g *gp = gort__getg();
	struct gort__image *im;
	const char *why;
	char buf[128];

	if (md->magic != GORT_MAGIC)
		return;
	gort__join_unwinder();
	gort__mutex_lock(&modlock);
	im = md->image ? NULL : gort__image_alloc();
	if (!im) {
		if (!md->image) {
			point_exports(md, &gort__unlisted_image);
			if (gp)
				gp->unlisted = true;
		}
		gort__mutex_unlock(&modlock);
		return;
	}
	im->md = md;
	gort__copy(im->name, sizeof(im->name), md->name);
	/* of what gort_open loads only the plugin is its own to initialise */
	im->opener = gp && gp->opening ? gp : NULL;
	im->claimed = im->opener && strcmp(im->name, gp->opening) == 0;
	gort__copy(im->version, sizeof(im->version), md->version);
	gort__object_bounds(md, &im->base, &im->end);
	why = refuse_reason(md, buf, sizeof(buf));
	md->image = im;
	md->next = NULL;
	*modules_tail = md;
	modules_tail = &md->next;
	gort__gate_lock();
	point_exports(md, im);
	if (why) {
		gort__gate_set_image(im, GORT_P_FAILED, why);
	} else if (!im->claimed && needs_no_init(md) &&
		   gort__gate_state() == GORT_READY) {
		gort__gate_set_image(im, GORT_P_READY, NULL);
	} else {
		gort__gate_set_image(im, GORT_P_LOADED, NULL);
		if (!im->claimed)
			gort__rt0_kick();
	}
	gort__gate_unlock();
	gort__mutex_unlock(&modlock);
}

static void
unlink_module(struct gort_moduledata *md)
{
	struct gort_moduledata **link;

	for (link = &modules; *link; link = &(*link)->next) {
		if (*link != md)
			continue;
		*link = md->next;
		if (modules_tail == &md->next)
			modules_tail = link;
		return;
	}
}

/* The same for the calls in flight. */
static bool
drain_to_unload(struct gort__image *im, int64_t deadline)
{
	struct gort_err e;
	int rc = gort__image_drain(im, deadline, &e);

	if (rc == -GORT_ETIMEDOUT && gort__unload_waits()) {
		fprintf(stderr, "gort: unloading waits: %s\n", e.text);
		rc = gort__image_drain(im, INT64_MAX, &e);
	}
	if (rc)
		fprintf(stderr, "gort: unloading anyway: %s\n", e.text);
	return rc == 0;
}

/*
 * gatelock held. Has im been initialised, so that calls may be inside, and is
 * its fini still to run? Where gort_shutdown drains it meanwhile, too. In a
 * forked child that never used gort not even its hooks run.
 */
static bool
serves(const struct gort__image *im)
{
	int s = atomic_load(&im->state);

	switch (gort__gate_state()) {
	case GORT_STARTING:
	case GORT_READY:
		return s == GORT_P_READY;
	case GORT_STOPPING:
		return s == GORT_P_READY || s == GORT_P_DRAINING;
	default:
		return false;
	}
}

/*
 * A host's own dlclose of a module, or the end of the process: hooks at work
 * and calls in flight are waited for; for how long, says gort__unload_waits.
 * What was not initialised by now will not be.
 * gort_close has drained and run fini before it gets here.
 */
static void
leave_by_dlclose(struct gort__image *im, int64_t deadline)
{
	bool idle, was_ready;

	gort__gate_lock();
	idle = wait_to_unload(im, deadline);
	was_ready = idle && serves(im);
	if (idle)
		gort__gate_set_image(
		    im, was_ready ? GORT_P_DRAINING : GORT_P_UNLOADED, NULL);
	gort__gate_unlock();
	if (was_ready && drain_to_unload(im, deadline))
		gort__image_fini(im);
}

/*
 * From here no thread begins a hook of im. False when one is still at work
 * after the deadline: its record stays.
 */
static bool
retire(struct gort__image *im, int64_t deadline)
{
	bool gone;

	gort__gate_lock();
	gone = wait_to_unload(im, deadline);
	gort__gate_set_image(im, GORT_P_UNLOADED, NULL);
	gort__gate_unlock();
	if (!gone)
		say_hook_works(im, "anyway");
	return gone;
}

void
gort__removemoduledata(struct gort_moduledata *md)
{
	int64_t deadline = gort__deadline(1000);
	struct gort__image *im = md->image;
	bool gone;

	if (!im || gort__process_ends())
		return;
	if (!im->claimed)
		leave_by_dlclose(im, deadline);
	gone = retire(im, deadline);
	gort__mutex_lock(&modlock);
	unlink_module(md);
	point_exports(md, &gort__cold_image);
	md->image = NULL;
	if (gone)
		gort__image_free(im);
	gort__mutex_unlock(&modlock);
}

/* Is the init thread to make im READY, or to give up? */
static bool
is_coming(const struct gort__image *im)
{
	int s = atomic_load(&im->state);

	return !im->claimed && (s == GORT_P_LOADED || s == GORT_P_RESOLVED);
}

/* modlock held. Of several that of the first READY one, else one that comes. */
static struct gort__image *
find_module(const char *name)
{
	struct gort_moduledata *md;
	struct gort__image *coming = NULL;

	for (md = modules; md; md = md->next) {
		if (strcmp(md->name, name) != 0)
			continue;
		if (atomic_load(&md->image->state) == GORT_P_READY)
			return md->image;
		if (is_coming(md->image))
			coming = md->image;
	}
	return coming;
}

/* modlock held, dropped and held again; im's record is kept. */
static int
await(struct gort__image *im, struct gort_err *e)
{
	int rc;

	im->kept++;
	gort__mutex_unlock(&modlock);
	rc = gort__gate_wait_image(im, e);
	gort__mutex_lock(&modlock);
	im->kept--;
	return rc;
}

/* modlock held. */
static bool
is_ready(const char *name)
{
	const struct gort__image *im = find_module(name);

	return im && atomic_load(&im->state) == GORT_P_READY;
}

bool
gort__module_ready(const char *name)
{
	bool ready;

	gort__mutex_lock(&modlock);
	ready = is_ready(name);
	gort__mutex_unlock(&modlock);
	return ready;
}

bool
gort__need_met(const char *name)
{
	struct gort__image *im;
	struct gort_err e;
	bool met;

	gort__mutex_lock(&modlock);
	im = find_module(name);
	met = im &&
	      (atomic_load(&im->state) == GORT_P_READY || await(im, &e) == 0);
	gort__mutex_unlock(&modlock);
	return met;
}

static int
check_needs(const struct gort__image *im, bool (*is_met)(const char *),
    struct gort_err *e)
{
	const struct gort__need *const *need;

	for (need = im->md->needs; need < im->md->needs_end; need++)
		if (*need && !is_met((*need)->name))
			return gort__err(e, GORT_ENEEDS, NOWHERE,
			    "module %s %s needs module %s, which is not ready",
			    im->name, im->version, (*need)->name);
	return 0;
}

int
gort__image_check_needs(const struct gort__image *im, struct gort_err *e)
{
	return check_needs(im, gort__need_met, e);
}

int
gort__image_lock_met(const struct gort__image *im, struct gort_err *e)
{
	int rc;

	gort__mutex_lock(&modlock);
	gort__gate_lock();
	rc = check_needs(im, is_ready, e);
	if (rc)
		gort__gate_unlock();
	gort__mutex_unlock(&modlock);
	return rc;
}

/*
 * modlock held. A module that came while this thread loaded im's object, and
 * was not asked after yet.
 */
static struct gort__image *
find_other(const struct gort__image *im)
{
	struct gort_moduledata *md;
	struct gort__image *o;

	for (md = modules; md; md = md->next) {
		o = md->image;
		if (o != im && o->opener == im->opener &&
		    (!o->claimed || atomic_load(&o->state) == GORT_P_LOADED))
			return o;
	}
	return NULL;
}

void
gort__modules_disown(const struct g *gp)
{
	struct gort_moduledata *md;

	gort__mutex_lock(&modlock);
	for (md = modules; md; md = md->next)
		if (md->image->opener == gp)
			md->image->opener = NULL;
	gort__mutex_unlock(&modlock);
}

int
gort__image_await_others(const struct gort__image *im, struct gort_err *e)
{
	struct gort__image *o;
	int rc = 0;

	gort__mutex_lock(&modlock);
	while (rc == 0 && (o = find_other(im)) != NULL) {
		if (o->claimed) {
			rc = gort__err(e, GORT_EEXIST, NOWHERE,
			    "a library that it needs holds a module %s, too",
			    o->name);
			break;
		}
		o->opener = NULL;
		rc = await(o, e);
	}
	gort__mutex_unlock(&modlock);
	return rc;
}

/* gort_try gives a hook one pointer. */
struct hook {
	const struct gort_moduledata *md; /* whose hooks */
	int result;                       /* what init returned */
};

static void
call_init(void *arg)
{
	struct hook *h = arg;

	h->result = h->md->init();
}

static void
call_fini(void *arg)
{
	struct hook *h = arg;

	h->md->fini();
}

int
gort__image_try(
    struct gort__image *im, gort_func *fn, void *arg, struct gort_error *err)
{
	struct g *gp = gort__needm();
	struct gort__image *outer;
	int rc;

	if (!gp) {
		snprintf(err->message, sizeof(err->message), "out of memory");
		return -GORT_ENOMEM;
	}
	outer = gp->initing;
	gp->initing = im;
	rc = gort_try(fn, arg, err);
	gp->initing = outer;
	return rc;
}

/* gatelock held. It is so where a dlclose did not wait for init any longer. */
static void
set_unless_unloaded(struct gort__image *im, int state, const char *reason)
{
	if (atomic_load(&im->state) != GORT_P_UNLOADED)
		gort__gate_set_image(im, state, reason);
}

/* 0: RESOLVED. Else it is being removed, or the runtime is STOPPED. */
static int
begin_init(struct gort__image *im, struct gort_err *e)
{
	int rc = 0;

	gort__gate_lock();
	if (gort__gate_state() == GORT_STOPPED)
		rc = gort__err(e, GORT_ESTOPPED, NOWHERE,
		    "init of module %s %s: the runtime is STOPPED", im->name,
		    im->version);
	else if (atomic_load(&im->state) == GORT_P_UNLOADED)
		rc = gort__err(e, GORT_ESTATE, NOWHERE,
		    "init of module %s %s: it is being unloaded", im->name,
		    im->version);
	if (rc == 0)
		gort__gate_set_image(im, GORT_P_RESOLVED, NULL);
	else
		set_unless_unloaded(im, GORT_P_FAILED, e->text);
	gort__gate_unlock();
	return rc;
}

int
gort__image_init(struct gort__image *im, struct gort_err *e)
{
	struct gort_error err = {0};
	struct hook h = {0};
	int rc = begin_init(im, e);

	if (rc)
		return rc;
	h.md = im->md;
	if (im->md->init) {
		rc = gort__image_try(im, call_init, &h, &err);
		if (rc)
			rc = gort__err(e, GORT_EINIT, NOWHERE,
			    "init of module %s %s: %s: %s", im->name,
			    im->version, gort_strerror(rc), err.message);
		else if (h.result)
			rc = gort__err(e, GORT_EINIT, NOWHERE,
			    "init of module %s %s returned %d", im->name,
			    im->version, h.result);
	}
	gort__gate_lock();
	if (rc)
		set_unless_unloaded(im, GORT_P_FAILED, e->text);
	else
		set_unless_unloaded(
		    im, im->claimed ? GORT_P_INITED : GORT_P_READY, NULL);
	gort__gate_unlock();
	return rc;
}

void
gort__image_fini(struct gort__image *im)
{
	struct gort_error err = {0};
	struct hook h = {0};

	if (!gort__needm())
		return;
	gort__gate_lock();
	wait_for_hooks(im, INT64_MAX);
	if (!im->finished && take_hooks(im))
		h.md = im->md;
	im->finished = true;
	gort__gate_wake();
	gort__gate_unlock();
	if (!h.md)
		return;
	/* calls may be inside a resident module that nobody counts */
	if (h.md->fini && !(h.md->flags & GORT_MODULE_RESIDENT) &&
	    gort__image_try(im, call_fini, &h, &err))
		fprintf(stderr, "gort: fini of module %s %s: %s\n", im->name,
		    im->version, err.message);
	release_hooks(im);
}

/* The image of md waits for an init thread. */
static bool
pending(const struct gort_moduledata *md)
{
	return !md->image->claimed &&
	       atomic_load(&md->image->state) == GORT_P_LOADED;
}

bool
gort__modules_pending(void)
{
	struct gort__image *im;
	unsigned i;

	for (i = 0; (im = gort__image_at(i)) != NULL; i++)
		if (atomic_load(&im->used) && !im->claimed &&
		    atomic_load(&im->state) == GORT_P_LOADED)
			return true;
	return false;
}

void
gort__modules_fail(const char *reason)
{
	struct gort__image *im;
	unsigned i;

	for (i = 0; (im = gort__image_at(i)) != NULL; i++)
		if (atomic_load(&im->used) && !im->claimed &&
		    atomic_load(&im->state) == GORT_P_LOADED)
			gort__gate_set_image(im, GORT_P_FAILED, reason);
}

/* modlock held: is a need of md a pending module? */
static bool
need_pending(const struct gort_moduledata *md)
{
	const struct gort__need *const *need;
	const struct gort_moduledata *o;

	for (need = md->needs; need < md->needs_end; need++)
		for (o = modules; o; o = o->next)
			if (*need && strcmp(o->name, (*need)->name) == 0 &&
			    pending(o))
				return true;
	return false;
}

/*
 * modlock held. The next module whose needs are not waiting themselves; when
 * all wait for one another, the first of them, whose init will name the unmet
 * need.
 */
static struct gort__image *
find_pending(void)
{
	struct gort_moduledata *md;
	struct gort__image *im = NULL, *first = NULL;

	for (md = modules; md && !im; md = md->next) {
		if (!pending(md))
			continue;
		if (!first)
			first = md->image;
		if (!need_pending(md))
			im = md->image;
	}
	return im ? im : first;
}

/* That module, with its hooks taken. */
static struct gort__image *
next_pending(void)
{
	struct gort__image *im;
	bool taken = false;

	gort__mutex_lock(&modlock);
	while (!taken && (im = find_pending()) != NULL) {
		gort__gate_lock();
		taken = take_hooks(im);
		gort__gate_unlock();
	}
	gort__mutex_unlock(&modlock);
	return im;
}

void
gort__modules_init(void)
{
	struct gort__image *im;
	struct gort_err e;

	while ((im = next_pending()) != NULL) {
		if (gort__image_check_needs(im, &e) == 0) {
			gort__image_init(im, &e);
		} else {
			gort__gate_lock();
			set_unless_unloaded(im, GORT_P_FAILED, e.text);
			gort__gate_unlock();
		}
		release_hooks(im);
	}
}

struct gort__image *
gort__image_in(const void *base, const void *end)
{
	struct gort_moduledata *md;
	struct gort__image *im = NULL;

	gort__mutex_lock(&modlock);
	for (md = modules; md && !im; md = md->next)
		if ((const char *)md >= (const char *)base &&
		    (const char *)md < (const char *)end)
			im = md->image;
	gort__mutex_unlock(&modlock);
	return im;
}

static bool
is_running(const struct gort__image *im)
{
	int s = atomic_load(&im->state);

	return s == GORT_P_READY || s == GORT_P_DRAINING ||
	       s == GORT_P_QUARANTINED;
}

bool
gort__image_settles(const struct gort__image *im)
{
	int s = atomic_load(&im->state);

	return (s == GORT_P_RESOLVED || s == GORT_P_INITED) && !im->finished;
}

const struct gort__image *
gort__modules_unstopped(void)
{
	const struct gort__image *im;
	unsigned i;

	for (i = 0; (im = gort__image_at(i)) != NULL; i++)
		if (atomic_load(&im->used) &&
		    (is_running(im) || gort__image_settles(im)))
			return im;
	return NULL;
}

/*
 * The newest registered module that has not been stopped yet, DRAINING. Its
 * record is kept: whoever unloads the module meanwhile does not give it to
 * another one.
 */
static struct gort__image *
last_running(void)
{
	struct gort_moduledata *md;
	struct gort__image *im = NULL;

	gort__mutex_lock(&modlock);
	gort__gate_lock();
	for (md = modules; md; md = md->next)
		if (is_running(md->image))
			im = md->image;
	if (im) {
		im->kept++;
		gort__gate_set_image(im, GORT_P_DRAINING, NULL);
	}
	gort__gate_unlock();
	gort__mutex_unlock(&modlock);
	return im;
}

/* It is stopped, or a call is inside: as *e says. */
static bool
stop(struct gort__image *im, int64_t deadline_ns, struct gort_err *e)
{
	bool ok = gort__image_drain(im, deadline_ns, e) == 0;

	if (ok) {
		gort__image_fini(im);
		gort__gate_lock();
		set_unless_unloaded(im, GORT_P_FAILED, "stopped");
		gort__gate_unlock();
	}
	gort__mutex_lock(&modlock);
	im->kept--;
	gort__mutex_unlock(&modlock);
	return ok;
}

bool
gort__modules_stop(int64_t deadline_ns, struct gort_err *e)
{
	struct gort__image *im;

	while ((im = last_running()) != NULL)
		if (!stop(im, deadline_ns, e))
			return false;
	return true;
}
