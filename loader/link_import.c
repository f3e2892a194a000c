/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What no object defines: symbols that a linker would make, exports of open
 * plugins, symbols of the process.
 */
#include "link.h"
#include "../runtime/runtime.h"
#include "../runtime/objbounds.h"

#include <dlfcn.h>

struct query {
	const char *name;
	struct gort_plugin *plugin;
	void *found;
};

static int
match(const struct gort_export_info *ex, void *arg)
{
	struct query *q = arg;

	if (strcmp(ex->name, q->name) != 0)
		return 0;
	q->found = gort_sym(q->plugin, q->name);
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
	char others[40] = "";

	if (more)
		snprintf(others, sizeof(others), " (and %u more)", more);
	return gort__err(e, GORT_ENOSYM, file, GORT_ERR_NO_OFFSET,
	    "undefined symbol %.150s%s%s", s->name,
	    s->hidden ? ", which is hidden: it must be in the same load" : "",
	    others);
}

/* true: found, or weak and so 0. */
static bool
find(struct gort_link *lk, uint32_t i, bool plugins)
{
	struct linksym *s = &lk->syms[i];
	struct query q = {.name = s->name};

	if (!s->hidden && plugins)
		gort_list(visit, &q);
	if (!s->hidden && !q.found)
		q.found = dlsym(RTLD_DEFAULT, s->name);
	if (!q.found && s->wanted)
		return false;
	s->state = SYM_IMPORT;
	s->absolute = true;
	s->value = (uintptr_t)q.found;
	s->func = q.found && (q.found != NULL) && gort__object_is_code(q.found);
	/* a plugin's stub is code too, but of no object */
	s->func |= q.plugin != NULL && q.found != NULL;
	return true;
}

int
gort__link_import(struct gort_link *lk, struct gort_err *e)
{
	bool plugins = gort_list(any, NULL) == 1;
	uint32_t i, missing = 0, first = 0;

	for (i = 1; i < lk->nsyms; i++) {
		const struct linksym *s = &lk->syms[i];

		if (s->state != SYM_UNDEF || (!s->obj && !s->wanted) ||
		    gort__link_own(lk, i) || find(lk, i, plugins))
			continue;
		first = first ? first : i;
		missing++;
	}
	return missing ? undefined(lk, &lk->syms[first], missing - 1, e) : 0;
}
