/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Modules out of plain C: the object that gort bind writes, which holds what
 * GORT_MODULE, GORT_EXPORT and GORT_NEEDS put into a module's own objects.
 * Leaf: module data is written, never registered.
 */
#ifndef GORT_BIND_H
#define GORT_BIND_H

#include "objwrite.h"

/* An exported function; the texts are the bind's. */
struct bind_export {
	const char *name; /* that hosts call */
	const char *impl; /* of the symbol that defines it, as C has it */
	const char *ret;  /* the result's type; "" with args: not known */
	const char *args; /* "(int a, int b)" */
	const char *file; /* where it was asked for, for messages */
	unsigned line;    /* there; 0: in no line */
};

/* A function that the objects define. */
struct bind_defined {
	const char *name; /* as C has it; the bind's */
	bool open;        /* others may bind to it: not weak, not hidden */
};

struct bind_room; /* memory that it owns */

/* What is to be bound. All 0 to begin with; the caller sets the first part. */
struct bind {
	const char *name;    /* of the module */
	const char *version; /* of it */
	const char *init;    /* C functions that are its hooks, or NULL */
	const char *fini;
	const char *save;
	const char *restore;
	const struct objmachine *mach;
	const char *const *needs; /* modules that it needs */
	uint32_t nneeds;
	bool resident; /* Note [Resident modules] */

	/* filled by the functions below, freed by gort__bind_free() */
	struct wr exports; /* struct bind_export */
	struct wr defined; /* struct bind_defined */
	bool has_objects;  /* then every impl is in defined */
	struct bind_room *room;
};

/* A letter, digit or underscore of ASCII. */
static inline bool
gort__bind_is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* Are the n characters at s that word? */
static inline bool
gort__bind_same(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

static inline uint32_t
gort__bind_nexports(const struct bind *b)
{
	return (uint32_t)(b->exports.n / sizeof(struct bind_export));
}

static inline struct bind_export *
gort__bind_exports(const struct bind *b)
{
	return (struct bind_export *)(void *)b->exports.data;
}

void gort__bind_free(struct bind *b);

/*
 * n bytes at a multiple of 8, not set, that live as long as *b; NULL: no memory.
 * Much of it comes in huge pages (room.h), so all that is large should be from
 * here.
 */
void *gort__bind_room(struct bind *b, size_t n);

/* A copy of n bytes and a NUL, from there. */
const char *gort__bind_text(struct bind *b, const char *s, size_t n);

/* The same of two strings together. */
const char *gort__bind_join(struct bind *b, const char *head, const char *tail);

/*
 * Add the export that n bytes of text describe: NAME, NAME = IMPL, or a
 * prototype of C in place of NAME. file and line are for messages, and file
 * must outlive *b. 0; EINVAL: not understood; ENOMEM.
 */
int gort__bind_spec(struct bind *b, const char *spec, size_t n,
    const char *file, unsigned line, struct gort_err *e);

/* A list of them, one a line; '#' begins a comment. file must outlive *b. */
int gort__bind_list(struct bind *b, const char *text, size_t size,
    const char *file, struct gort_err *e);

/*
 * Take note of the functions that a relocatable object defines, or those in an
 * archive, and of its machine, if none is set. Names are copied. EARCH: it is
 * for another machine than *b; EEXIST: it is a module already.
 */
int gort__bind_object(struct bind *b, const void *data, size_t size,
    const char *file, struct gort_err *e);

/*
 * Export the functions of the objects; those whose names begin with prefix
 * ("" for all), under what follows it. file is for messages.
 */
int gort__bind_export_all(
    struct bind *b, const char *prefix, struct gort_err *e);

/*
 * Is it whole: names well-formed, no export twice, every function defined
 * where objects were given? Sorts nothing. 0, EINVAL, EEXIST, ENOSYM, ENOMEM.
 */
int gort__bind_check(struct bind *b, struct gort_err *e);

/*
 * The object of a checked bind, into *out, which is empty; its bytes live as
 * long as *b. 0, ENOMEM, ELIMIT.
 */
int gort__bind_write(struct bind *b, struct wr *out, struct gort_err *e);

/* A file of the module's: an object, or an archive of them. */
struct bind_input {
	const char *path;
	const void *data; /* the caller's */
	size_t size;
};

/*
 * An archive of a checked bind's object and of all objects, which are those
 * that gort__bind_object() was told of. Functions that are exported under
 * their own name get another (Note [Functions that keep their names]). 0,
 * ENOMEM, ELIMIT, ENOTSUP.
 */
int gort__bind_archive(struct bind *b, const struct bind_input *inputs,
    uint32_t n, struct wr *out, struct gort_err *e);

/*
 * A C header for programs that are linked with the module, or that find its
 * functions with gort_sym() or dlsym(). includes: what it includes first.
 */
int gort__bind_header(const struct bind *b, const char *const *includes,
    uint32_t nincludes, struct wr *out, struct gort_err *e);

/* The symbol of an export's thunk is the name, if the function is another. */
static inline bool
gort__bind_renamed(const struct bind_export *ex)
{
	return strcmp(ex->name, ex->impl) != 0;
}
#define BIND_THUNK "gort__thunk_" /* before the name, where it is the same */

#endif
