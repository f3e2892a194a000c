/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * __start_NAME and __stop_NAME: where the sections of a name begin and end, if
 * it is an identifier of C. Such sections lie side by side in the image.
 */
#include "../include/small.h"
#include "link.h"

#include <string.h>

bool
gort__link_is_identifier(const char *name)
{
	size_t i;

	if (name[0] >= '0' && name[0] <= '9')
		return false;
	for (i = 0; name[i]; i++)
		if (!(name[i] == '_' || (name[i] >= '0' && name[i] <= '9') ||
			(name[i] >= 'A' && name[i] <= 'Z') ||
			(name[i] >= 'a' && name[i] <= 'z')))
			return false;
	/* link_layout.c compares no more of it */
	return i > 0 && i < 64;
}

/* The section's name that a symbol asks for, or NULL. */
static const char *
asked_for(const char *symbol, bool *stop)
{
	*stop = strncmp(symbol, "__stop_", 7) == 0;
	if (!*stop && strncmp(symbol, "__start_", 8) != 0)
		return NULL;
	symbol += *stop ? 7 : 8;
	return gort__link_is_identifier(symbol) ? symbol : NULL;
}

#define KIND (OBJ_SEC_WRITE | OBJ_SEC_EXEC | OBJ_SEC_TLS)

/* One more section that can be asked for: note the first of its name. */
static bool
enter(struct gort_link *lk, uint32_t obj, uint32_t sec)
{
	const struct gort__objsec *s = &lk->objs[obj]->o.secs[sec], *first;
	uint32_t i = gort__link_section(lk, s->name);
	struct linksym *entry = &lk->syms[i];

	if (!i)
		return false;
	if (!entry->obj) {
		entry->obj = obj;
		entry->sym = sec;
	}
	first = &lk->objs[entry->obj]->o.secs[entry->sym];
	entry->weak &= (s->what & KIND) == (first->what & KIND);
	return true;
}

/* All is bound: enter all sections, once. */
static bool
enter_all(struct gort_link *lk)
{
	uint32_t i, k;

	if (lk->sections.ncells)
		return true;
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++)
			if ((ob->o.secs[k].what & OBJ_SEC_ALLOC) &&
			    !ob->secs[k].lost &&
			    gort__link_is_identifier(ob->o.secs[k].name) &&
			    !enter(lk, i, k))
				return false;
	}
	return true;
}

bool
gort__link_own_bounds(struct gort_link *lk, uint32_t sym, struct gort_err *e)
{
	bool stop;
	const char *name = asked_for(lk->syms[sym].name, &stop);
	uint32_t i = name && enter_all(lk) ? gort__link_section(lk, name) : 0;
	struct linksym *s = &lk->syms[sym];

	if (name && !i) {
		gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for names of sections");
		return false;
	}
	if (!name || !lk->syms[i].obj)
		return false;
	if (!lk->syms[i].weak) {
		gort__err(e, GORT_ENOTSUP, NULL, GORT_ERR_NO_OFFSET,
		    "%.150s: sections of that name are of several kinds",
		    s->name);
		return false;
	}
	if (lk->nbounds == LINK_MAX_BOUNDS) {
		gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
		    "more than %d __start_ and __stop_ symbols",
		    LINK_MAX_BOUNDS);
		return false;
	}
	lk->bounds[lk->nbounds++] = sym;
	s->state = SYM_DEFINED;
	s->local = true;
	s->sym = 0; /* not that of who wants it */
	return true;
}

void
gort__link_place_bounds(struct gort_link *lk)
{
	uint32_t n, i, k;

	for (n = 0; n < lk->nbounds; n++) {
		struct linksym *s = &lk->syms[lk->bounds[n]];
		uint64_t lo = UINT64_MAX, hi = 0;
		bool stop;
		const char *name = asked_for(s->name, &stop);

		for (i = 1; i < lk->nobjs; i++) {
			const struct linkobj *ob = lk->objs[i];

			for (k = 1; k < ob->o.nsecs; k++) {
				uint64_t at =
				    (uintptr_t)gort__link_at(lk, &ob->secs[k]);

				if (!ob->secs[k].sorted ||
				    strcmp(ob->o.secs[k].name, name) != 0)
					continue;
				lo = at < lo ? at : lo;
				at += ob->secs[k].size;
				hi = at > hi ? at : hi;
			}
		}
		s->value = stop ? hi : lo > hi ? hi : lo;
	}
}
