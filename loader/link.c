/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_link_*: the verbs of a link in their order, and how a failed load is
 * undone.
 */
#include "../include/small.h"
#include "inuse.h"
#include "link.h"
#include "link_crt.h"
#include "../runtime/objbounds.h"
#include "version.h"

#include <stdlib.h>

static int
not_open(const struct gort_link *lk)
{
	static const char *const names[] = {
	    "open", "resolved", "loaded", "failed"};

	return gort__seterrf(
	    GORT_ESTATE, "the link is %s already", names[lk->phase]);
}

struct gort_link *
gort_link_new(void)
{
	struct gort_link *lk = calloc(1, sizeof(*lk));

	/* the objects' and symbols' number 0 is none; slot 0 is the handle */
	if (lk) {
		lk->secret = gort__link_secret();
		lk->objs = gort__obj_room(NULL, 0, sizeof(struct linkobj *));
	}
	if (!lk || !lk->objs || !gort__link_intern(lk, "")) {
		gort__seterrf(GORT_ENOMEM, "no memory for a link");
		if (lk) {
			free(lk->objs);
			gort__pool_free(&lk->pool);
		}
		free(lk);
		return NULL;
	}
	lk->nobjs = 1;
	lk->nslots = 1;
	return lk;
}

int
gort_link_add(struct gort_link *link, const char *path, unsigned flags)
{
	struct gort_err e;

	if (link->phase != LINK_OPEN)
		return not_open(link);
	if (flags & ~GORT_LINK_WHOLE)
		return gort__seterrf(GORT_EINVAL, "unknown flags 0x%x", flags);
	return gort__link_add_file(link, path, flags, &e) ? gort__seterr(&e)
							  : 0;
}

int
gort_link_add_memory(struct gort_link *link, const char *name, const void *data,
    size_t size, unsigned flags)
{
	struct gort_err e;

	if (link->phase != LINK_OPEN)
		return not_open(link);
	if (flags & ~GORT_LINK_WHOLE)
		return gort__seterrf(GORT_EINVAL, "unknown flags 0x%x", flags);
	return gort__link_add_bytes(link, name, data, size, flags, &e)
		   ? gort__seterr(&e)
		   : 0;
}

/* A symbol with a name that the link owns; 0: no memory. */
static uint32_t
own_symbol(struct gort_link *lk, const char *name)
{
	uint32_t i = gort__link_lookup(lk, name);
	char **list;

	if (i)
		return i;
	list = gort__obj_room(lk->names, lk->nnames, sizeof(*list));
	if (!list)
		return 0;
	lk->names = list;
	list[lk->nnames] = strdup(name);
	if (!list[lk->nnames])
		return 0;
	return gort__link_intern(lk, list[lk->nnames++]);
}

int
gort_link_define(struct gort_link *link, const char *name, void *address)
{
	struct linksym *s;
	uint32_t i;

	if (link->phase != LINK_OPEN)
		return not_open(link);
	i = own_symbol(link, name);
	if (!i)
		return gort__seterrf(GORT_ENOMEM, "no memory for a symbol");
	s = &link->syms[i];
	if (s->state != SYM_UNDEF)
		return gort__seterrf(
		    GORT_EEXIST, "%.150s is defined already", name);
	s->state = SYM_IMPORT;
	s->absolute = true;
	s->func = gort__object_is_code(address);
	s->value = (uintptr_t)address;
	return 0;
}

int
gort_link_need(struct gort_link *link, const char *name)
{
	uint32_t i;

	if (link->phase != LINK_OPEN)
		return not_open(link);
	i = own_symbol(link, name);
	if (!i)
		return gort__seterrf(GORT_ENOMEM, "no memory for a symbol");
	link->syms[i].wanted = true;
	return 0;
}

int
gort_link_resolve(struct gort_link *link)
{
	struct gort_err e;
	int rc;

	if (link->phase != LINK_OPEN)
		return not_open(link);
	rc = gort__link_bind(link, &e);
	if (rc == 0)
		rc = gort__link_import(link, &e);
	link->phase = rc ? LINK_FAILED : LINK_RESOLVED;
	return rc ? gort__seterr(&e) : 0;
}

/* Take out of the process what is in it; the image goes last. */
static void
leave(struct gort_link *lk)
{
	gort__link_debug_free(lk);
	gort__link_eh_free(lk);
	/* code that stays keeps its variables, and below, what it calls */
	if (!lk->pinned && !gort__link_tls_free(lk))
		lk->pinned = true;
	if (!lk->pinned)
		gort__link_unmap(lk);
}

static int
load(struct gort_link *lk, struct gort_err *e)
{
	int rc = gort__link_scan(lk, e);

	if (rc == 0)
		rc = gort__link_layout(lk, e);
	if (rc)
		return rc;
	/* the initial value of a variable may be one of those */
	gort__link_format(lk)->place_own(lk);
	rc = gort__link_tls(lk, e);
	if (rc)
		return rc;
	gort__link_fill(lk);
	rc = gort__link_relocate(lk, false, e);
	if (rc == 0)
		rc = gort__link_init(lk, e);
	if (rc == 0)
		rc = gort__link_check_calls(lk, e);
	if (rc == 0)
		rc = gort__link_eh_table(lk, e);
	if (rc == 0)
		rc = gort__link_protect_text(lk, e);
	if (rc)
		return rc;
	if (!lk->only)
		gort__link_ifuncs(lk);
	rc = gort__link_protect(lk, e);
	return rc ? rc : gort__link_eh_register(lk, e);
}

int
gort_link_load(struct gort_link *link)
{
	struct gort_err e;
	int rc = 0;

	if (link->phase == LINK_OPEN)
		rc = gort_link_resolve(link);
	else if (link->phase != LINK_RESOLVED)
		rc = not_open(link);
	if (rc)
		return rc;
	if (load(link, &e)) {
		leave(link);
		link->phase = LINK_FAILED;
		return gort__seterr(&e);
	}
	link->phase = LINK_LOADED;
	gort__link_debug(link);
	if (!link->only)
		gort__link_run_inits(link);
	return 0;
}

int
gort__link_only(struct gort_link *lk)
{
	lk->only = true;
	return gort_link_load(lk);
}

void
gort__link_module(struct gort_link *lk)
{
	lk->module = true;
}

bool
gort__link_wants(const struct gort_link *lk, const char *name)
{
	return lk->syms[gort__link_lookup(lk, name)].state == SYM_IMPORT;
}

void
gort__link_bounds(
    const struct gort_link *lk, const char **base, const char **end)
{
	*base = (const char *)lk->image;
	*end = *base + lk->image_size;
}

void *
gort__link_function(struct gort_link *lk, const char *name)
{
	char *p = gort_link_sym(lk, name);
	const char *text = (const char *)lk->part[PART_TEXT];

	return p >= text && p < text + lk->part_size[PART_TEXT] ? p : NULL;
}

int
gort_link_abi(const struct gort_link *link)
{
	return gort__link_format(link)->foreign ? GORT_ABI_MS : GORT_ABI_HOST;
}

void *
gort_link_sym(struct gort_link *link, const char *name)
{
	uint32_t i = gort__link_format(link)->named(link, name);
	const struct linksym *s = &link->syms[i];
	uint64_t v = s->value;
	void *p;

	if (link->phase != LINK_LOADED) {
		gort__seterrf(GORT_ESTATE, "%.150s has no address: the link %s",
		    name,
		    link->phase == LINK_FAILED
			? "has failed"
			: "is not loaded, see gort_link_load()");
		return NULL;
	}
	if (!i || s->state != SYM_DEFINED || s->hidden || s->type == OBJ_TLS ||
	    (s->local && !s->sym)) {
		gort__seterrf(GORT_ENOSYM,
		    i && s->state == SYM_DEFINED
			? "%.150s is not a symbol for others"
			: "no object defines %.150s",
		    name);
		return NULL;
	}
	memcpy(&p, &v, sizeof(p));
	return p;
}

static void
finish(struct gort_link *lk, char *why, size_t n)
{
	const char *text = (const char *)lk->part[PART_TEXT];
	const char *end = text + lk->part_size[PART_TEXT];

	if (!lk->only)
		gort__link_run_finis(lk);
	gort__link_run_exits(lk);
	lk->pinned = gort__code_in_use(text, end, false, why, n);
	if (!lk->pinned && gort__keys_in(text, end)) {
		lk->pinned = true;
		snprintf(why, n, "it has not deleted a pthread key");
	}
}

int
gort_link_free(struct gort_link *link)
{
	char why[192] = "a thread's variable has a destructor to run";
	bool pinned;

	if (!link)
		return 0;
	if (link->phase == LINK_LOADED) {
		finish(link, why, sizeof(why));
		leave(link);
	}
	pinned = link->pinned;
	gort__link_free_input(link);
	while (link->nnames)
		free(link->names[--link->nnames]);
	if (!pinned)
		gort__link_close_libraries(link);
	free(link->libs);
	free(link->names);
	if (REL_HAS_FIELDS)
		gort__link_free_islands(link);
	free(link->more);
	free(link->inits);
	free(link->finis);
	free(link);
	return pinned ? gort__seterrf(GORT_EPINNED, "%s", why) : 0;
}
