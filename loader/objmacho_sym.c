/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mach-O symbols and relocations, and what runs when a file is loaded. Leaf.
 */
#include "../include/small.h"
#include "objmacho.h"

#include <stdlib.h>

/* ---- symbols ------------------------------------------------------------ */

static void
undefined_symbol(struct gort__objsym *s, unsigned desc)
{
	s->bind = desc & N_WEAK_REF ? OBJ_WEAK : OBJ_GLOBAL;
	if (!s->value)
		return;
	/* a common one: its size, and its alignment in n_desc */
	s->section = OBJ_SHN_COMMON;
	s->type = OBJ_COMMON;
	s->size = s->value;
}

/* at: its nlist, checked. */
static int
read_symbol(struct macho *m, const struct rd_strings *strings, uint64_t at,
    struct gort__objsym *s)
{
	const struct rd *r = &m->o->rd;
	uint32_t name = rd_u32(r, at);
	unsigned type = r->data[at + 4], sect = r->data[at + 5];

	s->name = name ? rd_strings_at(strings, name) : "";
	if (!s->name)
		return gort__rd_bad(
		    r, at, m->e, "a symbol's name is out of range");
	s->other = rd_u16(r, at + 6);
	s->value = rd_uint(r, at + 8, m->word);
	if (type & N_STAB) {
		s->section = OBJ_SHN_DEBUG;
		s->type = OBJ_TYPE_OTHER;
		return 0;
	}
	if (type & N_PEXT)
		s->visibility = 1;
	if (type & N_EXT)
		s->bind = s->other & N_WEAK_DEF ? OBJ_WEAK : OBJ_GLOBAL;
	switch (type & N_TYPE) {
	case N_UNDF:
		undefined_symbol(s, s->other);
		return 0;
	case N_ABS:
		s->section = OBJ_SHN_ABS;
		return 0;
	case N_SECT:
		if (sect == 0 || sect >= m->o->nsecs)
			return gort__rd_bad(r, at, m->e,
			    "a symbol is in section %u of %u", sect,
			    m->o->nsecs - 1);
		s->section = sect;
		if (m->o->secs[sect].what & OBJ_SEC_EXEC)
			s->type = OBJ_FUNC;
		return 0;
	default:
		s->section = OBJ_SHN_OTHER;
		return 0;
	}
}

int
gort__macho_symbols(struct gort__obj *o, struct gort_err *e)
{
	struct rd_strings strings;
	struct macho m;
	uint32_t i;
	int rc;

	rc = gort__macho_scan(&m, o, e);
	if (rc || !m.nsyms)
		return rc;
	strings = rd_strings(&o->rd, m.strings.off, m.strings.size);
	o->syms = gort__obj_table(o, (size_t)m.nsyms, sizeof(*o->syms));
	if (!o->syms)
		return gort__rd_no_memory(&o->rd, e, "symbols");
	for (i = 0; i < m.nsyms && rc == 0; i++) {
		rc = read_symbol(&m, &strings,
		    m.symoff + i * (8 + (uint64_t)m.word), &o->syms[i]);
		o->nsyms += rc == 0;
	}
	return rc;
}

/* ---- relocations -------------------------------------------------------- */

/* The bit fields stand in the machine's order. */
static void
read_reloc(const struct rd *r, uint64_t at, struct gort__objreloc *rel)
{
	uint32_t address = rd_u32(r, at), info = rd_u32(r, at + 4);
	unsigned length, pcrel;

	memset(rel, 0, sizeof(*rel));
	if (address & 0x80000000) { /* scattered: has a value, no symbol */
		rel->offset = address & 0xffffff;
		rel->type = address >> 24 & 15;
		length = address >> 28 & 3;
		pcrel = address >> 30 & 1;
		rel->addend = info;
		rel->has_addend = true;
	} else if (r->big) {
		rel->offset = address;
		rel->sym = info >> 8;
		pcrel = info >> 7 & 1;
		length = info >> 5 & 3;
		rel->has_sym = info >> 4 & 1;
		rel->type = info & 15;
	} else {
		rel->offset = address;
		rel->sym = info & 0xffffff;
		pcrel = info >> 24 & 1;
		length = info >> 25 & 3;
		rel->has_sym = info >> 27 & 1;
		rel->type = info >> 28;
	}
	rel->width = (uint8_t)(length | pcrel << 2);
}

/*
 * Without has_sym the number is that of a section; or, for the machines'
 * pairs, no reference at all.
 */
int
gort__macho_relocs(struct gort__obj *o, uint32_t section, gort__objreloc_fn *fn,
    void *arg, struct gort_err *e)
{
	const struct gort__objsec *s = &o->secs[section];
	struct gort__objreloc rel;
	uint64_t at = s->reloff;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < s->nrelocs && rc == 0; i++, at += 8) {
		read_reloc(&o->rd, at, &rel);
		if (rel.has_sym && rel.sym >= o->nsyms)
			return gort__rd_bad(&o->rd, at, e,
			    "a relocation has symbol %u of %u", rel.sym,
			    o->nsyms);
		rc = fn(&rel, arg);
	}
	return rc;
}

/* ---- constructors ------------------------------------------------------- */

/* A function symbol, to find it by its address. */
struct func {
	uint64_t addr;
	const char *name;
};

/* One of a list's words. */
struct slot {
	uint64_t value;
	const char *symbol;
};

/* The work on the lists of a file. */
struct work {
	struct macho m;
	struct func *funcs; /* sorted */
	uint32_t nfuncs;
	struct slot *slots;
	uint64_t n;
};

static int
by_addr(const void *a, const void *b)
{
	const struct func *x = a, *y = b;

	return (x->addr > y->addr) - (x->addr < y->addr);
}

static int
sort_funcs(struct work *w)
{
	const struct gort__obj *o = w->m.o;
	uint32_t i;

	w->funcs = calloc((size_t)o->nsyms + 1, sizeof(*w->funcs));
	if (!w->funcs)
		return gort__rd_no_memory(&o->rd, w->m.e, "functions");
	for (i = 0; i < o->nsyms; i++) {
		if (o->syms[i].type != OBJ_FUNC)
			continue;
		w->funcs[w->nfuncs].addr = o->syms[i].value;
		w->funcs[w->nfuncs++].name = o->syms[i].name;
	}
	if (w->nfuncs)
		qsort(w->funcs, w->nfuncs, sizeof(*w->funcs), by_addr);
	return 0;
}

static int
add_init(struct work *w, const struct gort__objsec *s, const struct slot *slot)
{
	struct func key = {slot->value, NULL}, *f = NULL;
	struct gort__obj *o = w->m.o;
	struct gort__objinit *in;

	in = gort__obj_room(o->inits, o->ninits, sizeof(*in));
	if (!in)
		return gort__rd_no_memory(&o->rd, w->m.e, "constructors");
	o->inits = in;
	in += o->ninits++;
	in->list = s->name;
	in->addr = slot->value;
	in->symbol = slot->symbol;
	if (!in->symbol && w->nfuncs)
		f = bsearch(
		    &key, w->funcs, w->nfuncs, sizeof(*w->funcs), by_addr);
	if (f)
		in->symbol = f->name;
	return 0;
}

static int
apply(const struct gort__objreloc *r, void *arg)
{
	struct work *w = arg;
	unsigned word = w->m.word;

	/* 0 is the plain address on all machines */
	if (r->type != 0 || r->offset % word || r->offset / word >= w->n ||
	    !r->has_sym)
		return 0;
	w->slots[r->offset / word].symbol = w->m.o->syms[r->sym].name;
	return 0;
}

/*
 * Where a pointer leads, of which the file has a link of a chain of fixups
 * (DYLD_CHAINED_PTR_...); by the format of its segment, 0 if it is in none.
 */
static uint64_t
chained_target(const struct macho *m, unsigned format, uint64_t value)
{
	const uint64_t low36 = (UINT64_C(1) << 36) - 1;
	bool auth = value >> 63;

	switch (format) {
	case 1:  /* ARM64E */
	case 7:  /* ARM64E_KERNEL */
	case 9:  /* ARM64E_USERLAND */
	case 12: /* ARM64E_USERLAND24 */
		if (auth)
			return m->o->base + (value & 0xffffffff);
		value &= (UINT64_C(1) << 43) - 1;
		return format == 1 ? value : m->o->base + value;
	case 2: /* 64 */
		return value & low36;
	case 6: /* 64_OFFSET */
		return m->o->base + (value & low36);
	case 3: /* 32 */
		return value & 0x3ffffff;
	default:
		return value;
	}
}

/* The pointer format of a section's segment; 0: none. */
static unsigned
chain_format(const struct macho *m, const struct gort__objsec *s)
{
	const struct rd *r = &m->o->rd;
	uint64_t c = m->chained.off, end = m->chained.size, starts, at;

	if (end < 28)
		return 0;
	starts = rd_u32(r, c + 4);
	if (starts > end || end - starts < 4 ||
	    s->link >= rd_u32(r, c + starts) ||
	    s->link >= (end - starts - 4) / 4)
		return 0;
	at = rd_u32(r, c + starts + 4 + 4 * (uint64_t)s->link);
	if (!at || at > end - starts || end - starts - at < 8)
		return 0;
	return rd_u16(r, c + starts + at + 6);
}

static int
read_list(struct work *w, uint32_t section)
{
	struct gort__obj *o = w->m.o;
	const struct gort__objsec *s = &o->secs[section];
	bool offsets = s->type == S_INIT_FUNC_OFFSETS;
	unsigned word = offsets ? 4 : w->m.word, format;
	uint64_t i;
	int rc = 0;

	w->n = s->filesz / word;
	w->slots = calloc((size_t)w->n + 1, sizeof(*w->slots));
	if (!w->slots)
		return gort__rd_no_memory(&o->rd, w->m.e, "constructors");
	format = offsets ? 0 : chain_format(&w->m, s);
	for (i = 0; i < w->n; i++) {
		uint64_t v = rd_uint(&o->rd, s->offset + i * word, word);

		w->slots[i].value =
		    offsets ? o->base + v : chained_target(&w->m, format, v);
	}
	if (o->kind == OBJ_RELOCATABLE && !offsets)
		rc = gort__obj_relocs(o, section, apply, w, w->m.e);
	for (i = 0; i < w->n && rc == 0; i++)
		rc = add_init(w, s, &w->slots[i]);
	free(w->slots);
	w->slots = NULL;
	return rc;
}

int
gort__macho_inits(struct gort__obj *o, struct gort_err *e)
{
	struct work w = {.funcs = NULL};
	uint32_t i;
	int rc;

	rc = gort__macho_scan(&w.m, o, e);
	if (rc == 0)
		rc = sort_funcs(&w);
	for (i = 1; i < o->nsecs && rc == 0; i++)
		if (o->secs[i].type == S_MOD_INIT_FUNC_POINTERS ||
		    o->secs[i].type == S_INIT_FUNC_OFFSETS)
			rc = read_list(&w, i);
	free(w.funcs);
	return rc;
}
