/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the Mach-O reader share. Numbers are those of Apple's
 * <mach-o/loader.h>, <mach-o/nlist.h>, <mach-o/reloc.h> and
 * <mach-o/fixup-chains.h>. Included by objmacho*.c and objfat.c only.
 */
#ifndef GORT_OBJMACHO_H
#define GORT_OBJMACHO_H

#include "obj.h"

/* cputype; those of 64 bits have the first bit of the last byte */
#define CPU_X86 7u
#define CPU_ARM 12u
#define CPU_SPARC 14u
#define CPU_POWERPC 18u
#define CPU_64 0x01000000u
#define CPU_64_32 0x02000000u
#define CPU_SUBTYPE_ARM64E 2u

/* n_type */
#define N_STAB 0xe0
#define N_PEXT 0x10
#define N_TYPE 0x0e
#define N_EXT 0x01
#define N_UNDF 0x0
#define N_ABS 0x2
#define N_SECT 0xe

/* n_desc */
#define N_WEAK_REF 0x40
#define N_WEAK_DEF 0x80

/* Section types and attributes */
#define S_TYPE 0xffu
#define S_ZEROFILL 1u
#define S_MOD_INIT_FUNC_POINTERS 9u
#define S_GB_ZEROFILL 0xcu
#define S_THREAD_LOCAL_REGULAR 0x11u
#define S_THREAD_LOCAL_ZEROFILL 0x12u
#define S_INIT_FUNC_OFFSETS 0x16u
#define S_ATTR_SOME_INSTRUCTIONS 0x400u
#define S_ATTR_DEBUG 0x02000000u
#define S_ATTR_PURE_INSTRUCTIONS 0x80000000u

/* A stretch of the file. */
struct stretch {
	uint64_t off;
	uint64_t size; /* 0: there is none */
};

/* What the load commands say. All stretches are inside the file. */
struct macho {
	struct gort__obj *o;
	struct gort_err *e;
	unsigned word; /* bytes of an address */
	uint64_t cmds; /* offset of the load commands */
	uint32_t ncmds;
	uint32_t sizecmds;
	uint64_t symoff, nsyms; /* LC_SYMTAB; checked */
	struct stretch strings;
	struct stretch bind, lazy_bind, trie, chained;
	bool has_dyld_info, has_signature;
	bool entry_in_file;  /* the entry is an offset, by LC_MAIN */
	const char **rpaths; /* owned by parse */
	uint32_t nrpaths;
};

/* Machine, its name and arch; also the name of a fat file's slice. */
const char *gort__macho_machine(
    struct gort__obj *o, uint32_t cputype, uint32_t subtype);

/* Look for the stretches again; parse has checked the commands. */
int gort__macho_scan(struct macho *m, struct gort__obj *o, struct gort_err *e);

/* Fill imports and exports. */
int gort__macho_imports(struct macho *m);
int gort__macho_exports(struct macho *m);

/* Verbs. */
int gort__macho_symbols(struct gort__obj *o, struct gort_err *e);
int gort__macho_relocs(struct gort__obj *o, uint32_t section,
    gort__objreloc_fn *fn, void *arg, struct gort_err *e);
int gort__macho_inits(struct gort__obj *o, struct gort_err *e);

#endif
