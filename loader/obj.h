/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the readers find in an object file. Leaf: nothing here runs code of
 * the file or needs a runtime. Every format goes through the same verbs,
 * behind struct objfmt.
 *
 * The bytes of the file stay with the caller; names point into them, or into
 * the object's pool where the format does not end them with a NUL. All else
 * that a struct gort__obj points to is filled by its reader and freed by
 * gort__obj_free(). Names are as the file has them: any byte but NUL.
 */
#ifndef GORT_OBJ_H
#define GORT_OBJ_H

#include "pool.h"
#include "rd.h"

enum gort__objkind {
	OBJ_RELOCATABLE,
	OBJ_EXECUTABLE,
	OBJ_SHARED, /* and position-independent executables */
	OBJ_CORE,
	OBJ_ARCHIVE, /* its members are files of their own */
	OBJ_IMPORT,  /* stands for one symbol of a library */
	OBJ_OTHER,
};

/* Machines that gort knows apart; a file's own number is in `machine`. */
enum gort__arch {
	ARCH_OTHER,
	ARCH_386,
	ARCH_AMD64,
	ARCH_ARM,
	ARCH_ARM64,
	ARCH_RISCV,
};

/* What a section holds, in all formats alike. */
#define OBJ_SEC_ALLOC 1u   /* in memory while the program runs */
#define OBJ_SEC_WRITE 2u   /* writable there */
#define OBJ_SEC_EXEC 4u    /* code */
#define OBJ_SEC_NOBITS 8u  /* zeros, without bytes in the file */
#define OBJ_SEC_TLS 16u    /* a copy a thread */
#define OBJ_SEC_COMDAT 32u /* kept once a group */

struct gort__objsec {
	const char *name;
	uint64_t addr;       /* where it is loaded; 0 in relocatable files */
	uint64_t offset;     /* of its bytes in the file */
	uint64_t filesz;     /* bytes there, checked to be inside */
	uint64_t size;       /* bytes in memory, not limited by the file */
	uint64_t align;      /* bytes; 0 and 1 mean none */
	uint64_t entsize;    /* bytes a record; 0: no records. Not checked */
	uint64_t flags;      /* the format's own word */
	uint64_t reloff;     /* of its relocations in the file, checked */
	uint32_t nrelocs;    /* records there */
	uint32_t applies_to; /* section that they change */
	uint32_t type;       /* ELF sh_type; Mach-O section type; COFF 0 */
	uint32_t link;       /* ELF sh_link, not checked. COFF: the symbol */
			     /* that a COMDAT goes by, by the symbols. */
			     /* Mach-O: the segment */
	uint32_t info;       /* ELF sh_info; COFF selection, by the symbols. */
			     /* Not checked */
	uint32_t group;      /* ELF: the group that it is a member of, or 0; */
			     /* COFF: the section it is associated with */
	uint32_t what;       /* OBJ_SEC_... */
};

struct gort__objseg {
	char name[17];   /* Mach-O's segname; else empty */
	uint64_t offset; /* in the file, checked */
	uint64_t filesz; /* bytes there */
	uint64_t addr;
	uint64_t memsz; /* not limited by the file */
	uint64_t align;
	uint32_t type;  /* ELF p_type */
	uint32_t flags; /* 1 execute, 2 write, 4 read */
};

/* A stretch of notes in the file. */
struct gort__objnotes {
	uint64_t offset; /* in the file */
	uint64_t size;
	uint32_t align; /* 4 or 8 */
};

enum gort__objbind {
	OBJ_LOCAL,
	OBJ_GLOBAL,
	OBJ_WEAK,
	OBJ_UNIQUE, /* STB_GNU_UNIQUE */
	OBJ_BIND_OTHER,
};

enum gort__objtype {
	OBJ_NOTYPE,
	OBJ_DATA,
	OBJ_FUNC,
	OBJ_SECTION,
	OBJ_FILE,
	OBJ_COMMON,
	OBJ_TLS,
	OBJ_IFUNC,
	OBJ_AUX, /* COFF: no symbol, but part of the one before */
	OBJ_TYPE_OTHER,
};

/* Sections of a symbol that are none; 0 is "undefined". */
#define OBJ_SHN_ABS UINT32_MAX
#define OBJ_SHN_COMMON (UINT32_MAX - 1) /* value is ELF's alignment */
#define OBJ_SHN_DEBUG (UINT32_MAX - 2)
#define OBJ_SHN_OTHER (UINT32_MAX - 3)

struct gort__objsym {
	const char *name;     /* never NULL */
	const char *version;  /* ELF: "GLIBC_2.34", or NULL */
	uint64_t value;       /* as in the file */
	uint64_t size;        /* 0 where the format has none */
	uint32_t section;     /* index into secs, checked; or OBJ_SHN_... */
	uint32_t link;        /* COFF weak: index of the default; else 0 */
	uint8_t bind;         /* enum gort__objbind */
	uint8_t type;         /* enum gort__objtype */
	uint8_t visibility;   /* ELF STV_...; Mach-O: 1 private external */
	bool default_version; /* ELF: "@@" */
	uint16_t other;       /* ELF st_other; COFF storage class; Mach-O */
			      /* n_desc */
};

/* A symbol that must come from elsewhere when the file is loaded. */
struct gort__objimport {
	const char *name;    /* "" when by ordinal */
	const char *version; /* ELF, or NULL */
	const char *library; /* that it comes from; NULL: not said */
	uint32_t ordinal;    /* PE, where name is empty; else the hint */
	bool weak;           /* may be absent */
	bool delayed;        /* PE: bound at the first call */
	bool func;           /* known to be a function */
};

/* A symbol that others can bind to. */
struct gort__objexport {
	const char *name;     /* "" when by ordinal only */
	const char *version;  /* ELF, or NULL */
	const char *forward;  /* PE: "DLL.name"; Mach-O: the re-export */
	uint64_t addr;        /* virtual address (PE: with the image base) */
	uint32_t ordinal;     /* PE; else 0 */
	bool func;            /* known to be a function */
	bool default_version; /* ELF: "@@" */
};

/* Code that runs when the file is loaded, in that order. */
struct gort__objinit {
	const char *list;   /* where it stands: ".init_array" */
	const char *symbol; /* of the function; NULL: not known */
	uint64_t addr;      /* of the function; symbol's addend in */
			    /* relocatable files */
};

/* One relocation, as gort__obj_relocs() shows it. */
struct gort__objreloc {
	uint64_t offset; /* in the section, or the address in linked files */
	int64_t addend;  /* 0 if it stands in the bytes to be changed */
	uint32_t type;   /* the machine's own number */
	uint32_t sym;    /* index of the symbol, checked; 0 may be none */
	bool has_addend;
	bool has_sym;  /* Mach-O: sym is a symbol, not a section */
	uint8_t width; /* Mach-O: r_length and r_pcrel << 2; else 0 */
};

/* A file in an archive, or one of the slices of a fat file. */
struct gort__objmember {
	const char *name; /* in the pool; of a thin archive: a path */
	uint64_t offset;  /* of its bytes; of a thin member: unused */
	uint64_t header;  /* of its header */
	uint64_t size;
	bool thin; /* lies in a file of its own */
};

/* A symbol of an archive's index. */
struct gort__objindex {
	const char *name;
	uint32_t length; /* of the name */
	uint32_t member; /* that defines it */
};

/*
 * For an archive that is not in memory yet: called for the parts of it that
 * are wanted, to put the n bytes at off where the object's rd says, which has
 * room for the whole. Never twice for one part. 0 or an error.
 */
struct gort__objfetch {
	int (*fn)(void *arg, uint64_t off, uint64_t n, struct gort_err *e);
	void *arg;
};

/* A fact on how the file is protected and bound: both static. */
struct gort__objfact {
	const char *key;
	const char *value;
};
#define OBJ_MAX_FACTS 16

struct objfmt;

struct gort__obj {
	struct rd rd;             /* the file */
	const struct objfmt *fmt; /* its reader */
	const char *format;       /* "ELF64"; static */
	const char *machine_name; /* "x86-64"; static */
	enum gort__objkind kind;
	enum gort__arch arch;
	uint32_t machine; /* the format's number, such as e_machine */
	uint32_t flags;   /* the format's, such as e_flags */
	uint8_t bits;     /* 32 or 64; 0: neither */
	uint64_t entry;   /* where it starts; 0: nowhere */
	uint64_t base;    /* PE: the preferred address */
	uint32_t nsecs;
	struct gort__objsec *secs; /* [0] is none; 0 sections: stripped */
	uint32_t ngroups;          /* ELF: sections that are groups */
	uint32_t nsegs;
	struct gort__objseg *segs;
	uint32_t nnotes;
	struct gort__objnotes *notes; /* sections or segments of notes */
	uint32_t ndynsyms;
	struct gort__objsym *dynsyms; /* ELF: the dynamic symbols */
	uint32_t nsyms;
	struct gort__objsym *syms; /* by gort__obj_symbols() */
	bool has_syms;             /* that has been called */
	uint32_t nimports;
	struct gort__objimport *imports;
	uint32_t nexports;
	struct gort__objexport *exports;
	uint32_t ninits;
	struct gort__objinit *inits; /* by gort__obj_inits() */
	uint32_t nneeded;
	const char **needed; /* libraries, in order */
	const char *runpath; /* ELF: DT_RUNPATH or DT_RPATH, or NULL */
	const char *soname;  /* or NULL */
	const char *interp;  /* the program interpreter, or NULL */
	uint32_t nfacts;
	struct gort__objfact facts[OBJ_MAX_FACTS];
	uint32_t nmembers;
	struct gort__objmember *members; /* archives */
	uint32_t nindex;
	struct gort__objindex *index; /* archives */
	struct gort__objfetch fetch;  /* archives; fn NULL: all is there */
	struct rd_strings names;      /* archives: those that are long */
	struct gort__pool own;        /* tables, and strings that the */
				      /* file has not; unless they are in */
	struct gort__pool *pool;      /* this one, that others share */
};

typedef int gort__objreloc_fn(const struct gort__objreloc *r, void *arg);

/*
 * A format. probe says whether the bytes are of it. parse fills all of *o but
 * symbols and inits; those come when asked for, once, and may be absent. All
 * return 0, -GORT_EFORMAT or -GORT_ENOMEM; what they allocate is within a
 * small multiple of the file's size, and their time is linear in it.
 */
struct objfmt {
	bool (*probe)(const struct rd *r);
	int (*parse)(struct gort__obj *o, struct gort_err *e);
	int (*symbols)(struct gort__obj *o, struct gort_err *e);
	int (*inits)(struct gort__obj *o, struct gort_err *e);
	int (*relocs)(struct gort__obj *o, uint32_t section,
	    gort__objreloc_fn *fn, void *arg, struct gort_err *e);
};
extern const struct objfmt gort__objelf, gort__objar, gort__objpe,
    gort__objimport, gort__objcoff, gort__objmacho, gort__objfat;

/*
 * Those that are known, in the order in which they are tried, then NULL. In the
 * command all of them (objformats_all.c), in the library those that it can
 * open or link (objformats_lib.c).
 */
extern const struct objfmt *const gort__obj_formats[];

/*
 * Parse a file of any known format. The object points into data and file,
 * which must outlive it. 0; EFORMAT with file, offset and reason; ENOMEM. In
 * any case gort__obj_free() may be called afterwards.
 */
int gort__obj_parse(const void *data, size_t size, const char *file,
    struct gort__obj *o, struct gort_err *e);
/* The same, with its tables in a pool that outlives it; NULL: its own. */
int gort__obj_parse_in(struct gort__pool *pool, const void *data, size_t size,
    const char *file, struct gort__obj *o, struct gort_err *e);
void gort__obj_free(struct gort__obj *o);

/*
 * The same for member i of an archive or fat file, which must outlive *o; not
 * for a thin one. The archive's pool is the member's, if others share it.
 * EFORMAT with o->fmt NULL: it is of no known format. Errors have the offset in
 * the archive, and name it as "archive(member)".
 */
int gort__obj_parse_member(const struct gort__obj *archive, uint32_t i,
    struct gort__obj *o, struct gort_err *e);

/*
 * gort__obj_parse() of an archive in size bytes of room at data, of which none
 * is there yet: fetches what stands before the members. Those are the ones
 * that the index has, to be fetched before they are parsed. 1: it can not be
 * read so, for whatever reason; read all of it.
 */
int gort__objar_parse_index(struct gort__pool *pool, void *data, size_t size,
    const char *file, struct gort__objfetch fetch, struct gort__obj *o,
    struct gort_err *e);

/* Have the bytes and name of member i of an archive. 0 or an error. */
int gort__objar_fetch(
    struct gort__obj *archive, uint32_t i, struct gort_err *e);

/*
 * What is remembered of an archive's libraries; all 0 to begin with. A search
 * reads the index and a member: so many are always free, the others are paid
 * from a budget, so that no archive makes them take long.
 */
#define OBJ_FREE_SEARCHES 64
#define OBJ_SEARCH_BUDGET (UINT64_C(1) << 24)
struct objimplib {
	const char *name;  /* the last library found, in the archive's bytes */
	uint32_t entry;    /* of the archive's index, that led to it */
	unsigned searches; /* so far; stops at OBJ_FREE_SEARCHES */
	uint64_t spent;    /* index entries and bytes of members since */
};

/*
 * The library of the import that a member of a GNU import library is: also
 * filled in there. It is said by two other members. NULL: o is no such, or the
 * archive does not say.
 */
const char *gort__obj_import_library(
    struct gort__obj *archive, struct gort__obj *o, struct objimplib *lib);

/* Read the symbol table into syms, if that was not done; none is no error. */
int gort__obj_symbols(struct gort__obj *o, struct gort_err *e);

/* Find out what runs at load time, into inits; reads symbols too. */
int gort__obj_inits(struct gort__obj *o, struct gort_err *e);

/*
 * Show the relocations of a section with nrelocs > 0, until fn returns
 * non-zero; that value, or 0, or an error. Their symbols are dynsyms for a
 * section of a linked ELF file with OBJ_SEC_ALLOC, else syms, which are read.
 */
int gort__obj_relocs(struct gort__obj *o, uint32_t section,
    gort__objreloc_fn *fn, void *arg, struct gort_err *e);

/* Is it for the machine that this code was compiled for? 0 or EARCH. */
int gort__obj_check_machine(const struct gort__obj *o, struct gort_err *e);
/* 0 if this process could dlopen it; EARCH or EFORMAT naming both sides. */
int gort__obj_check_host(const struct gort__obj *o, struct gort_err *e);

/* Does it import a symbol of that name? */
bool gort__obj_imports(const struct gort__obj *o, const char *name);

/*
 * Where a needed library lies by an $ORIGIN entry of the run path, if is_there
 * says that there is a file: true, and its path in buf. path is the object's
 * own.
 */
bool gort__obj_origin_path(const struct gort__obj *o, const char *path,
    const char *needed, bool (*is_there)(const char *path), char *buf,
    size_t n);

/* ---- for the readers --------------------------------------------------- */

/*
 * A section of addresses of functions that run when a program or library
 * starts, or when it ends: what its name says.
 */
#define OBJ_NO_PRIORITY 65537u /* behind all that have one */
struct objlist {
	const char *name; /* by which those of the same turn are sorted, */
			  /* down if read backwards; NULL: not */
	uint32_t when;    /* its turn; ELF's without one: OBJ_NO_PRIORITY */
	uint32_t seq;     /* order of the sections; the caller's */
	bool fini;        /* at the end */
	bool backwards;   /* from its last; at the end: from its first */
};
/* Is a section of that name one? Fills all of *l but seq, as by `when`. */
bool gort__elf_list(const char *name, struct objlist *l);
bool gort__coff_list(const char *name, struct objlist *l);
/* For qsort() of records that begin with a struct objlist. */
int gort__obj_by_turn(const void *a, const void *b);

/*
 * Room for one more record behind n: the array, moved if need be, its new
 * record zeroed; NULL: no memory, and the old one stays.
 */
void *gort__obj_room(void *array, uint32_t n, size_t size);

/* n bytes of the object's own, zeroed and aligned; NULL: no memory. */
void *gort__obj_alloc(struct gort__obj *o, size_t n);
/* The same for n records of size bytes each. */
void *gort__obj_table(struct gort__obj *o, size_t n, size_t size);

/* A copy with a NUL of the bytes up to their first NUL or to n. */
const char *gort__obj_strndup(struct gort__obj *o, const void *s, size_t n);

/* Add a fact; both static. */
void gort__obj_fact(struct gort__obj *o, const char *key, const char *value);

/*
 * Sections do not overlap in a sane file. This keeps all work over sections
 * within a multiple of the file's size: take what each holds from a budget of
 * twice that. EFORMAT when it is used up.
 */
struct objbudget {
	uint64_t left; /* bytes; twice the file's to begin with */
};
int gort__obj_spend(struct objbudget *b, const struct rd *r, uint64_t off,
    uint64_t n, struct gort_err *e);

#endif
