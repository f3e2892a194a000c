/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Import libraries as GNU's dlltool makes them, of whole objects: one for each
 * function, one that heads the library's import table, one with its name. How
 * they hang together is in binutils' manual, "dlltool"; sections are those of
 * the PE Format's ".idata". Leaf.
 */
#include "../include/small.h"
#include "objcoff.h"

#include <stdlib.h>

/* Longer names of symbols are not looked for: many could be as long. */
#define MAX_NAME 1024

/* A section by its name, if it is unique enough; NULL: none. */
static const struct gort__objsec *
section(const struct gort__obj *o, const char *name)
{
	uint32_t i;

	for (i = 1; i < o->nsecs; i++)
		if (strcmp(o->secs[i].name, name) == 0)
			return &o->secs[i];
	return NULL;
}

/* The function's entry of the lookup table; and its name and hint. */
static int
fill(struct gort__obj *o, uint64_t entry, const struct gort__objsec *hint,
    bool func, struct gort_err *e)
{
	struct gort__objimport *im = calloc(1, sizeof(*im));

	if (!im)
		return gort__rd_no_memory(&o->rd, e, "imports");
	o->imports = im;
	im->func = func;
	im->name = "";
	im->ordinal = entry & 0xffff;
	if (!(entry >> (o->bits - 1))) {
		im->ordinal = rd_u16(&o->rd, hint->offset);
		im->name = rd_string(
		    &o->rd, hint->offset + 2, hint->offset + hint->filesz);
		if (!im->name)
			return gort__rd_bad(&o->rd, hint->offset, e,
			    "an import's name does not end");
	}
	o->nimports = 1;
	return 0;
}

int
gort__coff_long_import(struct gort__obj *o, struct gort_err *e)
{
	const struct gort__objsec *head, *table, *hint, *text;
	unsigned word = o->bits / 8u;
	uint64_t entry;

	/* sane ones have seven sections */
	if (!word || o->nsecs > 16)
		return 0;
	head = section(o, ".idata$7");
	table = section(o, ".idata$5");
	hint = section(o, ".idata$6");
	text = section(o, ".text");
	if (!head || !table || !hint || head->nrelocs != 1 ||
	    table->filesz != word)
		return 0;
	entry = rd_uint(&o->rd, table->offset, word);
	if (!(entry >> (o->bits - 1)) && hint->filesz < 3)
		return 0;
	return fill(o, entry, hint, text && text->filesz, e);
}

/* The symbol of a relocation at a given place. */
struct wanted {
	const struct gort__obj *o;
	uint64_t offset;
	const char *name;
};

static int
is_wanted(const struct gort__objreloc *r, void *arg)
{
	struct wanted *w = arg;

	if (r->offset == w->offset)
		w->name = w->o->syms[r->sym].name;
	return w->name != NULL;
}

/* The name of the symbol that the section's bytes at off lead to, or NULL. */
static const char *
leads_to(struct gort__obj *o, const char *sec, uint64_t off)
{
	const struct gort__objsec *s = section(o, sec);
	struct wanted w = {.o = o, .offset = off};
	struct gort_err e;

	if (s)
		gort__obj_relocs(o, (uint32_t)(s - o->secs), is_wanted, &w, &e);
	return w.name;
}

/* The index's entry of a symbol, parsed; false: there is none. */
static bool
find_member(struct gort__obj *archive, const char *symbol,
    struct objimplib *lib, uint32_t *entry, struct gort__obj *o)
{
	struct gort_err e;
	uint32_t i = 0;

	memset(o, 0, sizeof(*o));
	if (!symbol || strnlen(symbol, MAX_NAME) == MAX_NAME)
		return false;
	if (lib->searches < OBJ_FREE_SEARCHES)
		lib->searches++;
	else if (lib->spent > OBJ_SEARCH_BUDGET)
		return false;
	else
		lib->spent += archive->nindex;
	while (
	    i < archive->nindex && strcmp(archive->index[i].name, symbol) != 0)
		i++;
	if (i == archive->nindex ||
	    archive->members[archive->index[i].member].thin)
		return false;
	if (lib->searches == OBJ_FREE_SEARCHES)
		lib->spent += archive->members[archive->index[i].member].size;
	*entry = i;
	if (gort__objar_fetch(archive, archive->index[i].member, &e))
		return false;
	return gort__obj_parse_member(
		   archive, archive->index[i].member, o, &e) == 0 &&
	       o->fmt == &gort__objcoff && gort__obj_symbols(o, &e) == 0;
}

/* What stands in the file where the symbol is; NULL: no string. */
static const char *
string_at(const struct gort__obj *o, const char *symbol)
{
	uint32_t i;

	for (i = 0; i < o->nsyms; i++) {
		const struct gort__objsym *s = &o->syms[i];
		const struct gort__objsec *sec;

		if (!s->section || s->section >= o->nsecs ||
		    strcmp(s->name, symbol) != 0)
			continue;
		sec = &o->secs[s->section];
		if (s->value >= sec->filesz)
			return NULL;
		return rd_string(
		    &o->rd, sec->offset + s->value, sec->offset + sec->filesz);
	}
	return NULL;
}

const char *
gort__obj_import_library(
    struct gort__obj *archive, struct gort__obj *o, struct objimplib *lib)
{
	const char *symbol, *name = NULL;
	struct gort__obj head, tail;
	uint32_t entry, unused;
	bool found;

	if (o->fmt != &gort__objcoff || o->nimports != 1 ||
	    o->imports[0].library)
		return NULL;
	symbol = leads_to(o, ".idata$7", 0);
	if (!symbol)
		return NULL;
	if (lib->name && strcmp(archive->index[lib->entry].name, symbol) == 0)
		return o->imports[0].library = lib->name;
	found = find_member(archive, symbol, lib, &entry, &head);
	if (found) {
		/* the field Name of the import directory's entry */
		symbol = leads_to(&head, ".idata$2", 12);
		if (find_member(archive, symbol, lib, &unused, &tail))
			name = string_at(&tail, symbol);
		gort__obj_free(&tail);
	}
	gort__obj_free(&head);
	if (!name)
		return NULL;
	lib->name = name;
	lib->entry = entry;
	return o->imports[0].library = name;
}
