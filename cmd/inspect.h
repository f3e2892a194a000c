/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort inspect: what its files share, with gort list.
 */
#ifndef GORT_INSPECT_H
#define GORT_INSPECT_H

#include "out.h"
#include "../loader/note.h"

/* What there is to be shown of an object. */
#define PART_HEAD 1u     /* header, module note, hardening */
#define PART_SECTIONS 2u /* and segments */
#define PART_IMPORTS 4u
#define PART_EXPORTS 8u
#define PART_INITS 16u /* constructors */
#define PART_SYMBOLS 32u
#define PART_RELOCS 64u /* must be asked for */

struct inspect {
	struct out *out;
	bool json;
	bool dynimport;     /* only "name name "library"" lines */
	unsigned parts;     /* PART_... */
	unsigned depth;     /* of archives in archives */
	uint64_t thin_left; /* bytes of thin archives' members still to read */
};

const char *inspect_kind(const struct gort__obj *o);
const char *inspect_bind(const struct gort__objsym *s);
const char *inspect_type(const struct gort__objsym *s);
const char *inspect_visibility(const struct gort__objsym *s);
/* The section that it is in: a name, or "UNDEF", "ABS", ... */
const char *inspect_section(
    const struct gort__obj *o, const struct gort__objsym *s);
/* The symbols that the relocations of a section refer to. */
const struct gort__objsym *inspect_reloc_syms(
    const struct gort__obj *o, const struct gort__objsec *s);
/* The module data's symbol, or NULL. */
const struct gort__objsym *inspect_moddata(const struct gort__obj *o);

/*
 * Show one object; its symbols and constructors are read. note: NULL if it is
 * no gort module. 0, or -GORT_E... with *e filled and the output cut. As JSON
 * an object is open before and after.
 */
int inspect_text(const struct inspect *in, const char *file,
    struct gort__obj *o, const struct gort__note *note, struct gort_err *e);
int inspect_json(const struct inspect *in, struct gort__obj *o,
    const struct gort__note *note, struct gort_err *e);

/*
 * The start of an archive; its members follow. As JSON an array of them is
 * open afterwards.
 */
void inspect_text_archive(
    const struct inspect *in, const char *file, const struct gort__obj *o);
void inspect_json_archive(const struct inspect *in, const struct gort__obj *o);

/* An export of a module note as its prototype, and the end of the line. */
void inspect_text_export(
    struct out *out, const struct gort__note_export *export);
/* The fields of a module note, into an object that is open. */
void inspect_json_note(struct out *out, const struct gort__note *note);

/* A member of an archive that is no object. */
void inspect_unknown(const struct inspect *in, const char *file);

#endif
