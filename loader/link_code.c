/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What may be called of an image: loading runs resolvers of indirect functions
 * and lists of constructors, and where these point is what the file says. Each
 * must lie in a section of code that was loaded, in a stub, or be a function
 * that was imported.
 */
#include "../include/small.h"
#include "link.h"

#include <stdlib.h>

/* Addresses that may be called: [at, end). */
struct range {
	uint64_t at, end;
};

struct ranges {
	struct range *v;
	uint32_t n;
};

static bool
add(struct ranges *r, uint64_t at, uint64_t size)
{
	struct range *v;

	if (!size)
		return true;
	v = gort__obj_room(r->v, r->n, sizeof(*v));
	if (!v)
		return false;
	r->v = v;
	v[r->n].at = at;
	v[r->n++].end = at + size;
	return true;
}

static int
by_place(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static bool
collect(const struct gort_link *lk, struct ranges *r)
{
	bool ok = add(r, gort__link_stub(lk, 0),
	    (uint64_t)lk->nstubs * gort__relmachine.stub_size);
	uint32_t i, k;

	for (i = 1; i < lk->nobjs && ok; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs && ok; k++)
			if (ob->secs[k].kept && ob->secs[k].part == PART_TEXT &&
			    !(ob->o.secs[k].what & OBJ_SEC_NOBITS))
				ok = add(r,
				    (uintptr_t)gort__link_at(lk, &ob->secs[k]),
				    ob->secs[k].size);
	}
	for (i = 1; i < lk->nsyms && ok; i++)
		if (lk->syms[i].state == SYM_IMPORT && lk->syms[i].func)
			ok = add(r, lk->syms[i].value, 1);
	if (ok && r->n)
		qsort(r->v, r->n, sizeof(*r->v), by_place);
	return ok;
}

static bool
callable(const struct ranges *r, uint64_t v)
{
	uint32_t lo = 0, hi = r->n;

	/* the last range that begins at v or before */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (r->v[mid].at <= v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo && v < r->v[lo - 1].end;
}

static int
check_calls(const struct gort_link *lk, const struct ranges *r,
    const struct linkcall *list, uint32_t n, struct gort_err *e)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		const struct linkcall *c = &list[i];
		const struct gort__objsec *s = &c->ob->o.secs[c->sec];
		const struct linksec *ls = &c->ob->secs[c->sec];
		uint64_t at, size = ls->size;

		if (size % sizeof(uintptr_t))
			return gort__link_bad(c->ob, s->offset, GORT_EFORMAT, e,
			    "list %.100s has 0x%llx bytes, which is not a "
			    "number of addresses",
			    s->name, (unsigned long long)size);
		for (at = 0; at < size; at += sizeof(uintptr_t)) {
			uintptr_t v;

			memcpy(&v, gort__link_at(lk, ls) + at, sizeof(v));
			if (!gort__link_is_call(v) || callable(r, v))
				continue;
			return gort__link_bad(c->ob, s->offset + at,
			    GORT_EFORMAT, e,
			    "entry %llu of %.100s is not the address of code",
			    (unsigned long long)(at / sizeof(v)), s->name);
		}
	}
	return 0;
}

static int
check_resolvers(
    const struct gort_link *lk, const struct ranges *r, struct gort_err *e)
{
	uint32_t i;

	for (i = 1; i < lk->nsyms; i++) {
		const struct linksym *s = &lk->syms[i];

		if (gort__link_is_ifunc(s) && !callable(r, s->value))
			return gort__link_bad(lk->objs[s->obj], 0, GORT_EFORMAT,
			    e,
			    "the resolver of %.150s, an indirect function, is "
			    "not in code",
			    s->name);
	}
	return 0;
}

int
gort__link_check_calls(const struct gort_link *lk, struct gort_err *e)
{
	struct ranges r = {NULL, 0};
	int rc;

	if (!lk->ninits && !lk->nfinis && !lk->nifuncs)
		return 0;
	if (!collect(lk, &r)) {
		rc = gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for the list of code");
	} else {
		rc = check_calls(lk, &r, lk->inits, lk->ninits, e);
		if (rc == 0)
			rc = check_calls(lk, &r, lk->finis, lk->nfinis, e);
		if (rc == 0)
			rc = check_resolvers(lk, &r, e);
	}
	free(r.v);
	return rc;
}
