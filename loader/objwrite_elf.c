/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing ELF objects (System V gABI, chapter 4). The file is the header, the
 * sections' bytes, their relocations, .symtab, .strtab, .shstrtab, and the
 * section headers. Leaf.
 */
#include "objwrite.h"
#include "elfdef.h"

#define SHT_PROGBITS 1
#define SHT_FINI_ARRAY 15
#define SHF_INFO_LINK 0x40

/* Sizes of records by the width of an address. */
struct elfsizes {
	unsigned ehdr, shdr, sym, rel, rela;
};

struct shdr {
	uint64_t name, type, flags, offset, size, link, info, align, entsize;
};

struct elfwrite {
	struct objwrite *w;
	struct wr *out;
	const struct elfsizes *size;
	struct wr shstr; /* names of sections */
	struct shdr sh[2 * OBJWRITE_MAX_SECTIONS + 4];
	uint32_t nsh;
	uint32_t *index;  /* of each symbol in the file */
	uint32_t nlocals; /* with symbol 0 */
};

static const struct elfsizes sizes32 = {52, 40, 16, 8, 12};
static const struct elfsizes sizes64 = {64, 64, 24, 16, 24};

static void
word(struct elfwrite *f, uint64_t value)
{
	wr_uint(f->out, value, f->w->mach->word);
}

static struct shdr *
new_shdr(struct elfwrite *f, const char *prefix, const char *name,
    uint32_t type, uint32_t align)
{
	struct shdr *sh = &f->sh[f->nsh++];

	sh->name = f->shstr.n;
	wr_text(&f->shstr, prefix);
	wr_string(&f->shstr, name);
	sh->type = type;
	sh->align = align;
	wr_align(f->out, align, 0);
	sh->offset = f->out->n;
	return sh;
}

static void
write_section(struct elfwrite *f, const struct objwrite_sec *s)
{
	static const uint32_t types[] = {
	    [WRITE_PROGBITS] = SHT_PROGBITS,
	    [WRITE_NOTE] = SHT_NOTE,
	    [WRITE_INIT_ARRAY] = SHT_INIT_ARRAY,
	    [WRITE_FINI_ARRAY] = SHT_FINI_ARRAY,
	};
	struct shdr *sh = new_shdr(f, "", s->name, types[s->kind], s->align);

	sh->flags = (s->what & OBJ_SEC_ALLOC ? SHF_ALLOC : 0) |
		    (s->what & OBJ_SEC_WRITE ? SHF_WRITE : 0) |
		    (s->what & OBJ_SEC_EXEC ? SHF_EXECINSTR : 0);
	sh->size = s->bytes.n;
	if (s->kind == WRITE_INIT_ARRAY || s->kind == WRITE_FINI_ARRAY)
		sh->entsize = f->w->mach->word;
	wr_bytes(f->out, s->bytes.data, s->bytes.n);
}

/* Locals come first ("Symbol Table", sh_info). */
static bool
number_symbols(struct elfwrite *f)
{
	const struct objwrite_sym *syms = (const void *)f->w->syms.data;
	uint32_t i, n = (uint32_t)(f->w->syms.n / sizeof(*syms)), next = 1;

	f->index = malloc((n + 1) * sizeof(*f->index));
	if (!f->index)
		return false;
	for (i = 0; i < n; i++)
		if (syms[i].bind == OBJ_LOCAL)
			f->index[i] = next++;
	f->nlocals = next;
	for (i = 0; i < n; i++)
		if (syms[i].bind != OBJ_LOCAL)
			f->index[i] = next++;
	return true;
}

static void
write_reloc(struct elfwrite *f, uint8_t *at, const struct objwrite_rel *r)
{
	unsigned w = f->w->mach->word, shift = w == 8 ? 32 : 8;

	wr_put(at, r->offset, w);
	wr_put(at + w, (uint64_t)f->index[r->sym] << shift | r->type, w);
	if (f->w->mach->rela)
		wr_put(at + 2 * w, (uint64_t)r->addend, w);
}

static void
write_relocs(struct elfwrite *f, uint32_t section)
{
	const struct objwrite_sec *s = &f->w->secs[section];
	const struct objwrite_rel *r = (const void *)s->rels.data;
	size_t i, n = s->rels.n / sizeof(*r);
	bool rela = f->w->mach->rela;
	struct shdr *sh;
	uint8_t *at;

	if (n == 0)
		return;
	sh = new_shdr(f, rela ? ".rela" : ".rel", s->name,
	    rela ? SHT_RELA : SHT_REL, f->w->mach->word);
	sh->flags = SHF_INFO_LINK;
	sh->entsize = rela ? f->size->rela : f->size->rel;
	sh->size = n * sh->entsize;
	sh->info = section;
	at = wr_room(f->out, sh->size);
	for (i = 0; at && i < n; i++)
		write_reloc(f, at + i * sh->entsize, &r[i]);
}

static void
write_symbol(struct elfwrite *f, const struct objwrite_sym *s)
{
	static const uint8_t binds[] = {
	    [OBJ_LOCAL] = STB_LOCAL,
	    [OBJ_GLOBAL] = STB_GLOBAL,
	    [OBJ_WEAK] = STB_WEAK,
	};
	static const uint8_t types[] = {
	    [OBJ_NOTYPE] = STT_NOTYPE,
	    [OBJ_DATA] = STT_OBJECT,
	    [OBJ_FUNC] = STT_FUNC,
	    [OBJ_SECTION] = STT_SECTION,
	};
	/* a section symbol's name is the section's */
	uint64_t name = s->type == OBJ_SECTION ? 0 : s->name;
	uint64_t info = (uint64_t)binds[s->bind] << 4 | types[s->type];
	uint8_t *at = wr_room(f->out, f->size->sym);
	bool wide = f->w->mach->word == 8;

	if (!at)
		return;
	wr_put(at, name, 4);
	wr_put(at + (wide ? 4 : 12), info, 1);
	wr_put(at + (wide ? 5 : 13), s->visibility, 1);
	wr_put(at + (wide ? 6 : 14), s->section, 2);
	wr_put(at + (wide ? 8 : 4), s->value, wide ? 8 : 4);
	wr_put(at + (wide ? 16 : 8), s->size, wide ? 8 : 4);
}

static void
write_symtab(struct elfwrite *f)
{
	const struct objwrite_sym *syms = (const void *)f->w->syms.data;
	size_t i, n = f->w->syms.n / sizeof(*syms);
	struct shdr *sh =
	    new_shdr(f, "", ".symtab", SHT_SYMTAB, f->w->mach->word);

	sh->entsize = f->size->sym;
	sh->size = (n + 1) * sh->entsize;
	sh->link = f->nsh;
	sh->info = f->nlocals;
	wr_fill(f->out, 0, f->size->sym);
	for (i = 0; i < n; i++)
		if (syms[i].bind == OBJ_LOCAL)
			write_symbol(f, &syms[i]);
	for (i = 0; i < n; i++)
		if (syms[i].bind != OBJ_LOCAL)
			write_symbol(f, &syms[i]);
	sh = new_shdr(f, "", ".strtab", SHT_STRTAB, 1);
	sh->size = f->w->names.n;
	wr_bytes(f->out, f->w->names.data, f->w->names.n);
	sh = new_shdr(f, "", ".shstrtab", SHT_STRTAB, 1);
	sh->size = f->shstr.n;
	wr_bytes(f->out, f->shstr.data, f->shstr.n);
}

static void
write_shdrs(struct elfwrite *f)
{
	uint32_t i;

	for (i = 0; i < f->nsh; i++) {
		const struct shdr *sh = &f->sh[i];

		wr_uint(f->out, sh->name, 4);
		wr_uint(f->out, sh->type, 4);
		word(f, sh->flags);
		word(f, 0);
		word(f, sh->offset);
		word(f, sh->size);
		wr_uint(f->out, sh->link, 4);
		wr_uint(f->out, sh->info, 4);
		word(f, sh->align);
		word(f, sh->entsize);
	}
}

static void
write_ehdr(struct elfwrite *f, uint8_t *at, uint64_t shoff)
{
	const struct objmachine *m = f->w->mach;
	unsigned w = m->word;

	memcpy(at, ELFMAG, SELFMAG);
	at[EI_CLASS] = w == 8 ? ELFCLASS64 : ELFCLASS32;
	at[EI_DATA] = ELFDATA2LSB;
	at[EI_VERSION] = EV_CURRENT;
	wr_put(at + 16, ET_REL, 2);
	wr_put(at + 18, m->machine, 2);
	wr_put(at + 20, EV_CURRENT, 4);
	wr_put(at + 24 + 2 * w, shoff, w);
	wr_put(at + 28 + 3 * w, f->size->ehdr, 2);
	wr_put(at + 34 + 3 * w, f->size->shdr, 2);
	wr_put(at + 36 + 3 * w, f->nsh, 2);
	wr_put(at + 38 + 3 * w, f->nsh - 1, 2);
}

/* Relocations refer to .symtab, which comes after all of them. */
static void
link_relocs(struct elfwrite *f, uint32_t symtab)
{
	uint32_t i;

	for (i = 1; i < f->nsh; i++)
		if (f->sh[i].type == SHT_RELA || f->sh[i].type == SHT_REL)
			f->sh[i].link = symtab;
}

int
gort__objwrite_elf(struct objwrite *w, struct wr *out, struct gort_err *e)
{
	struct elfwrite f = {
	    .w = w,
	    .out = out,
	    .size = w->mach->word == 8 ? &sizes64 : &sizes32,
	    .nsh = 1,
	};
	uint32_t i, symtab;
	size_t shoff;

	wr_uint(&f.shstr, 0, 1);
	wr_fill(out, 0, f.size->ehdr);
	for (i = 1; i < w->nsecs; i++)
		write_section(&f, &w->secs[i]);
	if (!number_symbols(&f))
		out->failed = true;
	for (i = 1; i < w->nsecs && !out->failed; i++)
		write_relocs(&f, i);
	symtab = f.nsh;
	if (!out->failed)
		write_symtab(&f);
	link_relocs(&f, symtab);
	wr_align(out, w->mach->word, 0);
	shoff = out->n;
	write_shdrs(&f);
	out->failed |= f.shstr.failed;
	if (!out->failed)
		write_ehdr(&f, out->data, shoff);
	wr_free(&f.shstr);
	free(f.index);
	if (!out->failed && w->mach->word == 4 && out->n > INT32_MAX)
		return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
		    "the object would be larger than 2 GiB");
	return 0;
}
