/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the readers find in an object file. Leaf: nothing here runs code of
 * the file or needs a runtime. Every format goes through the same verbs,
 * behind struct objfmt.
 */
#ifndef GORT_OBJ_H
#define GORT_OBJ_H

#include "rd.h"

enum gort__objkind {
	OBJ_RELOCATABLE,
	OBJ_EXECUTABLE,
	OBJ_SHARED, /* and position-independent executables */
	OBJ_OTHER,
};

/* A stretch of notes in the file. */
struct gort__objnotes {
	uint64_t offset; /* in the file */
	uint64_t size;
	uint32_t align; /* 4 or 8 */
};

/* A symbol that the dynamic linker sees. */
struct gort__objsym {
	const char *name; /* in the file's bytes */
	bool defined;     /* exported, else imported */
	bool func;
};

struct gort__obj {
	struct rd rd;       /* the file */
	const char *format; /* "ELF64"; static */
	enum gort__objkind kind;
	uint16_t machine; /* e_machine */
	uint8_t bits;     /* 32 or 64 */
	uint32_t nnotes;
	struct gort__objnotes *notes; /* sections or segments of notes; owned */
	uint32_t nsyms;
	struct gort__objsym *syms; /* dynamic symbols; owned */
	uint32_t nneeded;
	const char **needed; /* DT_NEEDED, in order; owned array */
	const char *runpath; /* DT_RUNPATH or DT_RPATH, or NULL */
	const char *soname;  /* or NULL */
};

/* A format: probe says whether the bytes are of it, parse fills *o. */
struct objfmt {
	bool (*probe)(const struct rd *r);
	int (*parse)(struct gort__obj *o, struct gort_err *e);
};
extern const struct objfmt gort__objelf;

/*
 * Parse a file of any known format. The object points into data and file,
 * which must outlive it. 0; EFORMAT with file, offset and reason; ENOMEM. In
 * any case gort__obj_free() may be called afterwards.
 */
int gort__obj_parse(const void *data, size_t size, const char *file,
    struct gort__obj *o, struct gort_err *e);
void gort__obj_free(struct gort__obj *o);

/* 0 if this process could dlopen it; EARCH or EFORMAT naming both sides. */
int gort__obj_check_host(const struct gort__obj *o, struct gort_err *e);

/* Does it import a symbol of that name? */
bool gort__obj_imports(const struct gort__obj *o, const char *name);

/*
 * Where a needed library lies by an $ORIGIN entry of the run path, if there
 * is a file: true, and its path in buf. path is the object's own.
 */
bool gort__obj_origin_path(const struct gort__obj *o, const char *path,
    const char *needed, char *buf, size_t n);

#endif
