/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the readers of COFF objects, PE images and short imports share.
 * Numbers are those of Microsoft's "PE Format". Included by objcoff*.c,
 * objpe*.c and objimport.c only.
 */
#ifndef GORT_OBJCOFF_H
#define GORT_OBJCOFF_H

#include "obj.h"

/* IMAGE_FILE_MACHINE_... */
#define MACHINE_I386 0x14c
#define MACHINE_ARM 0x1c0
#define MACHINE_ARMNT 0x1c4
#define MACHINE_IA64 0x200
#define MACHINE_RISCV64 0x5064
#define MACHINE_AMD64 0x8664
#define MACHINE_ARM64EC 0xa641
#define MACHINE_ARM64 0xaa64

/* IMAGE_FILE_...: characteristics */
#define FILE_RELOCS_STRIPPED 0x0001u
#define FILE_EXECUTABLE_IMAGE 0x0002u
#define FILE_DLL 0x2000u

/* IMAGE_SCN_... */
#define SCN_TYPE_NO_PAD 0x00000008u
#define SCN_CNT_CODE 0x00000020u
#define SCN_CNT_INITIALIZED_DATA 0x00000040u
#define SCN_CNT_UNINITIALIZED_DATA 0x00000080u
#define SCN_LNK_INFO 0x00000200u
#define SCN_LNK_REMOVE 0x00000800u
#define SCN_LNK_COMDAT 0x00001000u
#define SCN_LNK_NRELOC_OVFL 0x01000000u
#define SCN_MEM_DISCARDABLE 0x02000000u
#define SCN_MEM_EXECUTE 0x20000000u
#define SCN_MEM_READ 0x40000000u
#define SCN_MEM_WRITE 0x80000000u

/* The highest number of a section in 16 bits; -1 and the like are above. */
#define SYM_SECTION_MAX 0xfeff

/* IMAGE_SYM_CLASS_... */
#define CLASS_EXTERNAL 2
#define CLASS_STATIC 3
#define CLASS_FILE 103
#define CLASS_SECTION 104
#define CLASS_WEAK_EXTERNAL 105

/* IMAGE_COMDAT_SELECT_... */
#define SELECT_ASSOCIATIVE 5

/* IMAGE_REL_...: the ones that hold a whole address */
#define REL_I386_DIR32 6
#define REL_AMD64_ADDR64 1
#define REL_ARM64_ADDR64 14

#define COFF_HEADER 20
#define COFF_BIG_HEADER 56
#define COFF_SECTION 40
#define COFF_RELOC 10

/* What the file header says; offsets are in the file. */
struct coffhead {
	uint64_t sections; /* offset of their headers */
	uint32_t nsections;
	uint64_t symbols;  /* offset; 0: none */
	uint32_t nsymbols; /* records, with auxiliary ones */
	uint32_t flags;    /* characteristics; of a bigobj 0 */
	bool big;          /* bigobj: records of 20 bytes */
	bool image;        /* a PE image */
};

/* Reads the file header at off, which is checked. */
void gort__coff_head(
    const struct gort__obj *o, uint64_t off, struct coffhead *h);

/* Machine, its name, arch and bits. false: it is not known. */
bool gort__coff_machine(struct gort__obj *o, uint32_t machine);

/* The string table, checked; empty: there is none. */
int gort__coff_strings(const struct gort__obj *o, const struct coffhead *h,
    struct rd_strings *strings, struct gort_err *e);

/* Read the sections. Those of an image are in the order of addresses. */
int gort__coff_sections(
    struct gort__obj *o, const struct coffhead *h, struct gort_err *e);

/* Read the symbols; COMDAT sections learn what they hang on. */
int gort__coff_symbols(
    struct gort__obj *o, const struct coffhead *h, struct gort_err *e);

/* Find the file header of a COFF object, bigobj or PE image again. */
void gort__coff_find_head(const struct gort__obj *o, struct coffhead *h);

/* Where the file header of a PE image is; 0: it is no such. Not checked. */
uint64_t gort__pe_head(const struct rd *r);

/* Functions that have a name, to find them by their place. */
struct cofffunc {
	uint32_t section;
	uint64_t value; /* in it */
	const char *name;
};
struct cofffuncs {
	struct cofffunc *funcs; /* sorted; to be freed */
	uint32_t n;
};
int gort__coff_funcs(
    const struct gort__obj *o, struct cofffuncs *fs, struct gort_err *e);
/* The name of the function there, or NULL. */
const char *gort__coff_func_at(
    const struct cofffuncs *fs, uint32_t section, uint64_t value);

/* Fill the import that an object of a GNU import library is, if it is one. */
int gort__coff_long_import(struct gort__obj *o, struct gort_err *e);

/* Constructors of an object, by its sections. */
int gort__coff_inits(struct gort__obj *o, struct gort_err *e);

#endif
