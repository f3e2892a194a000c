/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a module says of itself in its file; see Note [Module note] in
 * <gort/module.h>. Leaf.
 */
#ifndef GORT_NOTE_H
#define GORT_NOTE_H

#include "obj.h"

struct gort__note_export {
	const char *name; /* in the file's bytes, as the next two */
	const char *ret;
	const char *args;
};

struct gort__note {
	char name[64];
	char version[32];
	uint32_t abi_min, abi_max;
	uint32_t nexports;
	struct gort__note_export *exports; /* owned array */
	uint32_t nneeds;
	const char **needs; /* names; owned array */
};

/*
 * Read and check the notes of a parsed object, or of the objects in an archive
 * (of a thin one: made thick before, objthin.h). 0; ENOTMOD when there are
 * none; EFORMAT; ENOMEM. Strings point into the object's bytes. In any case
 * gort__note_free() may be called afterwards.
 */
int gort__note_read(
    const struct gort__obj *o, struct gort__note *note, struct gort_err *e);
void gort__note_free(struct gort__note *note);

/* May a module have this name; this version? (<gort/module.h>) */
bool gort__note_valid_name(const char *s);
bool gort__note_valid_version(const char *s);

#endif
