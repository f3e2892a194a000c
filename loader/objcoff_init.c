/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a COFF object makes a program run before main, in that order: the C
 * run-time's lists .CRT$XI* and .CRT$XC*, which a linker sorts by name, and
 * GNU's .ctors, which is read from its end. Leaf.
 */
#include "../include/small.h"
#include "objcoff.h"

#include <stdlib.h>

/* One of a list's words. */
struct slot {
	uint64_t value;
	const char *symbol;
	uint32_t section; /* that value is an offset in; 0: none */
};

/* The work on one object. */
struct work {
	struct gort__obj *o;
	struct gort_err *e;
	struct objlist *lists; /* by turn; seq: the section */
	uint32_t nlists;
	struct cofffuncs funcs;
	const struct gort__objsec *s; /* the list's */
	struct slot *slots;           /* its words */
	uint64_t n;
	unsigned word; /* bytes */
};

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
gort__coff_list(const char *name, struct objlist *l)
{
	*l = (struct objlist){.name = name};
	if (has_prefix(name, ".CRT$XI") || has_prefix(name, ".CRT$XT"))
		l->when = 0;
	else if (has_prefix(name, ".CRT$XC") || has_prefix(name, ".CRT$XP"))
		l->when = 1;
	else if (strcmp(name, ".ctors") == 0 || has_prefix(name, ".ctors.") ||
		 strcmp(name, ".dtors") == 0 || has_prefix(name, ".dtors."))
		l->when = 2;
	else
		return false;
	l->fini = name[1] == 'd' || name[6] == 'T' || name[6] == 'P';
	l->backwards = l->fini || l->when == 2;
	return true;
}

static int
find_lists(struct work *w)
{
	struct gort__obj *o = w->o;
	uint32_t i;

	for (i = 1; i < o->nsecs; i++) {
		struct objlist l, *all;

		if (!gort__coff_list(o->secs[i].name, &l) || l.fini)
			continue;
		l.seq = i;
		all = gort__obj_room(w->lists, w->nlists, sizeof(*all));
		if (!all)
			return gort__rd_no_memory(&o->rd, w->e, "constructors");
		w->lists = all;
		all[w->nlists++] = l;
	}
	if (w->nlists)
		qsort(
		    w->lists, w->nlists, sizeof(*w->lists), gort__obj_by_turn);
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct cofffunc *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

int
gort__coff_funcs(
    const struct gort__obj *o, struct cofffuncs *fs, struct gort_err *e)
{
	uint32_t i;

	fs->n = 0;
	fs->funcs = calloc((size_t)o->nsyms + 1, sizeof(*fs->funcs));
	if (!fs->funcs)
		return gort__rd_no_memory(&o->rd, e, "functions");
	for (i = 0; i < o->nsyms; i++) {
		const struct gort__objsym *s = &o->syms[i];
		struct cofffunc *f = &fs->funcs[fs->n];

		if (s->type != OBJ_FUNC || !s->section)
			continue;
		f->section = s->section;
		f->value = s->value;
		f->name = s->name;
		fs->n++;
	}
	if (fs->n)
		qsort(fs->funcs, fs->n, sizeof(*fs->funcs), by_place);
	return 0;
}

const char *
gort__coff_func_at(const struct cofffuncs *fs, uint32_t section, uint64_t value)
{
	struct cofffunc key = {section, value, NULL}, *f = NULL;

	if (fs->n)
		f = bsearch(
		    &key, fs->funcs, fs->n, sizeof(*fs->funcs), by_place);
	return f ? f->name : NULL;
}

static uint32_t
address_type(const struct gort__obj *o)
{
	switch (o->machine) {
	case MACHINE_I386:
		return REL_I386_DIR32;
	case MACHINE_AMD64:
		return REL_AMD64_ADDR64;
	default:
		return REL_ARM64_ADDR64;
	}
}

static int
apply(const struct gort__objreloc *r, void *arg)
{
	struct work *w = arg;
	const struct gort__objsym *s = &w->o->syms[r->sym];
	struct slot *slot;

	if (r->offset % w->word || r->offset / w->word >= w->n ||
	    r->type != address_type(w->o))
		return 0;
	slot = &w->slots[r->offset / w->word];
	if (s->type == OBJ_SECTION || s->bind == OBJ_LOCAL) {
		slot->section = s->section;
		slot->value += s->value;
	}
	if (s->type != OBJ_SECTION)
		slot->symbol = s->name;
	return 0;
}

/* Words without a relocation are the ends of a list, and no functions. */
static int
add(struct work *w, const struct slot *slot)
{
	struct gort__obj *o = w->o;
	struct gort__objinit *in;

	if (!slot->symbol && !slot->section)
		return 0;
	in = gort__obj_room(o->inits, o->ninits, sizeof(*in));
	if (!in)
		return gort__rd_no_memory(&o->rd, w->e, "constructors");
	o->inits = in;
	in += o->ninits++;
	in->list = w->s->name;
	in->symbol = slot->symbol;
	in->addr = slot->value;
	if (!in->symbol)
		in->symbol =
		    gort__coff_func_at(&w->funcs, slot->section, slot->value);
	return 0;
}

static int
read_list(struct work *w, const struct objlist *l)
{
	struct gort__obj *o = w->o;
	uint64_t i;
	int rc;

	w->s = &o->secs[l->seq];
	w->n = w->s->filesz / w->word;
	w->slots = calloc((size_t)w->n + 1, sizeof(*w->slots));
	if (!w->slots)
		return gort__rd_no_memory(&o->rd, w->e, "constructors");
	for (i = 0; i < w->n; i++)
		w->slots[i].value =
		    rd_uint(&o->rd, w->s->offset + i * w->word, w->word);
	rc = gort__obj_relocs(o, l->seq, apply, w, w->e);
	for (i = 0; i < w->n && rc == 0; i++)
		rc = add(w, &w->slots[l->backwards ? w->n - 1 - i : i]);
	free(w->slots);
	w->slots = NULL;
	return rc;
}

int
gort__coff_inits(struct gort__obj *o, struct gort_err *e)
{
	struct work w = {.o = o, .e = e, .word = o->bits / 8u};
	uint32_t i;
	int rc;

	if (!w.word)
		return 0; /* a machine that is not known */
	rc = find_lists(&w);
	if (rc == 0 && w.nlists)
		rc = gort__coff_funcs(o, &w.funcs, e);
	for (i = 0; i < w.nlists && rc == 0; i++)
		rc = read_list(&w, &w.lists[i]);
	free(w.lists);
	free(w.funcs.funcs);
	return rc;
}
