/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * COFF symbols (PE Format, "COFF Symbol Table" and "Auxiliary Symbol
 * Records"), of objects and of images that have kept them. Leaf.
 */
#include "../include/small.h"
#include "objcoff.h"

#include <stdlib.h>

/* The work on one table. */
struct table {
	struct gort__obj *o;
	struct gort_err *e;
	const struct coffhead *h;
	struct rd_strings strings;
	uint64_t record; /* bytes */
};

/* A record's fields. */
struct record {
	uint64_t at; /* in the file */
	uint32_t value;
	int32_t section;
	uint16_t type;
	uint8_t class;
	uint8_t naux;
};

static void
read_record(const struct table *t, uint64_t at, struct record *rec)
{
	const struct rd *r = &t->o->rd;
	unsigned wide = t->h->big ? 2 : 0;

	rec->at = at;
	rec->value = rd_u32(r, at + 8);
	rec->section = wide ? (int32_t)rd_u32(r, at + 12) : rd_u16(r, at + 12);
	if (!wide && rec->section > SYM_SECTION_MAX)
		rec->section -= 0x10000;
	rec->type = rd_u16(r, at + 14 + wide);
	rec->class = r->data[at + 16 + wide];
	rec->naux = r->data[at + 17 + wide];
}

static int
name_symbol(struct table *t, const struct record *rec, struct gort__objsym *s)
{
	const struct rd *r = &t->o->rd;
	uint32_t index;

	if (rd_u32(r, rec->at) != 0) {
		s->name = (const char *)r->data + rec->at;
		if (!memchr(s->name, 0, 8))
			s->name = gort__obj_strndup(t->o, s->name, 8);
		return s->name ? 0 : gort__rd_no_memory(r, t->e, "symbols");
	}
	index = rd_u32(r, rec->at + 4);
	s->name = index >= 4 ? rd_strings_at(&t->strings, index) : NULL;
	if (!index)
		s->name = "";
	if (!s->name)
		return gort__rd_bad(
		    r, rec->at, t->e, "a symbol's name is out of range");
	return 0;
}

/* The name of a source file fills the auxiliary records. */
static int
name_file(struct table *t, const struct record *rec, struct gort__objsym *s)
{
	s->type = OBJ_FILE;
	if (!rec->naux)
		return 0;
	s->name = gort__obj_strndup(t->o, t->o->rd.data + rec->at + t->record,
	    (size_t)(rec->naux * t->record));
	return s->name ? 0 : gort__rd_no_memory(&t->o->rd, t->e, "symbols");
}

static int
place_symbol(struct table *t, const struct record *rec, struct gort__objsym *s)
{
	if (rec->section > 0 && (uint32_t)rec->section < t->o->nsecs)
		s->section = (uint32_t)rec->section;
	else if (rec->section == -1)
		s->section = OBJ_SHN_ABS;
	else if (rec->section == -2)
		s->section = OBJ_SHN_DEBUG;
	else if (rec->section != 0)
		return gort__rd_bad(&t->o->rd, rec->at, t->e,
		    "a symbol is in section %d of %u", (int)rec->section,
		    t->o->nsecs - 1);
	return 0;
}

/* The definition of a section: of a COMDAT, how to choose (Format 5). */
static int
section_definition(struct table *t, const struct record *rec)
{
	const struct rd *r = &t->o->rd;
	uint64_t aux = rec->at + t->record;
	struct gort__objsec *s = &t->o->secs[rec->section];
	uint32_t parent;

	if (!(s->what & OBJ_SEC_COMDAT))
		return 0;
	s->info = r->data[aux + 14];
	if (s->info != SELECT_ASSOCIATIVE)
		return 0;
	parent = rd_u16(r, aux + 12);
	if (t->h->big)
		parent |= (uint32_t)rd_u16(r, aux + 16) << 16;
	if (parent == 0 || parent >= t->o->nsecs ||
	    parent == (uint32_t)rec->section)
		return gort__rd_bad(r, aux, t->e,
		    "section %d is associated with section %u of %u",
		    (int)rec->section, parent, t->o->nsecs - 1);
	s->group = parent;
	return 0;
}

/*
 * The symbol that stands for a weak one, if that is nowhere (Format 3). GNU ld
 * leaves numbers of the objects' symbols in images, where they mean nothing.
 */
static int
weak_external(struct table *t, const struct record *rec, uint32_t index,
    struct gort__objsym *s)
{
	const struct rd *r = &t->o->rd;

	s->bind = OBJ_WEAK;
	if (!rec->naux || t->h->image)
		return 0;
	s->link = rd_u32(r, rec->at + t->record);
	if (s->link >= t->h->nsymbols || s->link == index)
		return gort__rd_bad(r, rec->at + t->record, t->e,
		    "a weak symbol stands for symbol %u of %u", s->link,
		    t->h->nsymbols);
	return 0;
}

/* GNU's dlltool leaves the definition out. No sane name is that long. */
static bool
names_section(const struct table *t, const struct record *rec,
    const struct gort__objsym *s)
{
	return s->name[0] == '.' && strnlen(s->name, 64) < 64 &&
	       strncmp(s->name, t->o->secs[rec->section].name, 64) == 0;
}

static int
read_symbol(struct table *t, const struct record *rec, uint32_t index,
    struct gort__objsym *s)
{
	bool is_func = (rec->type >> 4 & 3) == 2;
	int rc;

	rc = name_symbol(t, rec, s);
	if (rc == 0)
		rc = place_symbol(t, rec, s);
	if (rc)
		return rc;
	s->value = rec->value;
	s->other = rec->class;
	s->type = is_func ? OBJ_FUNC : OBJ_NOTYPE;
	switch (rec->class) {
	case CLASS_EXTERNAL:
		s->bind = OBJ_GLOBAL;
		if (s->section == 0 && s->value) {
			s->section = OBJ_SHN_COMMON;
			s->type = OBJ_COMMON;
			s->size = s->value;
		}
		return 0;
	case CLASS_WEAK_EXTERNAL:
		return weak_external(t, rec, index, s);
	case CLASS_FILE:
		return name_file(t, rec, s);
	case CLASS_STATIC:
		if (rec->section <= 0 || s->value || is_func ||
		    (!rec->naux && !names_section(t, rec, s)))
			return 0;
		s->type = OBJ_SECTION;
		return rec->naux ? section_definition(t, rec) : 0;
	case CLASS_SECTION:
		s->type = OBJ_SECTION;
		return 0;
	default:
		return 0;
	}
}

/*
 * A COMDAT section goes by the name of the first symbol in it that is not the
 * section's own; and what stands for a weak symbol is a symbol.
 */
static int
link_symbols(struct table *t)
{
	struct gort__obj *o = t->o;
	uint32_t i;

	for (i = 0; i < o->nsyms; i++) {
		const struct gort__objsym *s = &o->syms[i];
		struct gort__objsec *sec;

		if (s->link && o->syms[s->link].type == OBJ_AUX)
			return gort__rd_bad(&o->rd,
			    t->h->symbols + i * t->record, t->e,
			    "a weak symbol stands for symbol %u, which is a "
			    "part of another",
			    s->link);
		if (s->section == 0 || s->section >= o->nsecs ||
		    s->type == OBJ_SECTION || s->type == OBJ_AUX)
			continue;
		sec = &o->secs[s->section];
		if (sec->what & OBJ_SEC_COMDAT && !sec->link)
			sec->link = i;
	}
	return 0;
}

int
gort__coff_symbols(
    struct gort__obj *o, const struct coffhead *h, struct gort_err *e)
{
	struct table t = {o, e, h, {NULL, 0}, h->big ? 20 : 18};
	struct record rec;
	uint32_t i = 0, k;
	int rc;

	rc = gort__coff_strings(o, h, &t.strings, e);
	if (rc || !h->nsymbols)
		return rc;
	o->syms = gort__obj_table(o, h->nsymbols, sizeof(*o->syms));
	if (!o->syms)
		return gort__rd_no_memory(&o->rd, e, "symbols");
	while (i < h->nsymbols) {
		read_record(&t, h->symbols + i * t.record, &rec);
		if (rec.naux >= h->nsymbols - i)
			return gort__rd_bad(&o->rd, rec.at, e,
			    "a symbol has %u parts, past the last symbol",
			    rec.naux);
		rc = read_symbol(&t, &rec, i, &o->syms[i]);
		if (rc)
			return rc;
		for (k = 1; k <= rec.naux; k++) {
			o->syms[i + k].name = "";
			o->syms[i + k].type = OBJ_AUX;
		}
		i += 1 + rec.naux;
		o->nsyms = i; /* those that are whole */
	}
	return link_symbols(&t);
}
