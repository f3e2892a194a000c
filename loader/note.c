/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading .note.gort. Leaf.
 */
#include "../include/small.h"
#include "note.h"

#include <stdlib.h>

/* A walk over one stretch of notes (gABI, "Note Section"). */
struct cursor {
	const struct gort__obj *o;
	uint64_t at, end; /* in the file */
	uint32_t align;
};

/* One note: its type and descriptor, if it is ours. */
struct one {
	bool ours;
	uint64_t type;
	uint64_t desc, size; /* in the file */
};

static uint64_t
align_up(uint64_t n, uint32_t align)
{
	return (n + align - 1) & ~(uint64_t)(align - 1);
}

/* 1: *n is the next note; 0: the end; or an error. */
static int
next(struct cursor *c, struct one *n, struct gort_err *e)
{
	const struct rd *r = &c->o->rd;
	uint64_t namesz, left, name;

	/* PE: zeros between what the files of a module contribute */
	while (c->o->fmt != &gort__objelf && c->end - c->at >= 12 &&
	       rd_uint(r, c->at, 4) == 0)
		c->at += 4;
	left = c->end - c->at;
	if (left < 12)
		return 0;
	namesz = rd_uint(r, c->at, 4);
	n->size = rd_uint(r, c->at + 4, 4);
	n->type = rd_uint(r, c->at + 8, 4);
	name = c->at + 12;
	/* both are below 2^32: the sums cannot wrap */
	n->desc = c->at + align_up(12 + namesz, c->align);
	if (n->desc > c->end || n->size > c->end - n->desc)
		return gort__rd_bad(
		    r, c->at, e, "a note lies past the end of its section");
	n->ours = namesz == 5 && memcmp(r->data + name, "GORT", 5) == 0;
	c->at += align_up(n->desc - c->at + n->size, c->align);
	if (c->at > c->end)
		c->at = c->end;
	return 1;
}

static bool
in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

bool
gort__note_valid_name(const char *s)
{
	size_t n;

	for (n = 0; in_name(s[n]); n++)
		;
	return n > 0 && n < 64 && s[n] == '\0';
}

bool
gort__note_valid_version(const char *s)
{
	size_t n;

	for (n = 0; s[n] > ' ' && s[n] < 0x7f; n++)
		;
	return n > 0 && n < 32 && s[n] == '\0';
}

/* The next string of a descriptor; NULL: not terminated in it. */
static const char *
desc_string(const struct rd *r, uint64_t *at, uint64_t end)
{
	const char *s = rd_string(r, *at, end);

	if (s)
		*at += strlen(s) + 1;
	return s;
}

static int
bad(const struct gort__obj *o, uint64_t at, const char *what,
    struct gort_err *e)
{
	return gort__rd_bad(&o->rd, at, e, ".note.gort: %s", what);
}

static int
read_module(const struct gort__obj *o, const struct one *n,
    struct gort__note *note, struct gort_err *e)
{
	uint64_t at = n->desc + 8, end = n->desc + n->size;
	const char *name, *version;

	if (note->name[0])
		return bad(o, n->desc, "two GORT_MODULE in one module", e);
	if (n->size < 8)
		return bad(o, n->desc, "the module note is too short", e);
	note->abi_min = (uint32_t)rd_uint(&o->rd, n->desc, 4);
	note->abi_max = (uint32_t)rd_uint(&o->rd, n->desc + 4, 4);
	name = desc_string(&o->rd, &at, end);
	version = name ? desc_string(&o->rd, &at, end) : NULL;
	if (!version)
		return bad(o, n->desc, "the module's strings do not end", e);
	if (!gort__note_valid_name(name))
		return bad(o, n->desc + 8,
		    "the module's name is not 1 to 63 of [A-Za-z0-9_.-]", e);
	if (!gort__note_valid_version(version))
		return bad(o, n->desc + 8,
		    "the module's version is not 1 to 31 printable characters",
		    e);
	if (note->abi_min > note->abi_max)
		return bad(o, n->desc, "the ABI range is empty", e);
	gort__copy(note->name, sizeof(note->name), name);
	gort__copy(note->version, sizeof(note->version), version);
	return 0;
}

static int
no_memory(const struct gort__obj *o, struct gort_err *e)
{
	return gort__err(e, GORT_ENOMEM, o->rd.file, GORT_ERR_NO_OFFSET,
	    "no memory for the module note");
}

static int
read_export(const struct gort__obj *o, const struct one *n,
    struct gort__note *note, struct gort_err *e)
{
	uint64_t at = n->desc, end = n->desc + n->size;
	struct gort__note_export ex, *all;

	ex.name = desc_string(&o->rd, &at, end);
	ex.ret = ex.name ? desc_string(&o->rd, &at, end) : NULL;
	ex.args = ex.ret ? desc_string(&o->rd, &at, end) : NULL;
	if (!ex.args)
		return bad(o, n->desc, "an export's strings do not end", e);
	all = realloc(note->exports, (note->nexports + 1) * sizeof(*all));
	if (!all)
		return no_memory(o, e);
	note->exports = all;
	all[note->nexports++] = ex;
	return 0;
}

static int
read_need(const struct gort__obj *o, const struct one *n,
    struct gort__note *note, struct gort_err *e)
{
	uint64_t at = n->desc;
	const char *name = desc_string(&o->rd, &at, n->desc + n->size);
	const char **all;

	if (!name || !gort__note_valid_name(name))
		return bad(o, n->desc, "a need is not a module name", e);
	all = realloc(note->needs, (note->nneeds + 1) * sizeof(*all));
	if (!all)
		return no_memory(o, e);
	note->needs = all;
	all[note->nneeds++] = name;
	return 0;
}

static int
read_one(const struct gort__obj *o, const struct one *n,
    struct gort__note *note, struct gort_err *e)
{
	switch (n->type) {
	case GORT_NOTE_MODULE:
		return read_module(o, n, note, e);
	case GORT_NOTE_EXPORT:
		return read_export(o, n, note, e);
	case GORT_NOTE_NEED:
		return read_need(o, n, note, e);
	default:
		return 0; /* of a later ABI */
	}
}

/* Add what an object says. */
static int
read_object(
    const struct gort__obj *o, struct gort__note *note, struct gort_err *e)
{
	struct one n = {0};
	uint32_t i;
	int rc;

	for (i = 0; i < o->nnotes; i++) {
		struct cursor c = {
		    .o = o,
		    .at = o->notes[i].offset,
		    .end = o->notes[i].offset + o->notes[i].size,
		    .align = o->notes[i].align,
		};

		while ((rc = next(&c, &n, e)) > 0) {
			rc = n.ours ? read_one(o, &n, note, e) : 0;
			if (rc)
				return rc;
		}
		if (rc)
			return rc;
	}
	return 0;
}

/* A module in an archive: its objects' notes together. */
static int
read_members(
    const struct gort__obj *o, struct gort__note *note, struct gort_err *e)
{
	struct gort__obj m;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < o->nmembers && rc == 0; i++) {
		if (o->members[i].thin)
			continue; /* in a file of its own */
		rc = gort__obj_parse_member(o, i, &m, e);
		if (rc == 0)
			rc = read_object(&m, note, e);
		else if (!m.fmt)
			rc = 0; /* no object */
		gort__obj_free(&m);
	}
	return rc;
}

int
gort__note_read(
    const struct gort__obj *o, struct gort__note *note, struct gort_err *e)
{
	int rc;

	memset(note, 0, sizeof(*note));
	if (o->kind == OBJ_ARCHIVE && o->fmt == &gort__objar)
		rc = read_members(o, note, e);
	else
		rc = read_object(o, note, e);
	if (rc || note->name[0])
		return rc;
	return gort__err(e, GORT_ENOTMOD, o->rd.file, GORT_ERR_NO_OFFSET,
	    "not a gort module: it has no %s",
	    o->fmt == &gort__objelf || o->fmt == &gort__objar ? ".note.gort"
							      : ".gort");
}

void
gort__note_free(struct gort__note *note)
{
	free(note->exports);
	free(note->needs);
	memset(note, 0, sizeof(*note));
}
