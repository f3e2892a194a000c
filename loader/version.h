/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One loaded version of a plugin: from the file to the initialised module,
 * and back. Private to the loader.
 */
#ifndef GORT_VERSION_H
#define GORT_VERSION_H

#include "../runtime/runtime.h"
#include "filecopy.h"

#include <gort/link.h>

struct gort__keys;
struct gort__obj;

struct version {
	struct version *link;         /* the plugin's older versions */
	struct gort__image *image;    /* the runtime's record */
	void *handle;                 /* dlopen's; NULL once closed, or: */
	struct gort_link *link_image; /* of an object or archive */
	void **deps;                  /* libraries opened for it, see load */
	unsigned ndeps;
	bool starts_threads;     /* they may come in without a call */
	bool stuck;              /* its memory cannot be given back any more */
	bool drained;            /* no call is inside any more */
	bool retired;            /* its counts are in the plugin's */
	_Atomic bool finished;   /* fini has run: image may be reused */
	struct filecopy copy;    /* what it was mapped from */
	void *thick;             /* a thin archive with its members' bytes; */
				 /* while it is loaded */
	size_t thicksz;          /* how many */
	struct gort__keys *keys; /* whose numbers are held for it */
	const char *base;        /* where it is mapped */
	const char *end;
	char name[64];   /* from its note */
	char number[32]; /* its version string */
	char why[192];   /* why it is still mapped */
};

/*
 * Load the file at path up to state INITED: read, check, map, register, meet
 * needs, init. name: what the module must be called, or NULL for one that is
 * not open yet. On failure NULL, *e says why, and everything is undone, but
 * that code stays which a constructor or init hook has left in use: *left is to
 * be unloaded later by who holds it, else NULL.
 */
struct version *gort__version_load(const char *path, const char *name,
    struct version **left, struct gort_err *e);

/*
 * The version is drained (or never served): run fini, unmap if nothing
 * points into it. true: gone, and v to be freed by who holds it. false: still
 * mapped, v->why says why; call again later.
 */
bool gort__version_unload(struct version *v);

/* The function an export or a plain exported function leads to, or NULL. */
void (*gort__version_find(
    const struct version *v, const char *name, uint32_t *flags))(void);

/* ---- version_link.c: of objects and archives ---- */

/* Is the file one that gort's own linker loads? */
bool gort__version_is_linked(const struct gort__obj *o);

/* Link and load v->copy: fill link_image, base, end, starts_threads. */
int gort__version_link(struct version *v, const char *path, struct gort_err *e);
/* Unload it; false: its memory stays, v->why says why, and v->stuck is set. */
bool gort__version_unlink(struct version *v);
/* A plain function that it defines, or NULL. */
void *gort__version_function(const struct version *v, const char *name);

#endif
