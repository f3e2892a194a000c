/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replacing a plugin's version under load.
 *
 * Note [The switch]
 * Callers reach a version through the slots of its symbols. The switch is
 * made under the gatelock: the old version's gate closes, every slot gets its
 * new target, the new version's gate opens. A call that comes in between
 * finds the old gate closed, waits for the lock in its slow path, and then
 * sees the new target; one that was inside before stays in the old version,
 * which is mapped until its last call left. So for all symbols together there
 * is one moment before which calls go to the old version and after which they
 * go to the new one, and none fails.
 */
#include "../include/small.h"
#include "plugin.h"

#include <stdlib.h>
#include <string.h>

/* State on its way from one version to the next. */
struct handover {
	const struct gort_moduledata *from; /* the old version's hooks */
	const struct gort_moduledata *to;   /* the new version's */
	void *state;                        /* malloced by save */
	size_t size;
	int result; /* of the hook */
};

static void
call_save(void *arg)
{
	struct handover *h = arg;

	h->result = h->from->save(&h->state, &h->size);
}

static void
call_restore(void *arg)
{
	struct handover *h = arg;

	h->result = h->to->restore(h->state, h->size, h->from->version);
}

static int
hand_over(struct version *from, struct version *to, struct gort_err *e)
{
	struct handover h = {.from = from->image->md, .to = to->image->md};
	struct gort_error err = {0};
	const char *what = "save";
	int rc = 0;

	/* what a fault has left behind is not handed on */
	if (!h.from->save || !h.to->restore ||
	    atomic_load(&from->image->state) == GORT_P_QUARANTINED)
		return 0;
	rc = gort__image_try(from->image, call_save, &h, &err);
	if (rc == 0 && h.result == 0) {
		what = "restore";
		rc = gort__image_try(to->image, call_restore, &h, &err);
	}
	if (rc)
		gort__err(e, GORT_EINIT, NULL, GORT_ERR_NO_OFFSET,
		    "%s of module %s %s: %s: %s", what, from->name,
		    strcmp(what, "save") ? to->number : from->number,
		    gort_strerror(rc), err.message);
	else if (h.result)
		rc = gort__err(e, GORT_EINIT, NULL, GORT_ERR_NO_OFFSET,
		    "%s of module %s %s returned %d", what, from->name,
		    strcmp(what, "save") ? to->number : from->number, h.result);
	free(h.state);
	return rc ? -GORT_EINIT : 0;
}

/* A symbol that a later version lacks leads here. */
static void
gone(void)
{
	gort_panic("this export is not in the plugin's current version");
}

/* Targets in v for every symbol; the i-th for the i-th of the list. */
static struct gort__target **
new_targets(const struct gort_plugin *p, const struct version *v, size_t *n)
{
	struct gort__target **t;
	struct symbol *s;
	size_t i = 0;

	*n = 0;
	for (s = p->symbols; s; s = s->link)
		(*n)++;
	t = calloc(*n + 1, sizeof(struct gort__target *));
	for (s = p->symbols; t && s; s = s->link) {
		uint32_t flags;
		void (*body)(void) = gort__version_find(v, s->name, &flags);

		t[i] = gort__slot_target(
		    s->slot, v->image, body ? body : gone, flags);
		if (!t[i++]) {
			free(t);
			return NULL;
		}
	}
	return t;
}

/* p->lock held. See Note [The switch]. */
static int
switch_to(struct gort_plugin *p, struct version *v, struct gort_err *e)
{
	struct version *old = p->current;
	struct gort__target **t;
	struct symbol *s;
	struct gort_err why;
	size_t n, i = 0;

	t = new_targets(p, v, &n);
	if (!t)
		return gort__err(e, GORT_ENOMEM, p->path, GORT_ERR_NO_OFFSET,
		    "no memory for %zu symbols", n);
	if (gort__image_lock_met(v->image, &why)) {
		free(t);
		return gort__err(
		    e, why.code, p->path, GORT_ERR_NO_OFFSET, "%s", why.text);
	}
	atomic_store(&v->image->wary, p->wary);
	gort__gate_set_image(old->image, GORT_P_DRAINING, NULL);
	for (s = p->symbols; s; s = s->link)
		gort__slot_switch(s->slot, t[i++]);
	gort__gate_set_image(v->image, GORT_P_READY, NULL);
	p->current = v;
	old->link = p->old;
	p->old = old;
	p->generation++;
	gort__gate_unlock();
	free(t);
	return 0;
}

static void
linger(struct gort_plugin *p, struct version *v)
{
	gort__oplock(&p->lock);
	v->link = p->old;
	p->old = v;
	gort__opunlock(&p->lock);
}

void
gort__plugin_discard(struct gort_plugin *p, struct version *v)
{
	struct symbol *s;
	bool unloaded;

	for (s = p->symbols; s; s = s->link)
		gort__slot_release(s->slot, v->image);
	gort__forklock();
	unloaded = gort__version_unload(v);
	gort__forkunlock();
	if (unloaded) {
		free(v);
		return;
	}
	v->drained = v->retired = true;
	linger(p, v);
}

/* oplock held. *path: owned; when the reload succeeds, the one before. */
static int
reload_locked(
    struct gort_plugin *p, char **path, int64_t deadline, struct gort_err *e)
{
	struct version *v, *failed;
	struct gort_err left = {0};
	int rc;

	rc = gort__plugin_check_open(p, e);
	if (rc)
		return rc;
	v = gort__version_load(
	    *path ? *path : p->path, p->current->name, &failed, e);
	if (failed)
		linger(p, failed);
	if (!v)
		return -e->code;
	rc = hand_over(p->current, v, e);
	if (rc == 0) {
		gort__oplock(&p->lock);
		rc = switch_to(p, v, e);
		if (rc == 0 && *path) {
			char *was = p->path;

			p->path = *path;
			*path = was;
		}
		gort__opunlock(&p->lock);
	}
	if (rc) {
		gort__plugin_discard(p, v);
		return rc;
	}
	if (gort__plugin_reap(p, deadline, &left))
		gort__seterr(&left);
	return 0;
}

int
gort_reload(struct gort_plugin *p, const char *path, int timeout_ms)
{
	struct gort_err e = {0};
	char *copy = NULL;
	int rc;

	if (!p)
		return gort__seterrf(GORT_EINVAL, "gort_reload: no plugin");
	if (gort__plugin_may_operate("gort_reload", &e))
		return gort__seterr(&e);
	if (path && !(copy = strdup(path)))
		return gort__seterrf(
		    GORT_ENOMEM, "%s: no memory for the path", path);
	gort__oplock(&p->oplock);
	rc = reload_locked(p, &copy, gort__deadline(timeout_ms), &e);
	gort__opunlock(&p->oplock);
	free(copy);
	if (rc == 0)
		return 0;
	gort__plugin_note_error(p, e.text);
	return gort__seterr(&e);
}
