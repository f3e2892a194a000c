/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing relocatable objects, ELF and COFF, and archives of them: the
 * counterpart of obj.h. Sections, symbols and relocations are told in any
 * order; the file is made at the end. What is told the same gives the same
 * bytes: no time, no path, no address goes into a file. Leaf.
 *
 * Where memory ends, all verbs go on without effect, and
 * gort__objwrite_finish() says so.
 */
#ifndef GORT_OBJWRITE_H
#define GORT_OBJWRITE_H

#include "obj.h"
#include "wr.h"

/* A kind of object that can be written: all static. */
struct objmachine {
	const char *name; /* "elf-amd64" */
	enum gort__arch arch;
	bool coff;          /* else ELF */
	bool rela;          /* ELF: addends stand with the relocations */
	uint8_t word;       /* bytes of an address */
	uint16_t machine;   /* the format's number */
	uint16_t flags;     /* COFF: characteristics */
	uint32_t rel_word;  /* relocation type of a whole address */
	uint32_t rel_pc32;  /* of a distance in 32 bits */
	int8_t pc32_from;   /* where that is counted from: bytes after the */
			    /* field's beginning */
	const char *prefix; /* of the names of C's symbols */
};

/* Ended by one without a name. */
extern const struct objmachine gort__objmachines[];

/* The machine of that name or of that object; NULL: not one of them. */
const struct objmachine *gort__objmachine_named(const char *name);
const struct objmachine *gort__objmachine_of(const struct gort__obj *o);

/* What a section is for, where ELF has a type for it. */
enum objwrite_kind {
	WRITE_PROGBITS,
	WRITE_NOTE,
	WRITE_INIT_ARRAY,
	WRITE_FINI_ARRAY,
};

struct objwrite_rel {
	uint64_t offset; /* in the section */
	int64_t addend;  /* RELA only; else it stands in the bytes */
	uint32_t type;   /* the machine's */
	uint32_t sym;    /* as gort__objwrite_symbol() numbers them */
};

struct objwrite_sec {
	char name[24];
	enum objwrite_kind kind;
	uint32_t what;  /* OBJ_SEC_...; without ALLOC: for the linker only */
	uint32_t align; /* bytes, a power of two */
	uint32_t sym;   /* its section symbol */
	struct wr bytes;
	struct wr rels; /* struct objwrite_rel */
};

struct objwrite_sym {
	uint64_t value;     /* in its section */
	uint64_t size;      /* ELF only */
	size_t name;        /* in the writer's names */
	uint32_t section;   /* 0: undefined */
	uint8_t bind;       /* OBJ_LOCAL, OBJ_GLOBAL, OBJ_WEAK */
	uint8_t type;       /* OBJ_FUNC, OBJ_DATA, OBJ_SECTION, OBJ_NOTYPE */
	uint8_t visibility; /* ELF STV_... */
};

#define OBJWRITE_MAX_SECTIONS 32

struct objwrite {
	const struct objmachine *mach;
	struct objwrite_sec secs[OBJWRITE_MAX_SECTIONS]; /* [0] is none */
	uint32_t nsecs;
	struct wr syms;  /* struct objwrite_sym */
	uint32_t *table; /* undefined symbols + 1 by the hash of their names */
	uint32_t nslots; /* in it, a power of two */
	uint32_t nused;
	struct wr names; /* NUL first, then each symbol's, NUL-terminated */
	bool failed;     /* no memory */
};

/* *w is the caller's; whatever comes, gort__objwrite_free() is its end. */
void gort__objwrite_begin(struct objwrite *w, const struct objmachine *m);
void gort__objwrite_free(struct objwrite *w);

/* A new section: its number, and with it a symbol for it. */
uint32_t gort__objwrite_section(struct objwrite *w, const char *name,
    enum objwrite_kind kind, uint32_t what, uint32_t align);

/* The bytes of a section, to append to; how many there are. */
struct wr *gort__objwrite_bytes(struct objwrite *w, uint32_t section);
uint64_t gort__objwrite_size(const struct objwrite *w, uint32_t section);

/*
 * A symbol: its number, in the order of the calls; sections have one each.
 * The name is as C has it: the machine's prefix is put before it, unless it
 * begins with '@' (fastcall), '?' (C++ of Microsoft) or '.'.
 */
uint32_t gort__objwrite_symbol(
    struct objwrite *w, const char *name, const struct objwrite_sym *sym);

/*
 * The same for a symbol that is defined elsewhere: one a name, whatever is
 * asked for first; but one that is hidden (ELF) once and protected once is
 * protected.
 */
uint32_t gort__objwrite_undefined(struct objwrite *w, const char *name,
    enum gort__objbind bind, unsigned visibility);

/* For tables of names. */
uint32_t gort__objwrite_hash(const char *name);

/* The number of a section's symbol. */
uint32_t gort__objwrite_secsym(const struct objwrite *w, uint32_t section);

/*
 * A relocation of width bytes, that are there already, at offset of a section.
 * The addend is as the format counts it.
 */
void gort__objwrite_reloc(struct objwrite *w, uint32_t section, uint64_t offset,
    unsigned width, uint32_t type, uint32_t sym, int64_t addend);

/* Append an address: sym + addend. */
void gort__objwrite_addr(
    struct objwrite *w, uint32_t section, uint32_t sym, int64_t addend);

/* Append the distance in 32 bits from its own place to sym + addend. */
void gort__objwrite_dist(
    struct objwrite *w, uint32_t section, uint32_t sym, int64_t addend);

/* About the bytes of the file of all that was told: not less, where it fits. */
size_t gort__objwrite_room(const struct objwrite *w);

/*
 * Make the file, appended to *out, which is empty. 0, ENOMEM, or ELIMIT where
 * the format's fields are too small. The error does not name a file.
 */
int gort__objwrite_finish(
    struct objwrite *w, struct wr *out, struct gort_err *e);
int gort__objwrite_elf(struct objwrite *w, struct wr *out, struct gort_err *e);
int gort__objwrite_coff(struct objwrite *w, struct wr *out, struct gort_err *e);

/* One file for an archive. */
struct objwrite_member {
	const char *name; /* without a folder */
	const void *data; /* the caller's */
	uint64_t size;
};

/*
 * An archive (GNU's and Microsoft's first linker member: a symbol index at its
 * head) of objects, in that order. The index has the symbols that each object
 * defines for others, found by reading it. Owners, modes and times are fixed.
 * 0; what the reader says of a bad object; ELIMIT; ENOMEM.
 */
int gort__objwrite_archive(const struct objwrite_member *members, uint32_t n,
    struct wr *out, struct gort_err *e);

#endif
