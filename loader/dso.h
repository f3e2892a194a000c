/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared objects by the system's dynamic linker. Private. One variant of the
 * .c file a system.
 */
#ifndef GORT_DSO_H
#define GORT_DSO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Load the file, its symbols to itself; NULL, with the reason in why. copy: it
 * is a private one, in whose folder nothing that it needs is looked for.
 */
void *gort__dso_open(const char *path, bool copy, char *why, size_t n);
void gort__dso_close(void *dso);

/* Where it is mapped; false: the linker does not know. */
bool gort__dso_bounds(void *dso, const char **base, const char **end);

/*
 * Is there a library of that name, as an object's list of needed ones has it?
 * Where the linker cannot tell, false.
 */
bool gort__dso_is_loaded(const char *name);

/* Is there a file at path that can be loaded? */
bool gort__dso_is_there(const char *path);

/* Is the file at path mapped still? base: where it was. */
bool gort__dso_is_mapped(const char *path, const char *base);

/* Why the linker may keep a closed object. */
extern const char gort__dso_keeps[];

/* A function that the object itself, in [base, end), exports; or NULL. */
void *gort__dso_function(
    void *dso, const char *name, const char *base, const char *end);

/*
 * Names by which threads come to run code without a call of it, to be looked
 * for among imports; ends with NULL.
 */
extern const char *const gort__thread_makers[];

#endif
