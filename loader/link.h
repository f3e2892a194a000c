/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A link at work: what the files of loader/link*.c share. Private.
 *
 * The core knows no format: what it asks of one is struct linkformat, which
 * link_elf.c and link_coff.c fill.
 *
 * The verbs, in order: add (link_input.c), resolve (link_sym.c, link_import.c),
 * scan (link_scan.c), layout (link_layout.c), tls (link_tls_*.c), relocate
 * (link_reloc.c), protect (link_layout.c), unwind tables (link_eh.c), debuggers
 * (link_debug.c), init (link_init.c). Files are read once into memory of the
 * link's own and stay until it is freed, so names point into them.
 */
#ifndef GORT_LINK_PRIVATE_H
#define GORT_LINK_PRIVATE_H

#include <gort/link.h>

#include "obj.h"
#include "pool.h"
#include "reloc.h"

/* The image may not be larger: objects can ask for any size of zeros. */
#define LINK_MAX_IMAGE (UINT64_C(1) << 30)
#define LINK_MAX_BOUNDS 256
#define LINK_MAX_ALIGN (UINT64_C(1) << 21)

/* A file's bytes. In the link's pool, as linkobj and its tables. */
struct linkfile {
	const char *name;
	uint8_t *data;
	size_t size;     /* of the file */
	size_t mapped;   /* bytes of pages at data; 0: in the pool */
	intptr_t handle; /* parts of it are still to be read; -1: none */
};

/* Parts of the image, by how they are protected. */
enum linkpart {
	PART_TEXT, /* code and stubs */
	PART_RO,   /* constants, slots, unwind tables, what is relocated only */
	PART_RW,
	PART_TLS, /* not in the image: the template of thread-local data */
	LINK_NPARTS,
};

/* A section, by its index in the object. */
struct linksec {
	uint64_t offset; /* in its part; gort__link_at() */
	uint64_t size;   /* that are used: .eh_frame without its end mark */
	uint32_t ncalls; /* that islands may have to help */
	uint8_t part;    /* enum linkpart */
	uint8_t shift;   /* alignment: 1 << shift bytes */
	bool kept : 1;   /* is in the image */
	bool lost : 1;   /* in a group that another object has too */
	bool eh : 1;     /* .eh_frame */
	bool nobits : 1; /* zeros, and some */
	bool list : 1;   /* of functions that run at load or unload */
	bool sorted : 1; /* lies among its part's others by its name */
};

struct linkformat;

struct linkobj {
	struct gort__obj o;
	const struct linkformat *in;
	struct linkfile *file;
	struct linksec *secs; /* by section */
	uint32_t *map;        /* by symbol: index of its linksym, or 0 */
	bool debug;           /* has debug information */
	bool personal;        /* has functions with a personality */
	bool eh;              /* has a section that is so, likewise: */
	bool nobits;
	bool list;
	bool sorted;
};

struct linkarchive {
	struct gort__obj o;
	struct linkfile *file;
	uint8_t *pulled;      /* by member */
	struct objimplib lib; /* of GNU's import libraries */
};

/* What few symbols have. */
struct linkmore {
	/* COFF, of a symbol that no object defines: */
	uint32_t obj;        /* a weak one's default: the object, or 0, */
	uint32_t sym;        /* and its symbol */
	const char *library; /* that it is imported from, or NULL */
	const char *name;    /* there; "": by ordinal */
	uint32_t ordinal;
	/* for TLS: index + 1 of its slots; 0: none */
	uint32_t gd; /* two */
	uint32_t ie;
	uint32_t desc; /* two */
};

/* What is known of a symbol. */
enum symstate {
	SYM_UNDEF,  /* wanted, or only named */
	SYM_LAZY,   /* an archive member defines it */
	SYM_COMMON, /* zeros, of the largest size that was asked for */
	SYM_DEFINED,
	SYM_IMPORT, /* from outside of the objects; also weak ones: 0 */
};

/* One line of the processor's cache: they are all over memory. */
struct linksym {
	const char *name;
	uint64_t value; /* address once laid out; TLS: offset in the block; */
			/* SYM_COMMON: bytes */
	union {
		uint64_t align; /* SYM_COMMON; SYM_IMPORT: where its copy is; */
				/* link_own.c: what its stub calls */
		struct {
			uint32_t archive; /* SYM_LAZY */
			uint32_t member;
		};
	};
	uint32_t hash;
	uint32_t obj;       /* that defines it, else that first wanted it */
	uint32_t sym;       /* index there */
	uint32_t sec;       /* SYM_DEFINED by an object: the section there */
	uint32_t slot;      /* index of its GOT slot + 1; 0: none; likewise: */
	uint32_t stub;      /* of its stub */
	uint32_t more;      /* index of a linkmore, or 0 */
	uint32_t same;      /* the symbol that stands for it, or 0 */
	uint8_t state;      /* enum symstate */
	uint8_t type;       /* enum gort__objtype */
	bool weak : 1;      /* the definition is; if none: all that want it */
	bool wanted : 1;    /* by more than weak references */
	bool hidden : 1;    /* may not come from elsewhere */
	bool absolute : 1;  /* value is no address in the image */
	bool func : 1;      /* SYM_IMPORT: it is code */
	bool reach : 1;     /* must be within reach of the image, */
	bool nearby : 1;    /* and even within it */
	bool canonical : 1; /* its address may become that of its stub */
	bool local : 1;     /* not in the table: one object's */
	bool foreign : 1;   /* SYM_IMPORT: its stub changes the convention */
	bool gone : 1;      /* laid out: its section was dropped */
};
_Static_assert(sizeof(struct linksym) <= 64, "see above");

struct linktable {
	uint32_t *cells; /* indexes of linksyms, 0: free */
	uint32_t ncells; /* a power of two */
	uint32_t used;
};

/* What archives define; the first that does is taken. */
struct linkoffer {
	uint32_t hash;
	uint32_t archive;
	uint32_t entry; /* of its index, + 1; 0: a free cell */
};
struct linkoffers {
	struct linkoffer *cells;
	uint32_t ncells; /* a power of two, or 0 */
};

/* A section with addresses of functions that run at load or unload. */
struct linkcall {
	struct objlist l;
	struct linkobj *ob;
	uint32_t sec;
};

/*
 * One relocation as the core wants it, laid out as Elf64_Rela, at any address.
 * What the format has in the bytes to be changed is in addend.
 */
struct __attribute__((packed)) linkrel {
	uint64_t offset; /* in the section that it changes */
	uint32_t type;   /* of the format's table */
	uint32_t sym;    /* not checked; 0: none */
	int64_t addend;
};
#define LINK_RELS 64 /* as many are decoded at a time */

/*
 * A format of objects, as the core asks for it. Symbol 0 and section 0 of an
 * object are none, and a common symbol's value is its alignment.
 */
struct linkformat {
	const struct objfmt *reader;
	const struct reltypes *types;
	unsigned relsize; /* bytes of a relocation, for messages */

	/* Can it be linked here? Reads and checks its symbols. */
	int (*check)(struct gort__obj *o, struct gort_err *e);
	/* Which of its sections are lost, as another object has them too. */
	int (*groups)(struct gort_link *lk, uint32_t obj, struct gort_err *e);
	/* A lost section: the name that others have, too. */
	const char *(*group)(const struct linkobj *ob, uint32_t sec);
	/* Which go into the image: fill kept, size and part. */
	int (*keep)(struct linkobj *ob, struct gort_err *e);
	/*
	 * The relocations at secs[sec].reloff from number first on, fewer than
	 * nrelocs: *n of them, in the file or in buf, which has LINK_RELS.
	 */
	const struct linkrel *(*rels)(const struct linkobj *ob, uint32_t sec,
	    uint32_t first, struct linkrel *buf, uint32_t *n);
	/* Is a section of that name a list of functions? */
	bool (*list)(const char *name, struct objlist *l);
	/*
	 * All objects are bound: want what follows from that, which may add
	 * objects, or NULL.
	 */
	int (*settle)(struct gort_link *lk, struct gort_err *e);
	/*
	 * A symbol that no object defines: does a linker, or the format's own
	 * run-time, define it? Then it has what it needs. May refuse it with
	 * *e filled, and e->code != 0.
	 */
	bool (*own)(struct gort_link *lk, uint32_t sym, struct gort_err *e);
	/* Values for those; the image is mapped. */
	void (*place_own)(struct gort_link *lk);
	/* The n-th name that a symbol has outside of the format, or NULL. */
	const char *(*alias)(const char *name, unsigned n, char buf[256]);
	/* The symbol that the caller's language calls name, or 0. */
	uint32_t (*named)(const struct gort_link *lk, const char *name);
	/* Names may be found by their aliases: archives' are all entered. */
	bool aliased;
	/* Functions of the process that have other conventions get stubs. */
	bool foreign;
	/* then: why it cannot, or NULL; as gort__link_unbridged() */
	const char *(*unbridged)(const char *name, const char *args);
	/* Call one of a list's functions. */
	void (*run)(uintptr_t address);
	/* Ask the resolver of an indirect function; NULL: there are none. */
	uintptr_t (*ask)(uintptr_t resolver);
	/* A malloced copy of the file for gdb, with addresses; or NULL. */
	char *(*placed)(const struct gort_link *lk, const struct linkobj *ob);
};
extern const struct linkformat gort__link_elf, gort__link_coff;

/* How far it has come. */
enum linkphase { LINK_OPEN, LINK_RESOLVED, LINK_LOADED, LINK_FAILED };

struct linked;     /* runtime/linked.h */
struct linkdebug;  /* link_debug.c */
struct linkexit;   /* link_lib_windows.c */
struct linkisland; /* link_island.c */

struct gort_link {
	enum linkphase phase;
	struct gort__pool pool; /* what is as old as the link */
	struct linkfile **files;
	uint32_t nfiles;
	struct linkobj **objs; /* [0] is none; all of one format */
	uint32_t nobjs;
	struct linkarchive **archives;
	uint32_t narchives;
	struct linkobj **imports; /* members of import libraries */
	uint32_t nimports;
	struct linksym *syms; /* [0] is none */
	uint32_t nsyms;
	uint32_t maxsyms;
	struct linkmore *more; /* [0] is none */
	uint32_t nmore;
	uint64_t secret;           /* of the tables' hashes; odd */
	struct linktable table;    /* of global symbols */
	struct linktable groups;   /* of COMDAT signatures */
	struct linktable sections; /* of names for __start_NAME: weak if all */
				   /* of a name are of one kind */
	struct linkoffers offers;  /* by name, while all is bound */
	char **names;              /* malloced, of defined and needed symbols */
	uint32_t nnames;

	void **libs; /* shared libraries, dlopen()ed */
	uint32_t nlibs;
	uint32_t nusual; /* of those that are tried unasked */
	bool binding;    /* what imports say of symbols counts */

	/* scan */
	uint32_t nslots;  /* words of the GOT */
	uint32_t nstubs;  /* each with a slot of its own behind the GOT */
	uint32_t ld;      /* index + 1 of the slots {module, 0} */
	uint32_t foreign; /* index + 1 of the slot of what changes it */
	bool low;         /* must lie below 2 GiB */
	bool static_tls;  /* offsets from the thread pointer are used */
	bool desc_tls;    /* the dynamic linker's TLS descriptor is */
	uint32_t bounds[LINK_MAX_BOUNDS]; /* __start_ and __stop_ symbols */
	uint32_t nbounds;
	uint32_t nifuncs;           /* indirect functions that objects define */
	struct linkisland *islands; /* link_island.c */
	uint32_t nislands;

	/* layout */
	uint8_t *image; /* mapped; NULL: not yet */
	uint64_t image_size;
	uint8_t *part[LINK_NPARTS]; /* where each begins */
	uint64_t part_size[LINK_NPARTS];
	uint64_t part_align[LINK_NPARTS];
	uint64_t slots_at, stubs_at; /* offsets in PART_RO and PART_TEXT */
	uint64_t eh_at, eh_size;     /* .eh_frame in PART_RO */
	uint64_t list_at, list_size; /* FDEs for the process's unwinder; 0: */
	/* it takes .eh_frame */
	uint64_t hdr_at;             /* the table of FDEs */
	uint64_t made_at, made_size; /* room for what link_pdata.c makes */
	uint64_t rw_file;            /* bytes of PART_RW that come from files */
	uint64_t from_files;         /* bytes of all parts that do */
	uint32_t nfdes;              /* that there is room for in the table */
	uint32_t filled;             /* that are in it */
	uint64_t tls_file; /* bytes of the template that are not zeros */
	bool has_tls;

	/* what stands in the process */
	bool eh_registered;
	void *eh_forget;       /* the unwinder's __deregister_frame_info */
	void *eh_object[16];   /* its struct object, of seven words */
	struct linked *linked; /* for gort's own walk */
	void *tls_handle;      /* the carrier; Windows: the room */
	char tls_path[256];
	const uintptr_t *tls_words;
	uint64_t tls_desc; /* address of the block's descriptor, or 0 */
	uint64_t tls_module;
	int64_t tls_offset; /* of the block, from the thread pointer; */
			    /* Windows: of the room in threads' blocks */
	struct linkcall *inits, *finis;
	uint32_t ninits, nfinis;
	uint32_t inits_run;
	struct linkdebug *debug;
	struct linkexit *exits; /* Windows: of atexit() */
	bool pinned;
	bool module; /* a plugin's: gort__link_module() */
	bool only;   /* nothing of it runs: gort__link_only() */
};

/* ---- link_input.c ---- */

/* Read and check a file; add it. 0 or an error with *e filled. */
int gort__link_add_file(
    struct gort_link *lk, const char *path, unsigned flags, struct gort_err *e);
int gort__link_add_bytes(struct gort_link *lk, const char *name,
    const void *data, size_t size, unsigned flags, struct gort_err *e);

/* The formats of objects that can be linked here, up to NULL. */
extern const struct linkformat *const gort__link_formats[];

/* The format of the link's objects; of an empty one the first. */
const struct linkformat *gort__link_format(const struct gort_link *lk);

/* ---- link_file_*.c ---- */

/* A file to be read, and its size; -1 with *e filled. */
intptr_t gort__link_open(const char *path, uint64_t *size, struct gort_err *e);
/* Its n bytes at off into f->data; *done becomes less if there are fewer. */
int gort__link_read(intptr_t handle, struct linkfile *f, uint64_t off,
    uint64_t n, uint64_t *done, struct gort_err *e);
void gort__link_close(intptr_t handle);

/* Take a member of an archive, once. */
int gort__link_pull(struct gort_link *lk, uint32_t archive, uint32_t member,
    struct gort_err *e);
/*
 * What imports say of symbols counts from here on: the link can no longer be
 * added to.
 */
int gort__link_bind_imports(struct gort_link *lk, struct gort_err *e);
/* No more members will be taken. */
void gort__link_close_input(struct gort_link *lk);
void gort__link_free_input(struct gort_link *lk);

/* ---- link_sym.c ---- */

/* Of a COFF weak symbol, gort__objsym.other: look for it in archives, too. */
#define OBJ_WEAK_LIBRARY 2

/* The symbol that stands for this one, which may be itself. */
static inline uint32_t
gort__link_same(const struct gort_link *lk, uint32_t sym)
{
	return lk->syms[sym].same ? lk->syms[sym].same : sym;
}

/* The symbol of that name, made if need be; 0: no memory. */
uint32_t gort__link_intern(struct gort_link *lk, const char *name);
/* Without making it: 0: there is none. */
uint32_t gort__link_lookup(const struct gort_link *lk, const char *name);
/* The same for the name of a group of sections of which one is kept. */
uint32_t gort__link_group(struct gort_link *lk, const char *name);
/* And for the name of sections, of which link_bounds.c notes the first. */
uint32_t gort__link_section(struct gort_link *lk, const char *name);
/* Make sym wanted, by symbol ref of object obj; weak: not from archives. */
int gort__link_refer(struct gort_link *lk, uint32_t sym, uint32_t obj,
    uint32_t ref, bool weak, struct gort_err *e);
/* What is known more of a symbol, made if need be; NULL: no memory. */
struct linkmore *gort__link_more(struct gort_link *lk, uint32_t sym);
/* A symbol without a name of its own, for a local one; 0: no memory. */
uint32_t gort__link_new_sym(struct gort_link *lk);
/* Bind everything that is wanted, taking members of archives. */
int gort__link_bind(struct gort_link *lk, struct gort_err *e);

/* ---- link_lib_*.c ---- */

/*
 * Libraries that compilers link without being told, or that come with libc:
 * opened when nothing else has a symbol; up to NULL.
 */
extern const char *const gort__link_usual[];
/* By its name, of a library, or (NULL) of all that is loaded. NULL: none. */
void *gort__link_process_symbol(void *lib, const char *name);
/* Bytes of the process's variable at an address; 0: not known. */
uint64_t gort__link_size_of(uint64_t address);
/* What an import library says where to find; or NULL. */
void *gort__link_imported(struct gort_link *lk, const struct linkmore *more);
/* ELF's ask of struct linkformat. */
uintptr_t gort__link_ask(uintptr_t resolver);
/* A function of the unwinder that the process uses, libgcc's; or NULL. */
void *gort__link_unwinder(const char *name);

/* ---- link_import.c ---- */

/* Open a shared library, for its symbols. */
int gort__link_open_library(
    struct gort_link *lk, const char *path, struct gort_err *e);
void gort__link_close_libraries(struct gort_link *lk);

/* Find what no object defines. */
int gort__link_import(struct gort_link *lk, struct gort_err *e);

/* ---- link_own.c ---- */

/*
 * Symbols that a linker, or the part of libc that is linked statically,
 * defines: is it one of those? Then it gets what it needs.
 */
bool gort__link_own(struct gort_link *lk, uint32_t sym);
/*
 * Give them their values; the image is mapped. Again once TLS is there, whose
 * place some of their stubs hold.
 */
void gort__link_place_own(struct gort_link *lk);

/* ---- link_bounds.c ---- */

/* Is a section's name one that __start_NAME can ask for? */
bool gort__link_is_identifier(const char *name);
/* Is it __start_NAME or __stop_NAME of a section that there is? As `own`. */
bool gort__link_own_bounds(
    struct gort_link *lk, uint32_t sym, struct gort_err *e);
void gort__link_place_bounds(struct gort_link *lk);

/* ---- link_names.c ---- */

struct gort__linked_name;

/* What lies at addr, of a link that is loaded; async-signal-safe. */
bool gort__link_name(
    const void *link, const void *addr, struct gort__linked_name *name);

/* ---- link_rela.c, link_rel_386.c ---- */

/* ELF's rels of struct linkformat. */
const struct linkrel *gort__link_elf_rels(const struct linkobj *ob,
    uint32_t sec, uint32_t first, struct linkrel *buf, uint32_t *n);

/* ---- link_coff.c, link_comdat.c, link_own_coff.c, link_pdata.c ---- */

/* Functions of struct linkformat. */
int gort__link_comdat(struct gort_link *lk, uint32_t index, struct gort_err *e);
const char *gort__link_comdat_name(const struct linkobj *ob, uint32_t sec);
int gort__link_settle_coff(struct gort_link *lk, struct gort_err *e);
bool gort__link_own_coff(
    struct gort_link *lk, uint32_t sym, struct gort_err *e);
void gort__link_place_own_coff(struct gort_link *lk);
uint32_t gort__link_named_coff(const struct gort_link *lk, const char *name);
/* An import that is called by another convention than its own. */
void gort__link_bridge_symbol(struct gort_link *lk, uint32_t sym);
const char *gort__link_alias_coff(const char *name, unsigned n, char buf[256]);

/* ---- link_scan.c ---- */

/* Check each relocation, and count slots and stubs. */
int gort__link_scan(struct gort_link *lk, struct gort_err *e);

/* The kept section that section i's relocations change, or NULL. */
static inline struct linksec *
gort__link_target(const struct linkobj *ob, uint32_t i)
{
	const struct gort__objsec *s = &ob->o.secs[i];

	if (!s->nrelocs || !ob->secs[s->applies_to].kept)
		return NULL;
	return &ob->secs[s->applies_to];
}

/* ---- link_layout.c, link_map_linux.c ---- */

/* A number that files cannot know; odd. */
uint64_t gort__link_secret(void);

/* Give sections and symbols their places, map the image. */
int gort__link_layout(struct gort_link *lk, struct gort_err *e);
/* From here on, code is executable and what was relocated is constant. */
int gort__link_protect_text(struct gort_link *lk, struct gort_err *e);
int gort__link_protect(struct gort_link *lk, struct gort_err *e);
void gort__link_unmap(struct gort_link *lk);

/*
 * The first n bytes of a mapping of that size will be written soon: fetch the
 * memory.
 */
void gort__link_populate(void *p, uint64_t size, uint64_t n);

/*
 * How much to map for size bytes, in pages, and with which alignment at
 * least, so that populating it is cheap: by huge pages where that wastes
 * little.
 */
uint64_t gort__link_round(uint64_t size, uint64_t *align);

/*
 * Pages for an image of size bytes within [lo, hi], aligned; low: below
 * 2 GiB. NULL: there is no such place.
 */
void *gort__link_map(
    uint64_t size, uint64_t align, bool low, uint64_t lo, uint64_t hi);

/* Where a section's bytes are; of thread-local ones in the template. */
static inline uint8_t *
gort__link_at(const struct gort_link *lk, const struct linksec *ls)
{
	/* all thread-local ones may be empty: no template */
	return (
	    uint8_t *)((uintptr_t)lk->part[ls->part] + (uintptr_t)ls->offset);
}

static inline uint64_t
gort__link_slot(const struct gort_link *lk, uint32_t index)
{
	return (uintptr_t)lk->part[PART_RO] + lk->slots_at +
	       (uint64_t)index * gort__relmachine.word;
}

/* &__dso_handle, by which libc knows the image. */
static inline void *
gort__link_dso(const struct gort_link *lk)
{
	return (void *)(uintptr_t)gort__link_slot(lk, 0);
}

static inline uint64_t
gort__link_stub(const struct gort_link *lk, uint32_t index)
{
	return (uintptr_t)lk->part[PART_TEXT] + lk->stubs_at +
	       (uint64_t)index * gort__relmachine.stub_size;
}

/* Give pages of gort__link_map() back. */
void gort__link_unmap_pages(void *p, uint64_t size);
/* Make some of them constant, or code. */
int gort__link_protect_pages(
    void *p, uint64_t size, bool code, struct gort_err *e);

/* ---- link_island.c ---- */

/*
 * Before sections are placed: where code is so large that calls may not reach
 * all of it, nislands is 1 from here on, else 0.
 */
int gort__link_plan_islands(struct gort_link *lk, struct gort_err *e);
/*
 * A section is about to be placed at the end of PART_TEXT; NULL: the last was.
 * How many bytes an island must have there first, 0 as a rule, aligned to 16.
 */
int gort__link_island_before(struct gort_link *lk, const struct linksec *next,
    uint64_t *size, struct gort_err *e);
/* A veneer to a target, for a call at a place in PART_TEXT; 0, and why. */
uint64_t gort__link_veneer(const struct gort_link *lk, const uint8_t *at,
    uint64_t target, const char **why);
void gort__link_free_islands(struct gort_link *lk);

/* ---- link_tls_*.c ---- */

/*
 * Relocate the variables' initial values and give them a place in all threads:
 * TLS relocations can be applied.
 */
int gort__link_tls(struct gort_link *lk, struct gort_err *e);
/* false: a destructor of a thread's variable is still to run. */
bool gort__link_tls_free(struct gort_link *lk);

/* ---- link_reloc.c ---- */

/* May a section speak of code that is not there, as unwind data does? */
bool gort__link_may_dangle(const struct linkobj *ob, uint32_t sec);

/* Copy the sections of the TLS template (tls) or the image, and relocate. */
int gort__link_relocate(struct gort_link *lk, bool tls, struct gort_err *e);
/* Fill slots and write stubs. */
void gort__link_fill(struct gort_link *lk);
/* Ask the resolvers of indirect functions; code is executable. */
void gort__link_ifuncs(struct gort_link *lk);

/* ---- link_eh.c ---- */

/* Before layout: what of a section's .eh_frame is used, and how many FDEs. */
int gort__link_eh_scan(
    struct linkobj *ob, uint32_t sec, uint32_t *nfdes, struct gort_err *e);
/* An object was relocated: enter its FDEs. */
int gort__link_eh_object(
    struct gort_link *lk, const struct linkobj *ob, struct gort_err *e);
/* All were: make the table of the image's FDEs. */
int gort__link_eh_table(struct gort_link *lk, struct gort_err *e);
int gort__link_eh_register(struct gort_link *lk, struct gort_err *e);
void gort__link_eh_free(struct gort_link *lk);

/*
 * Unwind data of Windows' kind (.pdata). Before layout: how many bytes at most
 * it takes in PART_RO for the process's unwinder, and how many functions.
 */
uint64_t gort__link_pdata_room(struct gort_link *lk, uint32_t *nfdes);
/* Make it; relocated. How many bytes of made_size it took. */
uint64_t gort__link_pdata_make(struct gort_link *lk);

/* ---- link_init.c ---- */

int gort__link_init(struct gort_link *lk, struct gort_err *e);
void gort__link_run_inits(struct gort_link *lk);
void gort__link_run_finis(struct gort_link *lk);

/* Is an entry of a list a function: 0 and -1 end .ctors and .dtors. */
static inline bool
gort__link_is_call(uintptr_t v)
{
	return v != 0 && v != UINTPTR_MAX;
}

/* ---- link_code.c ---- */

/* An indirect function whose resolver loading will run. */
static inline bool
gort__link_is_ifunc(const struct linksym *s)
{
	return s->type == OBJ_IFUNC && s->state == SYM_DEFINED && s->stub &&
	       s->sym;
}

/* Relocated, not yet run: is all that loading and unloading calls, code? */
int gort__link_check_calls(const struct gort_link *lk, struct gort_err *e);

/* ---- link.c ---- */

/*
 * For tests of damaged objects: what gort_link_load() does, but nothing of the
 * objects runs: no resolver, no constructor, and with gort_link_free() no
 * destructor. Calling what gort_link_sym() gives is up to the caller.
 */
int gort__link_only(struct gort_link *lk);

/* For plugins: it is one; what it needs does not come from other plugins. */
void gort__link_module(struct gort_link *lk);
/* Resolved: does it need that name from outside? */
bool gort__link_wants(const struct gort_link *lk, const char *name);
/* Loaded: where the image is. */
void gort__link_bounds(
    const struct gort_link *lk, const char **base, const char **end);
/* As gort_link_sym(), but functions only. */
void *gort__link_function(struct gort_link *lk, const char *name);

/* ---- link_debug.c ---- */

/* Tell gdb, and perf where it is asked for. Failures are no errors. */
void gort__link_debug(struct gort_link *lk);
void gort__link_debug_free(struct gort_link *lk);

/* Where a record of an object lies, for messages. */
int gort__link_bad(const struct linkobj *ob, uint64_t off, int code,
    struct gort_err *e, const char *fmt, ...) GORT__PRINTF(5, 6);

#endif
