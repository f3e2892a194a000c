/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the PE reader share. Included by objpe*.c only.
 */
#ifndef GORT_OBJPE_H
#define GORT_OBJPE_H

#include "objcoff.h"

/* Data directories (PE Format, "Optional Header Data Directories"). */
#define DIR_EXPORT 0
#define DIR_IMPORT 1
#define DIR_EXCEPTION 3
#define DIR_SECURITY 4
#define DIR_BASERELOC 5
#define DIR_TLS 9
#define DIR_DELAY_IMPORT 13

/* The work on one image. */
struct pe {
	struct gort__obj *o;
	struct gort_err *e;
	struct coffhead h;
	uint64_t opt;     /* offset of the optional header */
	uint64_t dirs;    /* offset of the directories */
	uint32_t ndirs;   /* of them, inside the header */
	uint32_t headers; /* bytes of headers in memory */
	unsigned word;    /* bytes of an address */
	uint64_t *ends;   /* by section: 1 + offset behind its last NUL; 0: */
			  /* not looked for. Owned */
};

/* Read the headers again; parse has checked them. */
void gort__pe_begin(struct pe *p, struct gort__obj *o, struct gort_err *e);
void gort__pe_end(struct pe *p);

/* A directory's address and size. false: there is none. */
bool gort__pe_dir(
    const struct pe *p, unsigned i, uint32_t *rva, uint32_t *size);

/* Where an address is in the file, and how many bytes follow there. */
bool gort__pe_offset(
    const struct pe *p, uint64_t rva, uint64_t *off, uint64_t *left);

/* The section that holds an address; 0: none. */
uint32_t gort__pe_section(const struct gort__obj *o, uint64_t rva);

/* The string at an address; NULL: none, or none that ends there. */
const char *gort__pe_string(struct pe *p, uint64_t rva);

/* Fill imports and needed, exports. 0, EFORMAT or ENOMEM. */
int gort__pe_imports(struct pe *p);
int gort__pe_exports(struct pe *p);

/* The verb. */
int gort__pe_inits(struct gort__obj *o, struct gort_err *e);

#endif
