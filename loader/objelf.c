/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ELF reader (System V gABI, chapters 4 and 5): both classes, both byte
 * orders. Reads the file and section headers, program headers, notes and the
 * dynamic section; sections may be stripped. Everything is checked against
 * the file's size before it is used, and nothing is allocated that the file
 * does not hold as bytes. Leaf.
 */
#include "obj.h"

#include <elf.h>
#include <stdlib.h>

/* Where the fields of one class lie: offset and width. */
struct field {
	uint8_t off;
	uint8_t n;
};
struct layout {
	uint8_t ehsize, phsize, shsize, symsize, dynsize;
	struct field e_phoff, e_shoff, e_phnum, e_phentsize, e_shnum,
	    e_shentsize;
	struct field p_offset, p_vaddr, p_filesz, p_memsz, p_align;
	struct field sh_offset, sh_size, sh_addralign, sh_info;
	struct field st_name, st_info, st_shndx;
	uint8_t word; /* d_tag and d_val */
};

static const struct layout layout32 = {
    .ehsize = 52,
    .phsize = 32,
    .shsize = 40,
    .symsize = 16,
    .dynsize = 8,
    .e_phoff = {28, 4},
    .e_shoff = {32, 4},
    .e_phnum = {44, 2},
    .e_phentsize = {42, 2},
    .e_shnum = {48, 2},
    .e_shentsize = {46, 2},
    .p_offset = {4, 4},
    .p_vaddr = {8, 4},
    .p_filesz = {16, 4},
    .p_memsz = {20, 4},
    .p_align = {28, 4},
    .sh_offset = {16, 4},
    .sh_size = {20, 4},
    .sh_addralign = {32, 4},
    .sh_info = {28, 4},
    .st_name = {0, 4},
    .st_info = {12, 1},
    .st_shndx = {14, 2},
    .word = 4,
};

static const struct layout layout64 = {
    .ehsize = 64,
    .phsize = 56,
    .shsize = 64,
    .symsize = 24,
    .dynsize = 16,
    .e_phoff = {32, 8},
    .e_shoff = {40, 8},
    .e_phnum = {56, 2},
    .e_phentsize = {54, 2},
    .e_shnum = {60, 2},
    .e_shentsize = {58, 2},
    .p_offset = {8, 8},
    .p_vaddr = {16, 8},
    .p_filesz = {32, 8},
    .p_memsz = {40, 8},
    .p_align = {48, 8},
    .sh_offset = {24, 8},
    .sh_size = {32, 8},
    .sh_addralign = {48, 8},
    .sh_info = {44, 4},
    .st_name = {0, 4},
    .st_info = {4, 1},
    .st_shndx = {6, 2},
    .word = 8,
};

/* The reader's own view while it works. */
struct elf {
	struct gort__obj *o;
	const struct layout *l;
	struct gort_err *e;
	uint64_t phoff, phnum; /* checked: the table is inside */
	uint64_t shoff, shnum; /* likewise; 0, 0: no sections */
	uint64_t dynoff, dynsize;
};

static uint64_t
get(const struct elf *f, uint64_t base, struct field fl)
{
	return rd_uint(&f->o->rd, base + fl.off, fl.n);
}

static int
bad(const struct elf *f, uint64_t offset, const char *what)
{
	return gort__err(f->e, GORT_EFORMAT, f->o->rd.file, offset, "%s", what);
}

static bool
probe(const struct rd *r)
{
	return rd_has(r, 0, SELFMAG) && memcmp(r->data, ELFMAG, SELFMAG) == 0;
}

/* e_ident and the fields up to e_machine. */
static int
parse_ident(struct elf *f)
{
	struct gort__obj *o = f->o;
	const uint8_t *id = o->rd.data;

	if (!rd_has(&o->rd, 0, EI_NIDENT))
		return bad(f, o->rd.size, "truncated in the ELF header");
	if (id[EI_CLASS] != ELFCLASS32 && id[EI_CLASS] != ELFCLASS64)
		return bad(f, EI_CLASS, "unknown ELF class");
	if (id[EI_DATA] != ELFDATA2LSB && id[EI_DATA] != ELFDATA2MSB)
		return bad(f, EI_DATA, "unknown ELF byte order");
	if (id[EI_VERSION] != EV_CURRENT)
		return bad(f, EI_VERSION, "unknown ELF version");
	o->bits = id[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	o->format = o->bits == 64 ? "ELF64" : "ELF32";
	o->rd.big = id[EI_DATA] == ELFDATA2MSB;
	f->l = o->bits == 64 ? &layout64 : &layout32;
	if (!rd_has(&o->rd, 0, f->l->ehsize))
		return bad(f, o->rd.size, "truncated in the ELF header");
	switch (rd_uint(&o->rd, 16, 2)) {
	case ET_REL:
		o->kind = OBJ_RELOCATABLE;
		break;
	case ET_EXEC:
		o->kind = OBJ_EXECUTABLE;
		break;
	case ET_DYN:
		o->kind = OBJ_SHARED;
		break;
	default:
		o->kind = OBJ_OTHER;
		break;
	}
	o->machine = (uint16_t)rd_uint(&o->rd, 18, 2);
	return 0;
}

/* The places of both header tables; shnum 0 means see section 0. */
static int
parse_tables(struct elf *f)
{
	const struct layout *l = f->l;
	const struct rd *r = &f->o->rd;

	f->phoff = get(f, 0, l->e_phoff);
	f->phnum = get(f, 0, l->e_phnum);
	f->shoff = get(f, 0, l->e_shoff);
	f->shnum = get(f, 0, l->e_shnum);
	if (f->shoff) {
		if (get(f, 0, l->e_shentsize) != l->shsize)
			return bad(f, l->e_shentsize.off,
			    "section headers of an unexpected size");
		if (!rd_has(r, f->shoff, l->shsize))
			return bad(f, l->e_shoff.off,
			    "the section headers lie past the end: truncated");
		if (f->shnum == 0)
			f->shnum = get(f, f->shoff, l->sh_size);
		if (f->phnum == PN_XNUM)
			f->phnum = get(f, f->shoff, l->sh_info);
		if (f->shnum > r->size / l->shsize ||
		    !rd_has(r, f->shoff, f->shnum * l->shsize))
			return bad(f, l->e_shoff.off,
			    "the section headers lie past the end: truncated");
	} else {
		f->shnum = 0;
	}
	if (f->phnum == 0)
		return 0;
	if (get(f, 0, l->e_phentsize) != l->phsize)
		return bad(f, l->e_phentsize.off,
		    "program headers of an unexpected size");
	if (f->phnum > r->size / l->phsize ||
	    !rd_has(r, f->phoff, f->phnum * l->phsize))
		return bad(f, l->e_phoff.off,
		    "the program headers lie past the end: truncated");
	return 0;
}

static int
add_notes(struct elf *f, uint64_t off, uint64_t size, uint64_t align)
{
	struct gort__obj *o = f->o;
	struct gort__objnotes *n;

	n = realloc(o->notes, (o->nnotes + 1) * sizeof(*n));
	if (!n)
		return gort__err(f->e, GORT_ENOMEM, o->rd.file, off,
		    "no memory for the list of notes");
	o->notes = n;
	n += o->nnotes++;
	n->offset = off;
	n->size = size;
	n->align = align == 8 ? 8 : 4;
	return 0;
}

/* Every segment must lie in the file, whatever it is for. */
static int
parse_segments(struct elf *f)
{
	const struct layout *l = f->l;
	uint64_t i;
	int rc = 0;

	for (i = 0; i < f->phnum && rc == 0; i++) {
		uint64_t at = f->phoff + i * l->phsize;
		uint64_t type = rd_uint(&f->o->rd, at, 4);
		uint64_t off = get(f, at, l->p_offset);
		uint64_t size = get(f, at, l->p_filesz);

		if (type == PT_NULL)
			continue;
		if (!rd_has(&f->o->rd, off, size))
			return bad(
			    f, at, "a segment lies past the end: truncated");
		if (type == PT_LOAD && size > get(f, at, l->p_memsz))
			return bad(f, at,
			    "a segment is larger in the file "
			    "than in memory");
		if (type == PT_DYNAMIC) {
			f->dynoff = off;
			f->dynsize = size;
		}
		/* with sections, those say it more finely */
		if (type == PT_NOTE && f->shnum == 0)
			rc = add_notes(f, off, size, get(f, at, l->p_align));
	}
	return rc;
}

static int
parse_sections(struct elf *f)
{
	const struct layout *l = f->l;
	uint64_t i;
	int rc = 0;

	for (i = 1; i < f->shnum && rc == 0; i++) {
		uint64_t at = f->shoff + i * l->shsize;
		uint64_t type = rd_uint(&f->o->rd, at + 4, 4);
		uint64_t off = get(f, at, l->sh_offset);
		uint64_t size = get(f, at, l->sh_size);

		if (type == SHT_NULL || type == SHT_NOBITS)
			continue;
		if (!rd_has(&f->o->rd, off, size))
			return bad(
			    f, at, "a section lies past the end: truncated");
		if (type == SHT_NOTE)
			rc = add_notes(
			    f, off, size, get(f, at, l->sh_addralign));
	}
	return rc;
}

/* The file offset of an address, and how many bytes follow; false: none. */
static bool
to_offset(const struct elf *f, uint64_t vaddr, uint64_t *off, uint64_t *left)
{
	const struct layout *l = f->l;
	uint64_t i;

	for (i = 0; i < f->phnum; i++) {
		uint64_t at = f->phoff + i * l->phsize;
		uint64_t start = get(f, at, l->p_vaddr);
		uint64_t size = get(f, at, l->p_filesz);

		if (rd_uint(&f->o->rd, at, 4) != PT_LOAD || vaddr < start ||
		    vaddr - start >= size)
			continue;
		*off = get(f, at, l->p_offset) + (vaddr - start);
		*left = size - (vaddr - start);
		return true;
	}
	return false;
}

/* What the dynamic section says: gABI, "Dynamic Section". */
struct dynamic {
	uint64_t strtab, strsz, symtab, runpath, rpath, soname;
	uint64_t nneeded;
	bool has_runpath, has_rpath, has_soname;
};

static void
read_dynamic(const struct elf *f, struct dynamic *d)
{
	const struct rd *r = &f->o->rd;
	uint64_t off, tag, val, word = f->l->word;

	memset(d, 0, sizeof(*d));
	for (off = f->dynoff; off + f->l->dynsize <= f->dynoff + f->dynsize;
	     off += f->l->dynsize) {
		tag = rd_uint(r, off, (unsigned)word);
		val = rd_uint(r, off + word, (unsigned)word);
		switch (tag) {
		case DT_NULL:
			return;
		case DT_STRTAB:
			d->strtab = val;
			break;
		case DT_STRSZ:
			d->strsz = val;
			break;
		case DT_SYMTAB:
			d->symtab = val;
			break;
		case DT_NEEDED:
			d->nneeded++;
			break;
		case DT_RUNPATH:
			d->runpath = val;
			d->has_runpath = true;
			break;
		case DT_RPATH:
			d->rpath = val;
			d->has_rpath = true;
			break;
		case DT_SONAME:
			d->soname = val;
			d->has_soname = true;
			break;
		default:
			break;
		}
	}
}

/* A string of the table at [off, end); NULL with *e filled. */
static const char *
dyn_string(struct elf *f, uint64_t off, uint64_t end, uint64_t index)
{
	const char *s = NULL;

	if (index < end - off)
		s = rd_string(&f->o->rd, off + index, end);
	if (!s)
		bad(f, off, "a string of the dynamic section is out of range");
	return s;
}

static int
parse_needed(struct elf *f, const struct dynamic *d, uint64_t str, uint64_t end)
{
	struct gort__obj *o = f->o;
	uint64_t off, word = f->l->word;

	if (d->nneeded) {
		o->needed = calloc((size_t)d->nneeded, sizeof(*o->needed));
		if (!o->needed)
			return gort__err(f->e, GORT_ENOMEM, o->rd.file,
			    f->dynoff, "no memory for the needed libraries");
	}
	for (off = f->dynoff; o->nneeded < d->nneeded; off += f->l->dynsize) {
		const char *s;

		if (rd_uint(&o->rd, off, (unsigned)word) != DT_NEEDED)
			continue;
		s = dyn_string(
		    f, str, end, rd_uint(&o->rd, off + word, (unsigned)word));
		if (!s)
			return -f->e->code;
		o->needed[o->nneeded++] = s;
	}
	if ((d->has_runpath || d->has_rpath) &&
	    !(o->runpath = dyn_string(
		  f, str, end, d->has_runpath ? d->runpath : d->rpath)))
		return -f->e->code;
	if (d->has_soname && !(o->soname = dyn_string(f, str, end, d->soname)))
		return -f->e->code;
	return 0;
}

/*
 * The dynamic symbol table has no length of its own; linkers place the
 * string table behind it, and a symbol's name must be in that.
 */
static int
parse_symbols(
    struct elf *f, const struct dynamic *d, uint64_t str, uint64_t end)
{
	struct gort__obj *o = f->o;
	const struct layout *l = f->l;
	uint64_t off, left, n, i;

	if (!d->symtab || !to_offset(f, d->symtab, &off, &left))
		return 0;
	n = left / l->symsize;
	if (str > off && (str - off) / l->symsize < n)
		n = (str - off) / l->symsize;
	if (n > UINT32_MAX)
		return bad(f, off, "too many dynamic symbols");
	o->syms = calloc((size_t)n + 1, sizeof(*o->syms));
	if (!o->syms)
		return gort__err(f->e, GORT_ENOMEM, o->rd.file, off,
		    "no memory for the dynamic symbols");
	for (i = 1; i < n; i++) {
		uint64_t at = off + i * l->symsize;
		uint64_t name = get(f, at, l->st_name);
		struct gort__objsym *s = &o->syms[o->nsyms];

		s->name = name < end - str ? rd_string(&o->rd, str + name, end)
					   : NULL;
		if (!s->name)
			return bad(
			    f, at, "a dynamic symbol's name is out of range");
		s->defined = get(f, at, l->st_shndx) != SHN_UNDEF;
		s->func = (get(f, at, l->st_info) & 0xf) == STT_FUNC;
		o->nsyms++;
	}
	return 0;
}

static int
parse_dynamic(struct elf *f)
{
	struct dynamic d;
	uint64_t str, left;
	int rc;

	if (!f->dynsize)
		return 0;
	read_dynamic(f, &d);
	if (!d.strtab)
		return 0;
	if (!to_offset(f, d.strtab, &str, &left) || d.strsz > left)
		return bad(
		    f, f->dynoff, "the dynamic string table is out of range");
	rc = parse_needed(f, &d, str, str + d.strsz);
	if (rc == 0)
		rc = parse_symbols(f, &d, str, str + d.strsz);
	return rc;
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	struct elf f = {.o = o, .e = e};
	int rc;

	rc = parse_ident(&f);
	if (rc == 0)
		rc = parse_tables(&f);
	if (rc == 0)
		rc = parse_segments(&f);
	if (rc == 0)
		rc = parse_sections(&f);
	if (rc == 0)
		rc = parse_dynamic(&f);
	return rc;
}

const struct objfmt gort__objelf = {.probe = probe, .parse = parse};
