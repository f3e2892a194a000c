/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF symbol versions (LSB core, "Symbol Versioning"), and from them what a
 * file imports, from which library, and exports. Leaf.
 */
#include "../include/small.h"
#include "objelf.h"

#include <stdlib.h>

/* Longer names are not compared: many symbols could have as long ones. */
#define MAX_VERSION 256

/* One version that symbols refer to by its number. */
struct version {
	uint16_t index;
	const char *name;
	const char *library; /* needed from there; NULL: defined here */
};

struct versions {
	struct version *v; /* by index */
	uint32_t n;
};

/* The tables' records are chained by offsets to the next, 0 at the end. */
struct chain {
	uint64_t at;   /* in the file */
	uint64_t end;  /* of the stretch of the file that it may use */
	uint64_t left; /* records, so that the work has a bound */
};

/* Is there a record of size bytes? */
static bool
chain_has(struct chain *c, uint64_t size)
{
	if (!c->left || c->at > c->end || c->end - c->at < size)
		return false;
	c->left--;
	return true;
}

/* On by a relative offset. false: that was the last. */
static bool
chain_next(struct chain *c, uint32_t by)
{
	if (!by || by > c->end - c->at)
		return false;
	c->at += by;
	return true;
}

static int
add_version(struct gort__obj *o, struct versions *vs, unsigned index,
    const char *name, const char *library, struct gort_err *e)
{
	struct version *v = gort__obj_room(vs->v, vs->n, sizeof(*v));

	if (!v)
		return gort__rd_no_memory(&o->rd, e, "symbol versions");
	vs->v = v;
	v += vs->n++;
	v->index = index & VERSYM_VERSION;
	v->name = name;
	v->library = library;
	return 0;
}

/* One Verneed (16 bytes) with its Vernaux (16 bytes each). */
static int
read_need(struct gort__obj *o, struct chain *c,
    const struct rd_strings *strings, struct versions *vs, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	const char *library = rd_strings_at(strings, rd_u32(r, c->at + 4));
	struct chain aux = *c;
	int rc = 0;

	if (!chain_next(&aux, rd_u32(r, c->at + 8)))
		return 0;
	while (rc == 0 && chain_has(&aux, 16)) {
		const char *name =
		    rd_strings_at(strings, rd_u32(r, aux.at + 8));

		if (!name || !library)
			return gort__rd_bad(
			    r, aux.at, e, "a version's name is out of range");
		rc =
		    add_version(o, vs, rd_u16(r, aux.at + 6), name, library, e);
		if (!chain_next(&aux, rd_u32(r, aux.at + 12)))
			break;
	}
	c->left = aux.left;
	return rc;
}

/* One Verdef (20 bytes); its first Verdaux has the name. */
static int
read_def(struct gort__obj *o, struct chain *c, const struct rd_strings *strings,
    struct versions *vs, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	struct chain aux = *c;
	const char *name;

	if (rd_u16(r, c->at + 2) & VER_FLG_BASE)
		return 0; /* the file itself */
	if (!chain_next(&aux, rd_u32(r, c->at + 12)) || !chain_has(&aux, 8))
		return 0;
	name = rd_strings_at(strings, rd_u32(r, aux.at));
	if (!name)
		return gort__rd_bad(
		    r, aux.at, e, "a version's name is out of range");
	return add_version(o, vs, rd_u16(r, c->at + 4), name, NULL, e);
}

static int
read_needs(struct gort__obj *o, const struct dynamic *d,
    const struct rd_strings *strings, struct versions *vs, struct gort_err *e)
{
	struct chain c = {.left = o->rd.size / 16};
	uint64_t i, left;
	int rc = 0;

	if (!d->verneed || !gort__elf_offset(o, d->verneed, &c.at, &left))
		return 0;
	c.end = c.at + left;
	for (i = 0; i < d->verneednum && rc == 0 && chain_has(&c, 16); i++) {
		rc = read_need(o, &c, strings, vs, e);
		if (!chain_next(&c, rd_u32(&o->rd, c.at + 12)))
			break;
	}
	return rc;
}

static int
read_defs(struct gort__obj *o, const struct dynamic *d,
    const struct rd_strings *strings, struct versions *vs, struct gort_err *e)
{
	struct chain c = {.left = o->rd.size / 20};
	uint64_t i, left;
	int rc = 0;

	if (!d->verdef || !gort__elf_offset(o, d->verdef, &c.at, &left))
		return 0;
	c.end = c.at + left;
	for (i = 0; i < d->verdefnum && rc == 0 && chain_has(&c, 20); i++) {
		rc = read_def(o, &c, strings, vs, e);
		if (!chain_next(&c, rd_u32(&o->rd, c.at + 16)))
			break;
	}
	return rc;
}

static int
by_index(const void *a, const void *b)
{
	const struct version *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static const struct version *
find_version(const struct versions *vs, unsigned index)
{
	struct version key = {.index = (uint16_t)index};

	return vs->n ? bsearch(&key, vs->v, vs->n, sizeof(*vs->v), by_index)
		     : NULL;
}

static int
add_import(struct gort__obj *o, const struct gort__objsym *s,
    const struct version *v, struct gort_err *e)
{
	struct gort__objimport *im =
	    gort__obj_room(o->imports, o->nimports, sizeof(*im));

	if (!im)
		return gort__rd_no_memory(&o->rd, e, "imports");
	o->imports = im;
	im += o->nimports++;
	im->name = s->name;
	im->version = s->version;
	im->library = v ? v->library : NULL;
	im->weak = s->bind == OBJ_WEAK;
	im->func = s->type == OBJ_FUNC;
	return 0;
}

static int
add_export(
    struct gort__obj *o, const struct gort__objsym *s, struct gort_err *e)
{
	struct gort__objexport *ex =
	    gort__obj_room(o->exports, o->nexports, sizeof(*ex));

	if (!ex)
		return gort__rd_no_memory(&o->rd, e, "exports");
	o->exports = ex;
	ex += o->nexports++;
	ex->name = s->name;
	ex->version = s->version;
	ex->default_version = s->default_version;
	ex->addr = s->value;
	ex->func = s->type == OBJ_FUNC || s->type == OBJ_IFUNC;
	return 0;
}

/* One dynamic symbol: its version, and what it is to others. */
static int
place_symbol(struct gort__obj *o, struct gort__objsym *s, unsigned index,
    const struct versions *vs, struct gort_err *e)
{
	const struct version *v = find_version(vs, index & VERSYM_VERSION);
	bool undefined = s->section == 0;

	/* the linker's own symbol for a version that is defined here */
	if (v && s->section == OBJ_SHN_ABS &&
	    strnlen(v->name, MAX_VERSION) < MAX_VERSION &&
	    strcmp(s->name, v->name) == 0)
		return 0;
	if (v && (index & VERSYM_VERSION) > 1) {
		s->version = v->name;
		s->default_version =
		    !undefined && !v->library && !(index & VERSYM_HIDDEN);
	}
	if (s->bind == OBJ_LOCAL || !s->name[0] || s->type == OBJ_SECTION ||
	    s->type == OBJ_FILE)
		return 0;
	if (undefined)
		return add_import(o, s, v, e);
	if (s->visibility == STV_HIDDEN || s->visibility == STV_INTERNAL)
		return 0;
	return add_export(o, s, e);
}

int
gort__elf_versions(struct gort__obj *o, const struct dynamic *d,
    const struct rd_strings *strings, struct gort_err *e)
{
	struct versions vs = {NULL, 0};
	uint64_t off = 0, left = 0;
	uint32_t i;
	int rc;

	rc = read_needs(o, d, strings, &vs, e);
	if (rc == 0)
		rc = read_defs(o, d, strings, &vs, e);
	if (vs.n)
		qsort(vs.v, vs.n, sizeof(*vs.v), by_index);
	if (d->versym && !gort__elf_offset(o, d->versym, &off, &left))
		left = 0;
	for (i = 1; i < o->ndynsyms && rc == 0; i++)
		rc = place_symbol(o, &o->dynsyms[i],
		    i < left / 2 ? rd_u16(&o->rd, off + 2 * (uint64_t)i) : 0,
		    &vs, e);
	free(vs.v);
	return rc;
}
