/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What no object defines: symbols that a linker would make, exports of open
 * plugins, symbols of the process.
 */
#include "link.h"
#include "../runtime/runtime.h"
#include "../runtime/objbounds.h"

#include <dlfcn.h>
#include <stdlib.h>

#define MAX_LIBS 64

/*
 * Libraries that compilers link without being told, or that come with libc:
 * opened when nothing else has a symbol.
 */
static const char *const usual[] = {
    "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6"};
#define NUSUAL (sizeof(usual) / sizeof(usual[0]))

int
gort__link_open_library(
    struct gort_link *lk, const char *path, struct gort_err *e)
{
	void **list = gort__obj_room(lk->libs, lk->nlibs, sizeof(*list)), *lib;

	if (!list)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for a library");
	lk->libs = list;
	if (lk->nlibs >= MAX_LIBS)
		return gort__err(e, GORT_ELIMIT, path, GORT_ERR_NO_OFFSET,
		    "more than %d shared libraries", MAX_LIBS);
	lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return gort__err(
		    e, GORT_ELOAD, path, GORT_ERR_NO_OFFSET, "%s", dlerror());
	list[lk->nlibs++] = lib;
	return 0;
}

void
gort__link_close_libraries(struct gort_link *lk)
{
	while (lk->nlibs)
		dlclose(lk->libs[--lk->nlibs]);
	free(lk->libs);
	lk->libs = NULL;
}

/* Of the libraries, then of the process, then of the usual libraries. */
static void *
process_symbol(struct gort_link *lk, const char *name, bool weak)
{
	struct gort_err ignored;
	void *p = NULL;
	uint32_t i;

	for (i = 0; i < lk->nlibs && !p; i++)
		p = dlsym(lk->libs[i], name);
	if (!p)
		p = dlsym(RTLD_DEFAULT, name);
	while (!p && !weak && lk->nusual < NUSUAL)
		if (gort__link_open_library(
			lk, usual[lk->nusual++], &ignored) == 0)
			p = dlsym(lk->libs[lk->nlibs - 1], name);
	return p;
}

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
		q.found = process_symbol(lk, s->name, !s->wanted);
	if (!q.found && s->wanted)
		return false;
	s->state = SYM_IMPORT;
	s->absolute = true;
	s->value = (uintptr_t)q.found;
	s->func = q.found && gort__object_is_code(q.found);
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
