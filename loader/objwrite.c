/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is told of an object that is to be written. Leaf.
 */
#include "objwrite.h"
#include "elfdef.h"
#include "objcoff.h"

/*
 * Relocation types: System V psABIs (R_X86_64_64 and _PC32, R_386_32 and
 * _PC32, R_AARCH64_ABS64 and _PREL32), "PE Format" (IMAGE_REL_AMD64_ADDR64
 * and _REL32, IMAGE_REL_I386_DIR32 and _REL32; a REL32 counts from the end of
 * its field).
 */
const struct objmachine gort__objmachines[] = {
    {
	.name = "elf-amd64",
	.arch = ARCH_AMD64,
	.rela = true,
	.word = 8,
	.machine = EM_X86_64,
	.rel_word = 1,
	.rel_pc32 = 2,
	.prefix = "",
    },
    {
	.name = "elf-386",
	.arch = ARCH_386,
	.word = 4,
	.machine = EM_386,
	.rel_word = 1,
	.rel_pc32 = 2,
	.prefix = "",
    },
    {
	.name = "elf-arm64",
	.arch = ARCH_ARM64,
	.rela = true,
	.word = 8,
	.machine = EM_AARCH64,
	.rel_word = 257,
	.rel_pc32 = 261,
	.prefix = "",
    },
    {
	.name = "coff-amd64",
	.arch = ARCH_AMD64,
	.coff = true,
	.word = 8,
	.machine = MACHINE_AMD64,
	.flags = 0x0004, /* IMAGE_FILE_LINE_NUMS_STRIPPED */
	.rel_word = REL_AMD64_ADDR64,
	.rel_pc32 = 4,
	.pc32_from = 4,
	.prefix = "",
    },
    {
	.name = "coff-386",
	.arch = ARCH_386,
	.coff = true,
	.word = 4,
	.machine = MACHINE_I386,
	.flags = 0x0104, /* and IMAGE_FILE_32BIT_MACHINE */
	.rel_word = REL_I386_DIR32,
	.rel_pc32 = 20,
	.pc32_from = 4,
	.prefix = "_",
    },
    {.name = NULL},
};

const struct objmachine *
gort__objmachine_named(const char *name)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

const struct objmachine *
gort__objmachine_of(const struct gort__obj *o)
{
	const struct objmachine *m;

	for (m = gort__objmachines; m->name; m++)
		if (o->fmt == (m->coff ? &gort__objcoff : &gort__objelf) &&
		    o->arch == m->arch && o->bits == 8 * m->word && !o->rd.big)
			return m;
	return NULL;
}

void
gort__objwrite_begin(struct objwrite *w, const struct objmachine *m)
{
	memset(w, 0, sizeof(*w));
	w->mach = m;
	w->nsecs = 1;
	wr_uint(&w->names, 0, 1);
}

void
gort__objwrite_free(struct objwrite *w)
{
	uint32_t i;

	for (i = 0; i < w->nsecs; i++) {
		wr_free(&w->secs[i].bytes);
		wr_free(&w->secs[i].rels);
	}
	wr_free(&w->syms);
	wr_free(&w->names);
	free(w->table);
	w->table = NULL;
	w->nsecs = 0;
}

static uint32_t
add_symbol(struct objwrite *w, const char *prefix, const char *name,
    const struct objwrite_sym *sym)
{
	struct objwrite_sym s = *sym;

	s.name = w->names.n;
	wr_text(&w->names, prefix);
	wr_string(&w->names, name);
	wr_bytes(&w->syms, &s, sizeof(s));
	w->failed |= w->names.failed || w->syms.failed;
	return w->failed ? 0 : (uint32_t)(w->syms.n / sizeof(s) - 1);
}

/* FNV-1a; begun with FNV_BASIS, gone on with for a second string. */
#define FNV_BASIS 2166136261u
static uint32_t
hash(uint32_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h;
}

static struct objwrite_sym *
symbol_at(struct objwrite *w, uint32_t i)
{
	return (struct objwrite_sym *)(void *)w->syms.data + i;
}

/* The name, with the prefix. */
static const char *
undefined_name(struct objwrite *w, uint32_t i)
{
	return (const char *)w->names.data + symbol_at(w, i)->name;
}

uint32_t
gort__objwrite_hash(const char *name)
{
	return hash(FNV_BASIS, name);
}

/* Where the name is in the table, or would be. */
static uint32_t *
table_slot(struct objwrite *w, const char *prefix, const char *name)
{
	size_t n = strlen(prefix);
	uint32_t at = hash(hash(FNV_BASIS, prefix), name), i;

	for (;; at++) {
		const char *have;

		i = at & (w->nslots - 1);
		if (!w->table[i])
			return &w->table[i];
		have = undefined_name(w, w->table[i] - 1);
		if (strncmp(have, prefix, n) == 0 &&
		    strcmp(have + n, name) == 0)
			return &w->table[i];
	}
}

/* At most half full. */
static bool
table_room(struct objwrite *w)
{
	uint32_t *old = w->table, n = w->nslots, i;

	if (w->nused < n / 2)
		return true;
	w->nslots = n ? 2 * n : 64;
	w->table = calloc(w->nslots, sizeof(*w->table));
	if (!w->table) {
		w->table = old;
		w->nslots = n;
		return false;
	}
	for (i = 0; i < n; i++)
		if (old[i])
			*table_slot(w, "", undefined_name(w, old[i] - 1)) =
			    old[i];
	free(old);
	return true;
}

static const char *
prefix_of(const struct objwrite *w, const char *name)
{
	bool bare = name[0] == '@' || name[0] == '?' || name[0] == '.';

	return bare ? "" : w->mach->prefix;
}

uint32_t
gort__objwrite_symbol(
    struct objwrite *w, const char *name, const struct objwrite_sym *sym)
{
	return add_symbol(w, prefix_of(w, name), name, sym);
}

uint32_t
gort__objwrite_undefined(struct objwrite *w, const char *name,
    enum gort__objbind bind, unsigned visibility)
{
	struct objwrite_sym sym = {.bind = (uint8_t)bind,
	    .type = w->mach->coff ? OBJ_FUNC : OBJ_NOTYPE,
	    .visibility = (uint8_t)visibility};
	const char *prefix = prefix_of(w, name);
	uint32_t *slot, i;

	w->failed |= !table_room(w);
	if (w->failed)
		return 0;
	slot = table_slot(w, prefix, name);
	if (!*slot) {
		i = add_symbol(w, prefix, name, &sym);
		if (w->failed)
			return 0;
		*slot = i + 1;
		w->nused++;
	}
	i = *slot - 1;
	if (symbol_at(w, i)->visibility == STV_HIDDEN &&
	    visibility == STV_PROTECTED)
		symbol_at(w, i)->visibility = STV_PROTECTED;
	return i;
}

uint32_t
gort__objwrite_section(struct objwrite *w, const char *name,
    enum objwrite_kind kind, uint32_t what, uint32_t align)
{
	struct objwrite_sym sym = {.type = OBJ_SECTION, .section = w->nsecs};
	struct objwrite_sec *s = &w->secs[w->nsecs];

	gort__copy(s->name, sizeof(s->name), name);
	s->kind = kind;
	s->what = what;
	s->align = align;
	s->sym = add_symbol(w, "", name, &sym);
	return w->nsecs++;
}

struct wr *
gort__objwrite_bytes(struct objwrite *w, uint32_t section)
{
	return &w->secs[section].bytes;
}

uint64_t
gort__objwrite_size(const struct objwrite *w, uint32_t section)
{
	return w->secs[section].bytes.n;
}

uint32_t
gort__objwrite_secsym(const struct objwrite *w, uint32_t section)
{
	return w->secs[section].sym;
}

/* at: the field, or NULL: there was no memory for it. */
static void
add_reloc(struct objwrite *w, struct objwrite_sec *s, uint8_t *at,
    unsigned width, uint32_t type, uint32_t sym, int64_t addend)
{
	struct objwrite_rel *r;

	if (!at)
		return;
	if (!w->mach->rela)
		wr_put(at, (uint64_t)addend, width);
	r = (void *)wr_room(&s->rels, sizeof(*r));
	if (r)
		*r = (struct objwrite_rel){
		    .offset = (uint64_t)(at - s->bytes.data),
		    .addend = addend,
		    .type = type,
		    .sym = sym,
		};
}

void
gort__objwrite_reloc(struct objwrite *w, uint32_t section, uint64_t offset,
    unsigned width, uint32_t type, uint32_t sym, int64_t addend)
{
	struct objwrite_sec *s = &w->secs[section];

	add_reloc(w, s, s->bytes.failed ? NULL : s->bytes.data + offset, width,
	    type, sym, addend);
}

/* The same of a field that is appended. */
static void
append_reloc(struct objwrite *w, uint32_t section, unsigned width,
    uint32_t type, uint32_t sym, int64_t addend)
{
	struct objwrite_sec *s = &w->secs[section];
	uint8_t *at = wr_room(&s->bytes, width);

	if (at)
		wr_put(at, 0, width);
	add_reloc(w, s, at, width, type, sym, addend);
}

void
gort__objwrite_addr(
    struct objwrite *w, uint32_t section, uint32_t sym, int64_t addend)
{
	append_reloc(w, section, w->mach->word, w->mach->rel_word, sym, addend);
}

void
gort__objwrite_dist(
    struct objwrite *w, uint32_t section, uint32_t sym, int64_t addend)
{
	append_reloc(
	    w, section, 4, w->mach->rel_pc32, sym, addend + w->mach->pc32_from);
}

/* The largest record of a symbol or relocation: Elf64_Sym, Elf64_Rela. */
#define RECORD 24

size_t
gort__objwrite_room(const struct objwrite *w)
{
	size_t n = 8192 + w->names.n +
		   w->syms.n / sizeof(struct objwrite_sym) * RECORD;
	uint32_t i;

	for (i = 1; i < w->nsecs; i++)
		n += w->secs[i].bytes.n +
		     w->secs[i].rels.n / sizeof(struct objwrite_rel) * RECORD;
	return n;
}

int
gort__objwrite_finish(struct objwrite *w, struct wr *out, struct gort_err *e)
{
	uint32_t i;
	int rc;

	for (i = 1; i < w->nsecs; i++)
		w->failed |= w->secs[i].bytes.failed || w->secs[i].rels.failed;
	wr_reserve(out, gort__objwrite_room(w));
	rc = w->failed       ? -GORT_ENOMEM
	     : w->mach->coff ? gort__objwrite_coff(w, out, e)
			     : gort__objwrite_elf(w, out, e);
	if (rc == 0 && out->failed)
		rc = -GORT_ENOMEM;
	if (rc == -GORT_ENOMEM)
		gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for an object file");
	return rc;
}
