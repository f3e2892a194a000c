/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thin archives, whose members are files of their own. Leaf: who asks says how
 * files are read. Private.
 */
#ifndef GORT_OBJTHIN_H
#define GORT_OBJTHIN_H

#include "obj.h"

/* Bytes in all members of one; none of a sane build has as many. */
#define OBJTHIN_MAX (UINT64_C(1) << 30)

/* Does it have members in other files? */
bool gort__obj_is_thin(const struct gort__obj *o);

/*
 * Where a member is, seen from here: its name is relative to the folder of
 * the archive. Malloced; NULL: no memory.
 */
char *gort__obj_thin_path(const char *archive, const char *name);

/* A whole regular file in malloced memory; NULL with *e filled. */
typedef void *gort__objthin_read(
    const char *path, size_t *size, struct gort_err *e);

/*
 * An ordinary archive of the members of a thin one, in order, each file read
 * once for as many members as follow each other in it. It has no index. 0,
 * with *data malloced; EFORMAT, ENOMEM or read's error, which name the member's
 * file.
 */
int gort__obj_thicken(const struct gort__obj *thin, gort__objthin_read *read,
    void **data, size_t *size, struct gort_err *e);

#endif
