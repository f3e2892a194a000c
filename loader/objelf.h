/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the files of the ELF reader share. Included by objelf*.c only.
 */
#ifndef GORT_OBJELF_H
#define GORT_OBJELF_H

#include "elfdef.h"
#include "obj.h"

/* Where the fields of one class lie: offset and width. */
struct field {
	uint8_t off;
	uint8_t n;
};

/* One class (gABI: Elf32_Ehdr and so on); sizes in bytes. */
struct layout {
	uint8_t word; /* of an address, d_tag, d_val */
	uint8_t ehsize, phsize, shsize, symsize;
	struct field e_entry, e_phoff, e_shoff, e_flags, e_phentsize, e_phnum,
	    e_shentsize, e_shnum, e_shstrndx;
	struct field p_flags, p_offset, p_vaddr, p_filesz, p_memsz, p_align;
	struct field sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info,
	    sh_addralign, sh_entsize;
	struct field st_value, st_size, st_info, st_other, st_shndx;
};

/* The layout of an object's class. */
const struct layout *gort__elf_layout(const struct gort__obj *o);

/* A field of the record at base, which the caller has checked. */
static inline uint64_t
elf_get(const struct gort__obj *o, uint64_t base, struct field f)
{
	return rd_uint(&o->rd, base + f.off, f.n);
}

/* A word of the class at off, which the caller has checked. */
static inline uint64_t
elf_word(const struct gort__obj *o, uint64_t off)
{
	return o->bits == 64 ? rd_u64(&o->rd, off) : rd_u32(&o->rd, off);
}

/* The class and order of most files, and this machine's order. */
static inline bool
elf_is_usual(const struct gort__obj *o)
{
	return o->bits == 64 && !o->rd.big &&
	       __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
}

/* The name of an e_machine, or "another machine". */
const char *gort__elf_machine_name(uint32_t machine);

/* The file offset of an address, and how many bytes of the file follow. */
bool gort__elf_offset(
    const struct gort__obj *o, uint64_t addr, uint64_t *off, uint64_t *left);

/*
 * Read n symbols at off (checked) into *syms and *nsyms. strings: their names;
 * xindex: the file offset of SHT_SYMTAB_SHNDX's n words, or 0.
 */
int gort__elf_read_symbols(struct gort__obj *o, uint64_t off, uint64_t n,
    const struct rd_strings *strings, uint64_t xindex,
    struct gort__objsym **syms, uint32_t *nsyms, struct gort_err *e);

/* What the dynamic section says (gABI, "Dynamic Section"); 0: not there. */
struct dynamic {
	uint64_t off, n; /* of its entries in the file; checked */
	uint64_t strtab, strsz, symtab, hash, gnu_hash;
	uint64_t versym, verneed, verneednum, verdef, verdefnum;
	uint64_t init, init_array, init_arraysz, preinit_array, preinit_arraysz;
	uint64_t rela, relasz, rel, relsz, relr, relrsz;
	uint64_t flags, flags_1;
	uint64_t runpath, rpath, soname; /* indexes into the strings */
	uint32_t nneeded;
	bool has_runpath, has_rpath, has_soname, textrel, bind_now;
};
void gort__elf_dynamic(const struct gort__obj *o, struct dynamic *d);

/* The dynamic half of parse: symbols, versions, libraries, facts. */
int gort__elf_parse_dynamic(struct gort__obj *o, struct gort_err *e);

/* Give dynamic symbols their versions, fill imports and exports. */
int gort__elf_versions(struct gort__obj *o, const struct dynamic *d,
    const struct rd_strings *strings, struct gort_err *e);

/* Verbs. */
int gort__elf_symbols(struct gort__obj *o, struct gort_err *e);
int gort__elf_inits(struct gort__obj *o, struct gort_err *e);
int gort__elf_relocs(struct gort__obj *o, uint32_t section,
    gort__objreloc_fn *fn, void *arg, struct gort_err *e);

/* The relocations that the head of SHT_CREL, size bytes at off, announces. */
uint64_t gort__elf_crel_count(
    const struct gort__obj *o, uint64_t off, uint64_t size);

/*
 * Show the relocations in size bytes at off (checked). type: SHT_REL,
 * SHT_RELA, SHT_RELR or SHT_CREL; nsyms: symbols that there are.
 */
int gort__elf_walk_relocs(const struct gort__obj *o, uint32_t type,
    uint64_t off, uint64_t size, uint32_t nsyms, gort__objreloc_fn *fn,
    void *arg, struct gort_err *e);

#endif
