/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Copies of relocatable objects in which symbols have other names. Leaf.
 */
#ifndef GORT_OBJRENAME_H
#define GORT_OBJRENAME_H

#include "obj.h"
#include "wr.h"

/* The new name of a symbol, as the file has names; NULL: it stays. */
typedef const char *gort__objrename_fn(const char *name, void *arg);

/*
 * Append to *out a copy of a relocatable ELF or COFF object, in which the
 * symbols that it defines for others have the names that fn gives them. What
 * refers to them in the object still does: relocations go by number. Nothing
 * of the old bytes moves. *n counts the symbols that were renamed. 0, ENOMEM,
 * EFORMAT, ENOTSUP where the file has no place for longer names.
 */
int gort__obj_rename(struct gort__obj *o, gort__objrename_fn *fn, void *arg,
    struct wr *out, uint32_t *n, struct gort_err *e);

#endif
