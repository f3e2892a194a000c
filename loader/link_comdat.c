/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * COMDAT sections of COFF: which of those that several objects have is kept
 * (PE Format, "COMDAT Sections"). A section goes by the first symbol in it
 * that others can see, or by its own name where there is none, as GNU's
 * .linkonce of static data has it. One that may not be there twice and that no
 * other can see, stands by itself: static functions of MSVC's kind, all of the
 * name ".text".
 */
#include "../include/small.h"
#include "link.h"

enum {
	SELECT_NODUPLICATES = 1,
	SELECT_ANY,
	SELECT_SAME_SIZE,
	SELECT_EXACT,
	SELECT_ASSOCIATIVE,
	SELECT_LARGEST,
};

#define MAX_CHAIN 16 /* of sections that are associated */

/* NULL: it has none. */
static const char *
key_of(const struct linkobj *ob, const struct gort__objsec *s)
{
	const struct gort__objsym *leader =
	    s->link < ob->o.nsyms ? &ob->o.syms[s->link] : NULL;

	if (s->link && leader && leader->bind != OBJ_LOCAL && leader->name[0])
		return leader->name;
	return s->info == SELECT_NODUPLICATES ? NULL : s->name;
}

const char *
gort__link_comdat_name(const struct linkobj *ob, uint32_t sec)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	const char *key;

	/* chains are short: follow_parents() */
	while (s->group && s->info == SELECT_ASSOCIATIVE)
		s = &ob->o.secs[s->group];
	key = key_of(ob, s);
	return key ? key : s->name;
}

static bool
equal(const struct linkobj *a, const struct gort__objsec *x,
    const struct linkobj *b, const struct gort__objsec *y)
{
	return x->size == y->size && x->filesz == y->filesz &&
	       x->nrelocs == y->nrelocs &&
	       (x->filesz == 0 ||
		   memcmp(a->o.rd.data + x->offset, b->o.rd.data + y->offset,
		       (size_t)x->filesz) == 0);
}

/* Sections that are associated are lost with their parents. */
static int
follow_parents(struct linkobj *ob, struct gort_err *e)
{
	uint32_t i, k, n;

	for (i = 1; i < ob->o.nsecs; i++) {
		if (!(ob->o.secs[i].what & OBJ_SEC_COMDAT) ||
		    ob->o.secs[i].info != SELECT_ASSOCIATIVE)
			continue;
		k = i;
		for (n = 0; n < MAX_CHAIN && ob->o.secs[k].group &&
			    ob->o.secs[k].info == SELECT_ASSOCIATIVE;
		     n++)
			k = ob->o.secs[k].group;
		if (n == MAX_CHAIN)
			return gort__link_bad(ob, ob->o.secs[i].offset,
			    GORT_EFORMAT, e,
			    "section %.100s is associated with itself",
			    ob->o.secs[i].name);
		ob->secs[i].lost = ob->secs[k].lost;
	}
	return 0;
}

static int
conflict(const struct gort_link *lk, const struct linksym *g, uint32_t index,
    const char *why, struct gort_err *e)
{
	return gort__err(e, GORT_EEXIST, lk->objs[index]->o.rd.file,
	    GORT_ERR_NO_OFFSET, "COMDAT %.150s is defined here and in %s%s",
	    g->name, lk->objs[g->obj]->o.rd.file, why);
}

/* Section sec of object index has the name of one that is kept. */
static int
choose(struct gort_link *lk, uint32_t group, uint32_t index, uint32_t sec,
    struct gort_err *e)
{
	struct linksym *g = &lk->syms[group];
	struct linkobj *ob = lk->objs[index], *old = lk->objs[g->obj];
	const struct gort__objsec *s = &ob->o.secs[sec];
	const struct gort__objsec *first = &old->o.secs[g->sym];
	unsigned how = s->info > first->info ? s->info : first->info;

	if (s->info == SELECT_NODUPLICATES ||
	    first->info == SELECT_NODUPLICATES)
		return conflict(lk, g, index, "", e);
	if (how != SELECT_LARGEST && s->info != first->info)
		how = SELECT_ANY;
	if (how == SELECT_SAME_SIZE && s->size != first->size)
		return conflict(lk, g, index, ", with another size", e);
	if (how == SELECT_EXACT && !equal(ob, s, old, first))
		return conflict(lk, g, index, ", with other contents", e);
	if (how != SELECT_LARGEST || s->size <= first->size) {
		ob->secs[sec].lost = true;
		return 0;
	}
	old->secs[g->sym].lost = true;
	g->obj = index;
	g->sym = sec;
	return follow_parents(old, e);
}

int
gort__link_comdat(struct gort_link *lk, uint32_t index, struct gort_err *e)
{
	struct linkobj *ob = lk->objs[index];
	const char *key;
	uint32_t i, g;
	int rc = 0;

	for (i = 1; i < ob->o.nsecs && rc == 0; i++) {
		const struct gort__objsec *s = &ob->o.secs[i];

		if (!(s->what & OBJ_SEC_COMDAT) ||
		    s->info == SELECT_ASSOCIATIVE)
			continue;
		if (s->info > SELECT_LARGEST)
			return gort__link_bad(ob, s->offset, GORT_ENOTSUP, e,
			    "COMDAT section %.100s has selection %u", s->name,
			    s->info);
		key = key_of(ob, s);
		if (!key)
			continue;
		g = gort__link_group(lk, key);
		if (!g)
			return gort__rd_no_memory(&ob->o.rd, e, "symbols");
		if (lk->syms[g].obj)
			rc = choose(lk, g, index, i, e);
		else {
			lk->syms[g].obj = index;
			lk->syms[g].sym = i;
		}
	}
	return rc ? rc : follow_parents(ob, e);
}
