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

/* Are there sections of that name? *same: all of one kind. */
static bool
look_for(const struct gort_link *lk, const char *name, bool *same)
{
	uint32_t i, k, what = 0;
	bool found = false;

	*same = true;
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++) {
			const struct gort__objsec *s = &ob->o.secs[k];

			if (!(s->what & OBJ_SEC_ALLOC) || ob->secs[k].lost ||
			    strcmp(s->name, name) != 0)
				continue;
			if (found && (s->what & KIND) != what)
				*same = false;
			what = s->what & KIND;
			found = true;
		}
	}
	return found;
}

bool
gort__link_own_bounds(struct gort_link *lk, uint32_t sym, struct gort_err *e)
{
	struct linksym *s = &lk->syms[sym];
	bool stop, same;
	const char *name = asked_for(s->name, &stop);

	if (!name || !look_for(lk, name, &same))
		return false;
	if (!same) {
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
				uint64_t at = (uintptr_t)ob->secs[k].at;

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
