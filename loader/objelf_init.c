/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an ELF file runs when it is loaded, in that order: the dynamic
 * section's arrays (gABI, "Initialization and Termination Functions"), or the
 * sections that a linker would make them of. Leaf.
 */
#include "../include/small.h"
#include "objelf.h"

#include <stdlib.h>

/* A function symbol, to find it by its place. */
struct func {
	uint32_t section; /* 0 in linked files */
	uint64_t value;
	const char *name;
};

/* What stands in a list's word when the file is loaded. */
struct slot {
	uint64_t value;
	const char *symbol;
	uint32_t section; /* that value is an offset in; 0 in linked files */
};

/* The work on one list of functions. */
struct list {
	struct gort__obj *o;
	struct gort_err *e;
	const char *name;
	const struct gort__objsym *syms; /* of its relocations */
	uint64_t start;                  /* offset or address of the first */
	struct slot *slots;
	uint64_t n;
	struct func *funcs; /* sorted */
	uint32_t nfuncs;
};

static int
by_place(const void *a, const void *b)
{
	const struct func *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* Sort the functions that the file has names for. */
static int
sort_funcs(struct list *l)
{
	const struct gort__obj *o = l->o;
	const struct gort__objsym *s = o->nsyms ? o->syms : o->dynsyms;
	uint32_t n = o->nsyms ? o->nsyms : o->ndynsyms, i;

	l->funcs = calloc((size_t)n + 1, sizeof(*l->funcs));
	if (!l->funcs)
		return gort__rd_no_memory(&o->rd, l->e, "functions");
	for (i = 0; i < n; i++) {
		struct func *f = &l->funcs[l->nfuncs];

		if (s[i].type != OBJ_FUNC || !s[i].section)
			continue;
		f->section = o->kind == OBJ_RELOCATABLE ? s[i].section : 0;
		f->value = s[i].value;
		f->name = s[i].name;
		l->nfuncs++;
	}
	if (l->nfuncs)
		qsort(l->funcs, l->nfuncs, sizeof(*l->funcs), by_place);
	return 0;
}

static int
add_init(struct list *l, const struct slot *slot)
{
	struct gort__obj *o = l->o;
	struct func key = {slot->section, slot->value, NULL}, *f = NULL;
	struct gort__objinit *in;

	in = gort__obj_room(o->inits, o->ninits, sizeof(*in));
	if (!in)
		return gort__rd_no_memory(&o->rd, l->e, "constructors");
	o->inits = in;
	in += o->ninits++;
	in->list = l->name;
	in->addr = slot->value;
	in->symbol = slot->symbol;
	if (!in->symbol && l->nfuncs)
		f = bsearch(
		    &key, l->funcs, l->nfuncs, sizeof(*l->funcs), by_place);
	if (f)
		in->symbol = f->name;
	return 0;
}

/* A relocation that may change one of the list's words. */
static int
apply(const struct gort__objreloc *r, void *arg)
{
	struct list *l = arg;
	uint64_t word = gort__elf_layout(l->o)->word;
	const struct gort__objsym *s;
	struct slot *slot;

	if (r->offset < l->start || (r->offset - l->start) / word >= l->n ||
	    (r->offset - l->start) % word)
		return 0;
	slot = &l->slots[(r->offset - l->start) / word];
	if (r->has_addend)
		slot->value = (uint64_t)r->addend;
	if (!r->has_sym || !l->syms)
		return 0;
	s = &l->syms[r->sym];
	if (s->type == OBJ_SECTION) {
		slot->section = s->section;
	} else {
		slot->symbol = s->name;
		if (l->o->kind != OBJ_RELOCATABLE)
			slot->value += s->value;
	}
	return 0;
}

/* The words as they are in the file; n * word bytes at off are checked. */
static int
start_list(struct list *l, uint64_t off, uint64_t n)
{
	uint64_t word = gort__elf_layout(l->o)->word, i;

	l->n = n;
	l->slots = calloc((size_t)n + 1, sizeof(*l->slots));
	if (!l->slots)
		return gort__rd_no_memory(&l->o->rd, l->e, "constructors");
	for (i = 0; i < n; i++)
		l->slots[i].value = elf_word(l->o, off + i * word);
	return 0;
}

/* Emit the slots; 0 and -1 are no functions in .ctors, read backwards. */
static int
end_list(struct list *l, bool backwards)
{
	uint64_t none = l->o->bits == 64 ? UINT64_MAX : UINT32_MAX, i;
	int rc = 0;

	for (i = 0; i < l->n && rc == 0; i++) {
		const struct slot *s = &l->slots[backwards ? l->n - 1 - i : i];

		if (backwards && !s->symbol && !s->section &&
		    (s->value == 0 || s->value == none))
			continue;
		rc = add_init(l, s);
	}
	free(l->slots);
	l->slots = NULL;
	return rc;
}

/* A table of relocations by the dynamic section. */
static int
apply_table(struct list *l, uint32_t type, uint64_t addr, uint64_t size)
{
	uint64_t off, left;

	if (!addr || !gort__elf_offset(l->o, addr, &off, &left))
		return 0;
	return gort__elf_walk_relocs(l->o, type, off, size < left ? size : left,
	    l->o->ndynsyms, apply, l, l->e);
}

static int
dynamic_list(struct list *l, const struct dynamic *d, const char *name,
    uint64_t addr, uint64_t size)
{
	uint64_t off, left, word = gort__elf_layout(l->o)->word;
	int rc;

	if (!addr || !size)
		return 0;
	if (!gort__elf_offset(l->o, addr, &off, &left) || size > left)
		return gort__rd_bad(
		    &l->o->rd, d->off, l->e, "%s is out of range", name);
	l->name = name;
	l->start = addr;
	l->syms = l->o->dynsyms;
	rc = start_list(l, off, size / word);
	if (rc == 0)
		rc = apply_table(l, SHT_RELA, d->rela, d->relasz);
	if (rc == 0)
		rc = apply_table(l, SHT_REL, d->rel, d->relsz);
	if (rc == 0)
		rc = apply_table(l, SHT_RELR, d->relr, d->relrsz);
	if (rc == 0)
		rc = end_list(l, false);
	return rc;
}

static int
by_dynamic(struct list *l, const struct dynamic *d)
{
	struct slot init = {.value = d->init};
	int rc;

	rc = dynamic_list(
	    l, d, ".preinit_array", d->preinit_array, d->preinit_arraysz);
	if (rc == 0 && d->init) {
		l->name = "DT_INIT";
		rc = add_init(l, &init);
	}
	if (rc == 0)
		rc = dynamic_list(
		    l, d, ".init_array", d->init_array, d->init_arraysz);
	return rc;
}

/*
 * Lists with a priority come first, in its order; .ctors counts from 65535
 * down and is read from its end (gABI, "Initialization and Termination
 * Functions"). So GNU ld makes one .init_array of both.
 */
bool
gort__elf_list(const char *name, struct objlist *l)
{
	static const struct {
		char name[12];
		bool fini, backwards;
	} kinds[] = {
	    {".init_array", false, false},
	    {".ctors", false, true},
	    {".fini_array", true, false},
	    {".dtors", true, true},
	};
	unsigned i;

	*l = (struct objlist){.when = OBJ_NO_PRIORITY};
	/* most sections are seen here only */
	if (name[0] != '.' || !name[1] || !strchr("icfdp", name[1]))
		return false;
	if (strcmp(name, ".preinit_array") == 0) {
		l->when = 0;
		return true;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].name);
		unsigned long prio;
		char *end;

		if (strncmp(name, kinds[i].name, n) != 0 ||
		    (name[n] && name[n] != '.'))
			continue;
		l->fini = kinds[i].fini;
		l->backwards = kinds[i].backwards;
		/* no priority is longer, and many sections can share a name */
		if (!name[n] || name[n + 1] < '0' || name[n + 1] > '9' ||
		    strnlen(name + n + 1, 8) == 8)
			return true;
		prio = strtoul(name + n + 1, &end, 10);
		if (*end == '\0' && prio <= 65535)
			l->when =
			    1 + (uint32_t)(l->backwards ? 65535 - prio : prio);
		return true;
	}
	return false;
}

/* turns: room for all sections; relocs: the relocations of each. */
static int
sections(struct list *l, struct objlist *turns, uint32_t *relocs)
{
	struct gort__obj *o = l->o;
	uint64_t word = gort__elf_layout(o)->word;
	uint32_t i, n = 0;
	int rc = 0;

	for (i = 1; i < o->nsecs; i++) {
		/* those that a linked file kept were applied */
		if (o->secs[i].nrelocs && o->kind == OBJ_RELOCATABLE)
			relocs[o->secs[i].applies_to] = i;
		if ((o->secs[i].what & OBJ_SEC_ALLOC) &&
		    gort__elf_list(o->secs[i].name, &turns[n]) &&
		    !turns[n].fini)
			turns[n++].seq = i;
	}
	if (n)
		qsort(turns, n, sizeof(*turns), gort__obj_by_turn);
	l->syms = o->syms;
	for (i = 0; i < n && rc == 0; i++) {
		const struct gort__objsec *s = &o->secs[turns[i].seq];
		uint32_t r = relocs[turns[i].seq];

		l->name = s->name;
		rc = start_list(l, s->offset, s->filesz / word);
		if (rc == 0 && r)
			rc = gort__elf_relocs(o, r, apply, l, l->e);
		if (rc == 0)
			rc = end_list(l, turns[i].backwards);
	}
	return rc;
}

static int
by_sections(struct list *l)
{
	size_t n = l->o->nsecs + (size_t)1;
	struct objlist *turns = calloc(n, sizeof(*turns));
	uint32_t *relocs = calloc(n, sizeof(*relocs));
	int rc;

	if (turns && relocs)
		rc = sections(l, turns, relocs);
	else
		rc = gort__rd_no_memory(&l->o->rd, l->e, "constructors");
	free(turns);
	free(relocs);
	return rc;
}

int
gort__elf_inits(struct gort__obj *o, struct gort_err *e)
{
	struct list l = {.o = o, .e = e};
	struct dynamic d;
	int rc;

	gort__elf_dynamic(o, &d);
	rc = sort_funcs(&l);
	if (rc == 0)
		rc = d.n ? by_dynamic(&l, &d) : by_sections(&l);
	free(l.slots);
	free(l.funcs);
	return rc;
}
