/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Plugins: the list of open ones, opening, symbols, closing, statistics.
 * Replacing a version is in reload.c.
 */
#include "../include/small.h"
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE NULL, GORT_ERR_NO_OFFSET

/* Open plugins, in the order they were opened. */
static struct gort_plugin *plugins;                  /* gatelock */
static struct gort_plugin **plugins_tail = &plugins; /* gatelock */

/* Versions of closed plugins that are still in use: tried again at times. */
static struct version *pinned; /* gatelock */

/* One plugin is opened at a time: a module name can be taken only once. */
static struct gort__oplock openlock;

/* What a closed plugin's slots lead to: every call is refused. */
static struct gort__target closed_target = {.image = &gort__cold_image};

bool
gort__plugin_is_open(const char *name)
{
	const struct gort_plugin *p;
	bool found = false;

	gort__gate_lock();
	for (p = plugins; p && !found; p = p->next)
		found = strcmp(p->current->name, name) == 0;
	gort__gate_unlock();
	return found;
}

void
gort__plugin_note_error(struct gort_plugin *p, const char *text)
{
	gort__oplock(&p->lock);
	gort__copy(p->last_error, sizeof(p->last_error), text);
	gort__opunlock(&p->lock);
}

static void
unref(struct gort_plugin *p)
{
	bool last;

	gort__gate_lock();
	last = --p->refs == 0;
	gort__gate_unlock();
	if (!last)
		return;
	free(p->path);
	free(p);
}

static struct gort_plugin *
new_plugin(const char *path)
{
	struct gort_plugin *p = calloc(1, sizeof(*p));

	if (!p || !(p->path = strdup(path))) {
		free(p);
		return NULL;
	}
	p->refs = 1;
	p->generation = 1;
	return p;
}

/*
 * Not from a constructor or a hook: the dynamic linker's lock may be held,
 * and the module that asks is not READY.
 */
int
gort__plugin_may_operate(const char *what, struct gort_err *e)
{
	struct g *gp = gort__needm();

	if (!gp)
		return gort__err_unbound(e);
	if (gp->opening || gp->initing)
		return gort__err(e, GORT_EDEADLK, NOWHERE,
		    "%s: called from a constructor or hook of a module", what);
	gort__frames_sweep();
	return gort__gate_wait(-1, e);
}

int
gort__plugin_check_open(const struct gort_plugin *p, struct gort_err *e)
{
	if (p->current)
		return 0;
	return gort__err(e, GORT_ESTATE, p->path, GORT_ERR_NO_OFFSET,
	    "the plugin is closed");
}

/* Unload what is not in use any more; add the rest of list to it. */
static void
sweep_pinned(struct version *list)
{
	struct version *v, *next, *old;

	gort__forklock();
	gort__gate_lock();
	old = pinned;
	pinned = NULL;
	gort__gate_unlock();
	for (v = old; v; v = next) {
		next = v->link;
		if (gort__version_unload(v)) {
			free(v);
			continue;
		}
		v->link = list;
		list = v;
	}
	gort__gate_lock();
	while ((v = list) != NULL) {
		list = v->link;
		v->link = pinned;
		pinned = v;
	}
	gort__gate_unlock();
	gort__forkunlock();
}

/*
 * v is initialised: serve it, as one of the list. Its needs were met when they
 * were looked at, before its init hook; another thread may have closed one.
 */
static int
serve(struct gort_plugin *p, struct version *v, struct gort_err *e)
{
	struct gort_err why;

	atomic_store(&v->image->wary, p->wary);
	if (gort__image_lock_met(v->image, &why))
		return gort__err(
		    e, why.code, p->path, GORT_ERR_NO_OFFSET, "%s", why.text);
	gort__gate_set_image(v->image, GORT_P_READY, NULL);
	p->current = v;
	*plugins_tail = p;
	plugins_tail = &p->next;
	gort__gate_unlock();
	return 0;
}

struct gort_plugin *
gort_open(const char *path, unsigned flags)
{
	struct version *v, *failed;
	struct gort_plugin *p;
	struct gort_err e;

	if (!path || (flags & ~GORT_QUARANTINE)) {
		gort__seterrf(GORT_EINVAL,
		    path ? "gort_open: unknown flags %#x"
			 : "gort_open: no path",
		    flags);
		return NULL;
	}
	if (gort__plugin_may_operate("gort_open", &e)) {
		gort__seterr(&e);
		return NULL;
	}
	p = new_plugin(path);
	if (!p) {
		gort__seterrf(GORT_ENOMEM, "%s: no memory for a plugin", path);
		return NULL;
	}
	p->wary = flags & GORT_QUARANTINE;
	gort__oplock(&openlock);
	v = gort__version_load(path, NULL, &failed, &e);
	if (v && serve(p, v, &e)) {
		gort__plugin_discard(p, v);
		failed = p->old;
		p->old = NULL;
	}
	if (failed)
		sweep_pinned(failed);
	gort__opunlock(&openlock);
	if (p->current)
		return p;
	unref(p);
	gort__seterr(&e);
	return NULL;
}

static struct symbol *
find_symbol(const struct gort_plugin *p, const char *name)
{
	struct symbol *s;

	for (s = p->symbols; s && strcmp(s->name, name) != 0; s = s->link)
		;
	return s;
}

/* p->lock held. */
static struct symbol *
new_symbol(struct gort_plugin *p, const char *name, struct gort_err *e)
{
	struct version *v = p->current;
	struct gort__target *t;
	struct symbol *s;
	uint32_t flags;
	void (*body)(void) = gort__version_find(v, name, &flags);

	if (!body) {
		gort__err(e, GORT_ENOSYM, p->path, GORT_ERR_NO_OFFSET,
		    "module %s %s has no export %s", v->name, v->number, name);
		return NULL;
	}
	gort__err(e, GORT_ENOMEM, p->path, GORT_ERR_NO_OFFSET,
	    "no memory for the symbol %s", name);
	s = calloc(1, sizeof(*s));
	if (!s || !(s->name = strdup(name)) || !(s->slot = gort__slot_alloc(e)))
		goto fail;
	t = gort__slot_target(s->slot, v->image, body, flags);
	if (!t)
		goto fail;
	gort__slot_switch(s->slot, t);
	s->link = p->symbols;
	p->symbols = s;
	return s;
fail:
	if (s && s->slot)
		gort__slot_free(s->slot);
	if (s)
		free(s->name);
	free(s);
	return NULL;
}

void *
gort_sym(struct gort_plugin *p, const char *name)
{
	struct symbol *s;
	struct gort_err e;

	if (!p || !name) {
		gort__seterrf(
		    GORT_EINVAL, "gort_sym: no %s", p ? "name" : "plugin");
		return NULL;
	}
	gort__oplock(&p->lock);
	s = find_symbol(p, name);
	if (!s && p->current)
		s = new_symbol(p, name, &e);
	else if (!s)
		gort__err(&e, GORT_ESTATE, p->path, GORT_ERR_NO_OFFSET,
		    "the plugin is closed");
	gort__opunlock(&p->lock);
	if (!s) {
		gort__seterr(&e);
		return NULL;
	}
	return gort__slot_pc(s->slot);
}

static void
retire(struct gort_plugin *p, struct version *v)
{
	const struct gort__image *im = v->image;

	gort__oplock(&p->lock);
	p->retired_calls += gort__image_calls(im);
	p->retired_panics += atomic_load(&im->panics);
	if (im->last_error[0])
		gort__copy(
		    p->last_error, sizeof(p->last_error), im->last_error);
	v->retired = true;
	gort__opunlock(&p->lock);
}

/* The version is drained: give its targets back, unload it. */
static bool
drop(struct gort_plugin *p, struct version *v)
{
	struct symbol *s;

	/* once: what stays mapped may have left its image record to another */
	if (!v->retired) {
		retire(p, v);
		for (s = p->symbols; s; s = s->link)
			gort__slot_release(s->slot, v->image);
	}
	return gort__version_unload(v);
}

/* The same with one of the list: a fork finds it whole there, or not at all. */
static bool
drop_from(struct gort_plugin *p, struct version **link)
{
	struct version *v = *link;
	bool gone;

	gort__forklock();
	gone = drop(p, v);
	if (gone) {
		gort__oplock(&p->lock);
		*link = v->link;
		gort__opunlock(&p->lock);
		free(v);
	}
	gort__forkunlock();
	return gone;
}

/* oplock held: unload lingering versions that are idle; how many are left. */
int
gort__plugin_reap(struct gort_plugin *p, int64_t deadline, struct gort_err *e)
{
	struct version *v, **link = &p->old;
	int left = 0;

	while ((v = *link) != NULL) {
		if (!v->drained &&
		    gort__image_drain(v->image, deadline, e) == 0)
			v->drained = true;
		if (v->drained && drop_from(p, link))
			continue;
		if (v->drained)
			gort__err(e, GORT_EPINNED, p->path, GORT_ERR_NO_OFFSET,
			    "module %s %s stays mapped: %s", v->name, v->number,
			    v->why);
		left++;
		link = &v->link;
	}
	return left;
}

int
gort_reap(struct gort_plugin *p)
{
	struct gort_err e = {0};
	int left;

	if (!p)
		return gort__seterrf(GORT_EINVAL, "gort_reap: no plugin");
	if (gort__plugin_may_operate("gort_reap", &e))
		return gort__seterr(&e);
	gort__oplock(&p->oplock);
	left = gort__plugin_reap(p, 0, &e);
	gort__opunlock(&p->oplock);
	if (left)
		gort__seterr(&e);
	return left;
}

/* gatelock held. */
static int
check_not_needed_by(const struct gort_plugin *p, const struct gort_plugin *o,
    struct gort_err *e)
{
	const struct gort__need *const *need;
	const struct gort_moduledata *md;
	int rc = 0;

	md = o->current ? o->current->image->md : NULL;
	for (need = md ? md->needs : NULL; md && need < md->needs_end; need++)
		if (*need && strcmp((*need)->name, p->current->name) == 0)
			rc = gort__err(e, GORT_EBUSY, p->path,
			    GORT_ERR_NO_OFFSET,
			    "module %s is needed by module %s",
			    p->current->name, o->current->name);
	return rc;
}

/* gatelock held. Another open plugin says GORT_NEEDS of this one. */
static int
check_unneeded(const struct gort_plugin *p, struct gort_err *e)
{
	const struct gort_plugin *o;
	int rc = 0;

	for (o = plugins; o && rc == 0; o = o->next) {
		if (o != p)
			rc = check_not_needed_by(p, o, e);
	}
	return rc;
}

static void
free_symbols(struct gort_plugin *p)
{
	struct symbol *s;

	while ((s = p->symbols) != NULL) {
		p->symbols = s->link;
		gort__slot_switch(s->slot, &closed_target);
		gort__slot_free(s->slot);
		free(s->name);
		free(s);
	}
}

/* gatelock held. */
static void
unlist(struct gort_plugin *p)
{
	struct gort_plugin **link;

	for (link = &plugins; *link != p; link = &(*link)->next)
		;
	*link = p->next;
	if (plugins_tail == &p->next)
		plugins_tail = link;
}

/* To DRAINING; *was: the state before, READY or QUARANTINED. */
static int
close_gate(const struct gort_plugin *p, int *was, struct gort_err *e)
{
	struct gort__image *im = p->current->image;
	int rc;

	gort__gate_lock();
	rc = check_unneeded(p, e);
	if (rc == 0) {
		*was = atomic_load(&im->state);
		gort__gate_set_image(im, GORT_P_DRAINING, NULL);
	}
	gort__gate_unlock();
	return rc;
}

/* As it was, unless gort_shutdown has meanwhile begun to stop it. */
static void
open_gate(struct version *v, int was)
{
	gort__gate_lock();
	if (gort__gate_state() == GORT_READY)
		gort__gate_set_image(v->image, was, NULL);
	gort__gate_unlock();
}

/* oplock held. 0: closed, maybe with *e saying what stays mapped. */
static int
close_locked(struct gort_plugin *p, int64_t deadline, struct gort_err *e)
{
	struct gort_err left = {0};
	struct version *v;
	int rc, was;

	rc = gort__plugin_check_open(p, e);
	if (rc)
		return rc;
	gort__plugin_reap(p, deadline, &left);
	for (v = p->old; v; v = v->link) {
		if (!v->drained) {
			*e = left;
			return -left.code;
		}
	}
	rc = close_gate(p, &was, e);
	if (rc)
		return rc;
	rc = gort__image_drain(p->current->image, deadline, e);
	if (rc) {
		open_gate(p->current, was);
		return rc;
	}
	gort__oplock(&p->lock);
	gort__gate_lock();
	unlist(p);
	v = p->current;
	v->link = p->old;
	v->drained = true;
	p->old = v;
	p->current = NULL;
	gort__gate_unlock();
	gort__opunlock(&p->lock);
	if (gort__plugin_reap(p, 0, &left))
		*e = left;
	sweep_pinned(p->old);
	p->old = NULL;
	free_symbols(p);
	return 0;
}

int
gort_close(struct gort_plugin *p, int timeout_ms)
{
	struct gort_err e = {0};
	int rc;

	if (!p)
		return gort__seterrf(GORT_EINVAL, "gort_close: no plugin");
	if (gort__plugin_may_operate("gort_close", &e))
		return gort__seterr(&e);
	gort__oplock(&p->oplock);
	rc = close_locked(p, gort__deadline(timeout_ms), &e);
	gort__opunlock(&p->oplock);
	if (rc)
		return gort__seterr(&e);
	if (e.code)
		gort__seterr(&e);
	unref(p);
	return 0;
}

static void
stat_version(const struct version *v, struct gort_stats *st)
{
	if (!atomic_load(&v->finished))
		st->in_flight += gort__image_in_flight(v->image);
	if (v->retired)
		return;
	st->calls += gort__image_calls(v->image);
	st->panics += atomic_load(&v->image->panics);
	if (v->image->last_error[0])
		gort__copy(st->last_error, sizeof(st->last_error),
		    v->image->last_error);
}

int
gort_stat(struct gort_plugin *p, struct gort_stats *st)
{
	const struct version *v;

	if (!p || !st)
		return gort__seterrf(
		    GORT_EINVAL, "gort_stat: no %s", p ? "result" : "plugin");
	gort__frames_sweep();
	memset(st, 0, sizeof(*st));
	gort__oplock(&p->lock);
	if (!p->current) {
		gort__opunlock(&p->lock);
		return gort__seterrf(GORT_ESTATE, "the plugin is closed");
	}
	gort__copy(st->path, sizeof(st->path), p->path);
	gort__copy(st->name, sizeof(st->name), p->current->name);
	gort__copy(st->version, sizeof(st->version), p->current->number);
	gort__copy(st->last_error, sizeof(st->last_error), p->last_error);
	st->state =
	    (enum gort_plugin_state)atomic_load(&p->current->image->state);
	st->generation = p->generation;
	st->calls = p->retired_calls;
	st->panics = p->retired_panics;
	for (v = p->old; v; v = v->link) {
		st->lingering++;
		stat_version(v, st);
	}
	stat_version(p->current, st);
	gort__opunlock(&p->lock);
	return 0;
}

/*
 * A plugin that is visited is kept by a reference; fn may close it, which
 * takes it off the list, so the next one is noted before.
 */
int
gort_list(gort_visit_plugin *fn, void *arg)
{
	struct gort_plugin *p, **all;
	size_t n = 0, i;
	int rc = 0;

	gort__gate_lock();
	for (p = plugins; p; p = p->next)
		n++;
	all = calloc(n + 1, sizeof(struct gort_plugin *));
	if (all) {
		n = 0;
		for (p = plugins; p; p = p->next) {
			p->refs++;
			all[n++] = p;
		}
	}
	gort__gate_unlock();
	if (!all)
		return gort__seterrf(
		    GORT_ENOMEM, "no memory to list %zu plugins", n);
	for (i = 0; i < n; i++) {
		bool listed = false;

		gort__gate_lock();
		for (p = plugins; p && !listed; p = p->next)
			listed = p == all[i];
		gort__gate_unlock();
		if (listed && rc == 0)
			rc = fn(all[i], arg);
		unref(all[i]);
	}
	free(all);
	return rc;
}

/* What gort_exports() visits: a copy, as the plugin may be closed meanwhile. */
struct exports {
	struct gort_export_info *info;
	size_t n;
	char *text; /* their strings, one after the other */
};

/* Room for what md exports; *e: there is none. */
static int
exports_alloc(struct exports *x, const struct gort_moduledata *md,
    const char *path, struct gort_err *e)
{
	struct gort__export *const *ex;
	size_t n = 0, bytes = 0;

	for (ex = md->exports; ex < md->exports_end; ex++) {
		if (!*ex)
			continue;
		n++;
		bytes += strlen((*ex)->name) + strlen((*ex)->ret) +
			 strlen((*ex)->args) + 3;
	}
	x->n = 0;
	x->info = malloc(n * sizeof(*x->info) + bytes + 1);
	if (!x->info)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for a list of %zu exports", n);
	x->text = (char *)(x->info + n);
	return 0;
}

static const char *
exports_text(struct exports *x, const char *s)
{
	size_t n = strlen(s) + 1;

	x->text += n;
	return memcpy(x->text - n, s, n);
}

/* oplock held: the version stays while its table is read. */
static int
copy_exports(const struct gort_plugin *p, struct exports *x, struct gort_err *e)
{
	const struct gort_moduledata *md;
	struct gort__export *const *ex;
	struct gort_export_info *info;
	int rc;

	rc = gort__plugin_check_open(p, e);
	if (rc)
		return rc;
	md = p->current->image->md;
	rc = exports_alloc(x, md, p->path, e);
	for (ex = md->exports; rc == 0 && ex < md->exports_end; ex++) {
		if (!*ex)
			continue;
		info = &x->info[x->n++];
		info->name = exports_text(x, (*ex)->name);
		info->ret = exports_text(x, (*ex)->ret);
		info->args = exports_text(x, (*ex)->args);
	}
	return rc;
}

int
gort_exports(struct gort_plugin *p, gort_visit_export *fn, void *arg)
{
	struct exports x;
	struct gort_err e;
	size_t i;
	int rc;

	if (!p || !fn)
		return gort__seterrf(GORT_EINVAL, "gort_exports: no %s",
		    p ? "function" : "plugin");
	gort__oplock(&p->oplock);
	rc = copy_exports(p, &x, &e);
	gort__opunlock(&p->oplock);
	if (rc)
		return gort__seterr(&e);
	for (i = 0; i < x.n && rc == 0; i++)
		rc = fn(&x.info[i], arg);
	free(x.info);
	return rc;
}
