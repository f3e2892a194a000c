/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What no object defines: symbols that a linker would make, exports of open
 * plugins, symbols of the process.
 */
#include "../include/small.h"
#include "link.h"
#include "../runtime/runtime.h"
#include "../runtime/objbounds.h"

#include "../runtime/dynlib.h"
#include "dso.h"

#include <stdlib.h>

#define MAX_LIBS 64

int
gort__link_open_library(
    struct gort_link *lk, const char *path, struct gort_err *e)
{
	void **list = gort__obj_room(lk->libs, lk->nlibs, sizeof(*list)), *lib;
	char why[256];

	if (!list)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for a library");
	lk->libs = list;
	if (lk->nlibs >= MAX_LIBS)
		return gort__err(e, GORT_ELIMIT, path, GORT_ERR_NO_OFFSET,
		    "more than %d shared libraries", MAX_LIBS);
	lib = gort__dso_open(path, false, why, sizeof(why));
	if (!lib)
		return gort__err(
		    e, GORT_ELOAD, path, GORT_ERR_NO_OFFSET, "%s", why);
	list[lk->nlibs++] = lib;
	return 0;
}

void
gort__link_close_libraries(struct gort_link *lk)
{
	while (lk->nlibs)
		gort__dso_close(lk->libs[--lk->nlibs]);
}

/* Of the libraries, then of the process, then of the usual libraries. */
static void *
process_symbol(struct gort_link *lk, const char *name, bool weak)
{
	struct gort_err ignored;
	void *p = NULL;
	uint32_t i;

	for (i = 0; i < lk->nlibs && !p; i++)
		p = gort__link_process_symbol(lk->libs[i], name);
	if (!p)
		p = gort__link_process_symbol(NULL, name);
	while (!p && !weak && gort__link_usual[lk->nusual])
		if (gort__link_open_library(
			lk, gort__link_usual[lk->nusual++], &ignored) == 0)
			p = gort__link_process_symbol(
			    lk->libs[lk->nlibs - 1], name);
	return p;
}

struct query {
	const char *name;
	struct gort_plugin *plugin;
	void *found;
	char args[256]; /* of an export: its parameters; cut, it is unknown */
};

static int
match(const struct gort_export_info *ex, void *arg)
{
	struct query *q = arg;

	if (strcmp(ex->name, q->name) != 0)
		return 0;
	q->found = gort_sym(q->plugin, q->name);
	gort__copy(q->args, sizeof(q->args), ex->args);
	return 1;
}

static int
visit(struct gort_plugin *plugin, void *arg)
{
	struct query *q = arg;

	q->plugin = plugin;
	return gort_exports(plugin, match, q);
}

static int
any(struct gort_plugin *plugin, void *arg)
{
	(void)plugin;
	(void)arg;
	return 1;
}

static int
undefined(const struct gort_link *lk, const struct linksym *s, uint32_t more,
    struct gort_err *e)
{
	const char *file = s->obj ? lk->objs[s->obj]->o.rd.file : NULL;
	const struct linkmore *m = s->more ? &lk->more[s->more] : NULL;
	char others[40] = "", from[100] = "";

	if (more)
		snprintf(others, sizeof(others), " (and %u more)", more);
	if (m && m->library)
		snprintf(from, sizeof(from), " of %.60s, which is not here",
		    m->library);
	return gort__err(e, GORT_ENOSYM, file, GORT_ERR_NO_OFFSET,
	    "undefined symbol %.150s%s%s%s", s->name, from,
	    s->hidden ? ", which is hidden: it must be in the same load" : "",
	    others);
}

/* By one name: exports of plugins, then the process. */
static void *
look_for(struct gort_link *lk, const struct linksym *s, bool plugins,
    struct query *q)
{
	if (plugins)
		gort_list(visit, q);
	return q->found ? q->found : process_symbol(lk, q->name, !s->wanted);
}

void
gort__link_bridge_symbol(struct gort_link *lk, uint32_t sym)
{
	struct linksym *s = &lk->syms[sym];

	s->foreign = s->canonical = true;
	if (!s->stub)
		s->stub = ++lk->nstubs;
}

/* What is called by another convention than its own must fit the bridge. */
static void
bridge(struct gort_link *lk, struct linksym *s, const struct query *q,
    struct gort_err *e)
{
	const char *why = gort__link_format(lk)->unbridged(
	    q->name, q->found ? q->args : NULL);

	if (why) {
		gort__err(e, GORT_ENOTSUP,
		    s->obj ? lk->objs[s->obj]->o.rd.file : NULL,
		    GORT_ERR_NO_OFFSET, "%.150s is not for this code here: %s",
		    s->name, why);
		return;
	}
	gort__link_bridge_symbol(lk, (uint32_t)(s - lk->syms));
}

/* true: found, or weak and so 0; then *e may say why it cannot be called. */
static bool
find(struct gort_link *lk, uint32_t i, bool plugins, struct gort_err *e)
{
	const struct linkformat *in = gort__link_format(lk);
	struct linksym *s = &lk->syms[i];
	struct query q = {.name = s->name};
	const char *name;
	void *found = NULL;
	char buf[256];
	unsigned n = 0;

	if (s->more && lk->more[s->more].library)
		found = gort__link_imported(lk, &lk->more[s->more]);
	if (found)
		q.name = lk->more[s->more].name;
	while (!s->hidden && !found && (name = in->alias(s->name, n++, buf))) {
		q.name = name;
		found = look_for(lk, s, plugins, &q);
	}
	if (!found && s->wanted)
		return false;
	s->state = SYM_IMPORT;
	s->absolute = true;
	s->value = (uintptr_t)found;
	/* a plugin's stub is code too, but of no object */
	s->func = q.found || (found && gort__object_is_code(found));
	if (s->func && in->foreign)
		bridge(lk, s, &q, e);
	return true;
}

int
gort__link_import(struct gort_link *lk, struct gort_err *e)
{
	bool plugins = !lk->module && gort_list(any, NULL) == 1;
	const struct linkformat *in = gort__link_format(lk);
	uint32_t i, missing = 0, first = 0;

	e->code = 0;
	for (i = 1; i < lk->nsyms; i++) {
		const struct linksym *s = &lk->syms[i];
		bool done = s->state != SYM_UNDEF || s->same || s->local ||
			    (!s->obj && !s->wanted) || in->own(lk, i, e) ||
			    (!e->code && find(lk, i, plugins, e));

		if (e->code)
			return -e->code;
		if (done)
			continue;
		first = first ? first : i;
		missing++;
	}
	return missing ? undefined(lk, &lk->syms[first], missing - 1, e) : 0;
}
