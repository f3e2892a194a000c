/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ELF reader (System V gABI, chapters 4 and 5): both classes, both byte
 * orders. Here: headers, sections, segments. Sections may be stripped. All is
 * checked against the file's size before it is used. Leaf.
 */
#include "objelf.h"

#include <stdlib.h>

static const struct layout layout32 = {
    .word = 4,
    .ehsize = 52,
    .phsize = 32,
    .shsize = 40,
    .symsize = 16,
    .e_entry = {24, 4},
    .e_phoff = {28, 4},
    .e_shoff = {32, 4},
    .e_flags = {36, 4},
    .e_phentsize = {42, 2},
    .e_phnum = {44, 2},
    .e_shentsize = {46, 2},
    .e_shnum = {48, 2},
    .e_shstrndx = {50, 2},
    .p_offset = {4, 4},
    .p_vaddr = {8, 4},
    .p_filesz = {16, 4},
    .p_memsz = {20, 4},
    .p_flags = {24, 4},
    .p_align = {28, 4},
    .sh_flags = {8, 4},
    .sh_addr = {12, 4},
    .sh_offset = {16, 4},
    .sh_size = {20, 4},
    .sh_link = {24, 4},
    .sh_info = {28, 4},
    .sh_addralign = {32, 4},
    .sh_entsize = {36, 4},
    .st_value = {4, 4},
    .st_size = {8, 4},
    .st_info = {12, 1},
    .st_other = {13, 1},
    .st_shndx = {14, 2},
};

static const struct layout layout64 = {
    .word = 8,
    .ehsize = 64,
    .phsize = 56,
    .shsize = 64,
    .symsize = 24,
    .e_entry = {24, 8},
    .e_phoff = {32, 8},
    .e_shoff = {40, 8},
    .e_flags = {48, 4},
    .e_phentsize = {54, 2},
    .e_phnum = {56, 2},
    .e_shentsize = {58, 2},
    .e_shnum = {60, 2},
    .e_shstrndx = {62, 2},
    .p_flags = {4, 4},
    .p_offset = {8, 8},
    .p_vaddr = {16, 8},
    .p_filesz = {32, 8},
    .p_memsz = {40, 8},
    .p_align = {48, 8},
    .sh_flags = {8, 8},
    .sh_addr = {16, 8},
    .sh_offset = {24, 8},
    .sh_size = {32, 8},
    .sh_link = {40, 4},
    .sh_info = {44, 4},
    .sh_addralign = {48, 8},
    .sh_entsize = {56, 8},
    .st_info = {4, 1},
    .st_other = {5, 1},
    .st_shndx = {6, 2},
    .st_value = {8, 8},
    .st_size = {16, 8},
};

const struct layout *
gort__elf_layout(const struct gort__obj *o)
{
	return o->bits == 64 ? &layout64 : &layout32;
}

static bool
probe(const struct rd *r)
{
	return rd_has(r, 0, SELFMAG) && memcmp(r->data, ELFMAG, SELFMAG) == 0;
}

static enum gort__objkind
kind_of(unsigned e_type)
{
	switch (e_type) {
	case ET_REL:
		return OBJ_RELOCATABLE;
	case ET_EXEC:
		return OBJ_EXECUTABLE;
	case ET_DYN:
		return OBJ_SHARED;
	case ET_CORE:
		return OBJ_CORE;
	default:
		return OBJ_OTHER;
	}
}

static enum gort__arch
arch_of(uint32_t machine)
{
	switch (machine) {
	case EM_386:
		return ARCH_386;
	case EM_X86_64:
		return ARCH_AMD64;
	case EM_ARM:
		return ARCH_ARM;
	case EM_AARCH64:
		return ARCH_ARM64;
	case EM_RISCV:
		return ARCH_RISCV;
	default:
		return ARCH_OTHER;
	}
}

/* e_ident and the other fields that concern no table. */
static __attribute__((cold)) int
parse_ident(struct gort__obj *o, struct gort_err *e)
{
	const struct layout *l;
	const uint8_t *id = o->rd.data;

	if (!rd_has(&o->rd, 0, EI_NIDENT))
		return gort__rd_bad(
		    &o->rd, o->rd.size, e, "truncated in the ELF header");
	if (id[EI_CLASS] != ELFCLASS32 && id[EI_CLASS] != ELFCLASS64)
		return gort__rd_bad(
		    &o->rd, EI_CLASS, e, "ELF class %u", id[EI_CLASS]);
	if (id[EI_DATA] != ELFDATA2LSB && id[EI_DATA] != ELFDATA2MSB)
		return gort__rd_bad(
		    &o->rd, EI_DATA, e, "ELF byte order %u", id[EI_DATA]);
	if (id[EI_VERSION] != EV_CURRENT)
		return gort__rd_bad(
		    &o->rd, EI_VERSION, e, "ELF version %u", id[EI_VERSION]);
	o->bits = id[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	o->format = o->bits == 64 ? "ELF64" : "ELF32";
	o->rd.big = id[EI_DATA] == ELFDATA2MSB;
	l = gort__elf_layout(o);
	if (!rd_has(&o->rd, 0, l->ehsize))
		return gort__rd_bad(
		    &o->rd, o->rd.size, e, "truncated in the ELF header");
	o->kind = kind_of(rd_u16(&o->rd, 16));
	o->machine = rd_u16(&o->rd, 18);
	o->machine_name = gort__elf_machine_name(o->machine);
	o->arch = arch_of(o->machine);
	o->entry = elf_get(o, 0, l->e_entry);
	o->flags = (uint32_t)elf_get(o, 0, l->e_flags);
	return 0;
}

/* What the section named i is for, in the terms of all formats. */
static uint32_t
what_of(uint32_t type, uint64_t flags)
{
	uint32_t what = 0;

	if (flags & SHF_ALLOC)
		what |= OBJ_SEC_ALLOC;
	if (flags & SHF_WRITE)
		what |= OBJ_SEC_WRITE;
	if (flags & SHF_EXECINSTR)
		what |= OBJ_SEC_EXEC;
	if (flags & SHF_TLS)
		what |= OBJ_SEC_TLS;
	if (flags & SHF_GROUP)
		what |= OBJ_SEC_COMDAT;
	if (type == SHT_NOBITS)
		what |= OBJ_SEC_NOBITS;
	return what;
}

/* Elf64_Shdr in this machine's order, at any address (gABI, "Sections"). */
struct __attribute__((packed)) shdr64 {
	uint32_t name, type;
	uint64_t flags, addr, offset, size;
	uint32_t link, info;
	uint64_t align, entsize;
};

/* Fill s from the header at `at`. */
static int
read_section(struct gort__obj *o, uint64_t at, struct gort__objsec *s,
    struct objbudget *b, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);

	if (elf_is_usual(o)) {
		const struct shdr64 *h = (const void *)(o->rd.data + at);

		s->type = h->type;
		s->flags = h->flags;
		s->addr = h->addr;
		s->offset = h->offset;
		s->size = h->size;
		s->link = h->link;
		s->info = h->info;
		s->align = h->align;
		s->entsize = h->entsize;
	} else {
		s->type = rd_u32(&o->rd, at + 4);
		s->flags = elf_get(o, at, l->sh_flags);
		s->addr = elf_get(o, at, l->sh_addr);
		s->offset = elf_get(o, at, l->sh_offset);
		s->size = elf_get(o, at, l->sh_size);
		s->link = (uint32_t)elf_get(o, at, l->sh_link);
		s->info = (uint32_t)elf_get(o, at, l->sh_info);
		s->align = elf_get(o, at, l->sh_addralign);
		s->entsize = elf_get(o, at, l->sh_entsize);
	}
	s->what = what_of(s->type, s->flags);
	if (s->type == SHT_NULL)
		s->what = 0; /* its other fields mean nothing */
	if (s->type == SHT_NULL || s->type == SHT_NOBITS)
		return 0;
	if (!rd_has(&o->rd, s->offset, s->size))
		return gort__rd_bad(
		    &o->rd, at, e, "a section lies past the end: truncated");
	s->filesz = s->size;
	return gort__obj_spend(b, &o->rd, at, s->filesz, e);
}

/* Relocation sections: where their records are and what they change. */
static int
read_reloc_section(struct gort__obj *o, uint64_t at, struct gort__objsec *s,
    struct gort_err *e)
{
	uint64_t word = gort__elf_layout(o)->word, record = 1, n;

	if (s->type == SHT_RELA)
		record = 3 * word;
	else if (s->type == SHT_REL)
		record = 2 * word;
	else if (s->type == SHT_RELR)
		record = word;
	else if (s->type != SHT_CREL)
		return 0;
	if (s->info >= o->nsecs)
		return gort__rd_bad(&o->rd, at, e,
		    "relocations for section %u of %u", s->info, o->nsecs);
	n = s->filesz / record;
	if (s->type == SHT_CREL)
		n = gort__elf_crel_count(o, s->offset, s->filesz);
	if (n > UINT32_MAX)
		return gort__rd_bad(&o->rd, at, e, "too many relocations");
	s->applies_to = s->info;
	s->reloff = s->offset;
	s->nrelocs = (uint32_t)n;
	return 0;
}

/* The members of a group (gABI, "Section Groups") learn of it. */
static int
read_group(struct gort__obj *o, uint32_t index, uint64_t at, struct gort_err *e)
{
	struct gort__objsec *s = &o->secs[index];
	uint64_t i;

	if (s->type != SHT_GROUP || s->filesz < 4)
		return 0;
	o->ngroups++;
	if (rd_u32(&o->rd, s->offset) & GRP_COMDAT)
		s->what |= OBJ_SEC_COMDAT;
	for (i = 4; i + 4 <= s->filesz; i += 4) {
		uint32_t m = rd_u32(&o->rd, s->offset + i);

		if (m == 0 || m >= o->nsecs || o->secs[m].type == SHT_GROUP)
			return gort__rd_bad(&o->rd, s->offset + i, e,
			    "a group has section %u of %u", m, o->nsecs);
		if (o->secs[m].group && o->secs[m].group != index)
			return gort__rd_bad(
			    &o->rd, at, e, "section %u is in two groups", m);
		o->secs[m].group = index;
	}
	return 0;
}

static __attribute__((cold)) int
add_notes(struct gort__obj *o, uint64_t off, uint64_t size, uint64_t align,
    struct gort_err *e)
{
	struct gort__objnotes *n;

	n = gort__obj_room(o->notes, o->nnotes, sizeof(*n));
	if (!n)
		return gort__rd_no_memory(&o->rd, e, "list of notes");
	o->notes = n;
	n += o->nnotes++;
	n->offset = off;
	n->size = size;
	n->align = align == 8 ? 8 : 4;
	return 0;
}

/* The names, from the table that e_shstrndx says. */
static int
name_sections(
    struct gort__obj *o, uint64_t shoff, uint64_t shstrndx, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);
	struct rd_strings names = {NULL, 0};
	uint32_t i;

	if (shstrndx == SHN_XINDEX)
		shstrndx = elf_get(o, shoff, l->sh_link);
	if (shstrndx >= o->nsecs)
		return gort__rd_bad(&o->rd, l->e_shstrndx.off, e,
		    "section names in section %llu of %u",
		    (unsigned long long)shstrndx, o->nsecs);
	if (shstrndx != SHN_UNDEF)
		names = rd_strings(
		    &o->rd, o->secs[shstrndx].offset, o->secs[shstrndx].filesz);
	for (i = 1; i < o->nsecs; i++) {
		uint64_t at = shoff + i * (uint64_t)l->shsize;
		uint32_t name = rd_u32(&o->rd, at);

		o->secs[i].name = rd_strings_at(&names, name);
		if (!o->secs[i].name && name)
			return gort__rd_bad(
			    &o->rd, at, e, "a section's name is out of range");
		if (!o->secs[i].name)
			o->secs[i].name = "";
	}
	return 0;
}

/* n sections at shoff, which is checked. */
static int
read_sections(
    struct gort__obj *o, uint64_t shoff, uint64_t n, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);
	struct objbudget b = {2 * o->rd.size};
	uint32_t i;
	int rc = 0;

	o->secs = gort__obj_table(o, (size_t)n, sizeof(*o->secs));
	if (!o->secs)
		return gort__rd_no_memory(&o->rd, e, "list of sections");
	o->nsecs = (uint32_t)n;
	o->secs[0].name = "";
	for (i = 1; i < n && rc == 0; i++)
		rc = read_section(
		    o, shoff + i * (uint64_t)l->shsize, &o->secs[i], &b, e);
	for (i = 1; i < n && rc == 0; i++) {
		struct gort__objsec *s = &o->secs[i];
		uint64_t at = shoff + i * (uint64_t)l->shsize;

		rc = read_reloc_section(o, at, s, e);
		if (rc == 0)
			rc = read_group(o, i, at, e);
		if (rc == 0 && s->type == SHT_NOTE)
			rc = add_notes(o, s->offset, s->filesz, s->align, e);
	}
	if (rc == 0)
		rc = name_sections(o, shoff, elf_get(o, 0, l->e_shstrndx), e);
	return rc;
}

/* Section 0 holds the numbers that do not fit the ELF header. */
static int
parse_sections(struct gort__obj *o, uint64_t *phnum, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);
	uint64_t off = elf_get(o, 0, l->e_shoff);
	uint64_t n = elf_get(o, 0, l->e_shnum);

	if (off == 0)
		return 0;
	if (elf_get(o, 0, l->e_shentsize) != l->shsize)
		return gort__rd_bad(&o->rd, l->e_shentsize.off, e,
		    "section headers of %u bytes, not %u",
		    (unsigned)elf_get(o, 0, l->e_shentsize), l->shsize);
	if (rd_has(&o->rd, off, l->shsize)) {
		if (n == 0)
			n = elf_get(o, off, l->sh_size);
		if (*phnum == PN_XNUM)
			*phnum = elf_get(o, off, l->sh_info);
	}
	if (n == 0 && rd_has(&o->rd, off, l->shsize))
		return 0;
	if (n == 0 || n > UINT32_MAX / 2 ||
	    !rd_has_table(&o->rd, off, n, l->shsize))
		return gort__rd_bad(&o->rd, l->e_shoff.off, e,
		    "the section headers lie past the end: truncated");
	return read_sections(o, off, n, e);
}

static __attribute__((cold)) int
read_segment(struct gort__obj *o, uint64_t at, struct gort__objseg *s,
    struct objbudget *notes, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);
	int rc;

	s->type = rd_u32(&o->rd, at);
	s->flags = (uint32_t)elf_get(o, at, l->p_flags);
	s->offset = elf_get(o, at, l->p_offset);
	s->addr = elf_get(o, at, l->p_vaddr);
	s->filesz = elf_get(o, at, l->p_filesz);
	s->memsz = elf_get(o, at, l->p_memsz);
	s->align = elf_get(o, at, l->p_align);
	if (s->type == PT_NULL)
		return 0;
	if (!rd_has(&o->rd, s->offset, s->filesz))
		return gort__rd_bad(
		    &o->rd, at, e, "a segment lies past the end: truncated");
	if (s->type == PT_LOAD && s->filesz > s->memsz)
		return gort__rd_bad(&o->rd, at, e,
		    "a segment is larger in the file than in memory");
	if (s->type == PT_INTERP && !o->interp && s->filesz <= 4096)
		o->interp = rd_string(&o->rd, s->offset, s->offset + s->filesz);
	/* with sections, those say it more finely */
	if (s->type != PT_NOTE || o->nsecs)
		return 0;
	rc = gort__obj_spend(notes, &o->rd, at, s->filesz, e);
	return rc ? rc : add_notes(o, s->offset, s->filesz, s->align, e);
}

/* Every segment must lie in the file, whatever it is for. */
static __attribute__((cold)) int
parse_segments(struct gort__obj *o, uint64_t n, struct gort_err *e)
{
	const struct layout *l = gort__elf_layout(o);
	struct objbudget notes = {2 * o->rd.size};
	uint64_t off = elf_get(o, 0, l->e_phoff);
	int rc = 0;

	if (n == 0)
		return 0;
	if (elf_get(o, 0, l->e_phentsize) != l->phsize)
		return gort__rd_bad(&o->rd, l->e_phentsize.off, e,
		    "program headers of %u bytes, not %u",
		    (unsigned)elf_get(o, 0, l->e_phentsize), l->phsize);
	if (n > UINT32_MAX || !rd_has_table(&o->rd, off, n, l->phsize))
		return gort__rd_bad(&o->rd, l->e_phoff.off, e,
		    "the program headers lie past the end: truncated");
	o->segs = calloc((size_t)n, sizeof(*o->segs));
	if (!o->segs)
		return gort__rd_no_memory(&o->rd, e, "list of segments");
	for (; o->nsegs < n && rc == 0; o->nsegs++)
		rc = read_segment(o, off + o->nsegs * (uint64_t)l->phsize,
		    &o->segs[o->nsegs], &notes, e);
	return rc;
}

bool
gort__elf_offset(
    const struct gort__obj *o, uint64_t addr, uint64_t *off, uint64_t *left)
{
	uint32_t i;

	for (i = 0; i < o->nsegs; i++) {
		const struct gort__objseg *s = &o->segs[i];

		if (s->type != PT_LOAD || addr < s->addr ||
		    addr - s->addr >= s->filesz)
			continue;
		*off = s->offset + (addr - s->addr);
		*left = s->filesz - (addr - s->addr);
		return true;
	}
	return false;
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	uint64_t phnum;
	int rc;

	rc = parse_ident(o, e);
	if (rc)
		return rc;
	phnum = elf_get(o, 0, gort__elf_layout(o)->e_phnum);
	rc = parse_sections(o, &phnum, e);
	if (rc == 0)
		rc = parse_segments(o, phnum, e);
	if (rc == 0)
		rc = gort__elf_parse_dynamic(o, e);
	return rc;
}

const struct objfmt gort__objelf = {
    .probe = probe,
    .parse = parse,
    .symbols = gort__elf_symbols,
    .inits = gort__elf_inits,
    .relocs = gort__elf_relocs,
};
