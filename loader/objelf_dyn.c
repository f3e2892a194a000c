/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The dynamic section of ELF files (gABI, "Dynamic Section"): libraries,
 * dynamic symbols, facts. By addresses and program headers, as the dynamic
 * linker sees it, so it also works where sections are stripped. Leaf.
 */
#include "../include/small.h"
#include "objelf.h"

#include <stdlib.h>

static void
entry(struct dynamic *d, uint64_t tag, uint64_t val)
{
	switch (tag) {
#define PUT(t, field) \
	case t: \
		d->field = val; \
		break
		PUT(DT_STRTAB, strtab);
		PUT(DT_STRSZ, strsz);
		PUT(DT_SYMTAB, symtab);
		PUT(DT_HASH, hash);
		PUT(DT_GNU_HASH, gnu_hash);
		PUT(DT_VERSYM, versym);
		PUT(DT_VERNEED, verneed);
		PUT(DT_VERNEEDNUM, verneednum);
		PUT(DT_VERDEF, verdef);
		PUT(DT_VERDEFNUM, verdefnum);
		PUT(DT_INIT, init);
		PUT(DT_INIT_ARRAY, init_array);
		PUT(DT_INIT_ARRAYSZ, init_arraysz);
		PUT(DT_PREINIT_ARRAY, preinit_array);
		PUT(DT_PREINIT_ARRAYSZ, preinit_arraysz);
		PUT(DT_RELA, rela);
		PUT(DT_RELASZ, relasz);
		PUT(DT_REL, rel);
		PUT(DT_RELSZ, relsz);
		PUT(DT_RELR, relr);
		PUT(DT_RELRSZ, relrsz);
		PUT(DT_FLAGS, flags);
		PUT(DT_FLAGS_1, flags_1);
#undef PUT
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
	case DT_TEXTREL:
		d->textrel = true;
		break;
	case DT_BIND_NOW:
		d->bind_now = true;
		break;
	case DT_NEEDED:
		d->nneeded++;
		break;
	default:
		break;
	}
}

void
gort__elf_dynamic(const struct gort__obj *o, struct dynamic *d)
{
	uint64_t word = gort__elf_layout(o)->word, i, max = 0;
	uint32_t k;

	memset(d, 0, sizeof(*d));
	for (k = 0; k < o->nsegs; k++) {
		if (o->segs[k].type != PT_DYNAMIC)
			continue;
		d->off = o->segs[k].offset;
		max = o->segs[k].filesz / (2 * word);
	}
	for (i = 0; i < max; i++) {
		uint64_t at = d->off + i * 2 * word, tag = elf_word(o, at);

		if (tag == DT_NULL)
			break;
		entry(d, tag, elf_word(o, at + word));
	}
	d->n = i;
	if (d->nneeded > i || i > UINT32_MAX)
		d->n = d->nneeded = 0;
	if (d->flags & DF_TEXTREL)
		d->textrel = true;
	if (d->flags & DF_BIND_NOW || d->flags_1 & DF_1_NOW)
		d->bind_now = true;
}

/* A string of the dynamic section; NULL with *e filled. */
static const char *
dyn_string(const struct gort__obj *o, const struct dynamic *d,
    const struct rd_strings *strings, uint64_t index, struct gort_err *e)
{
	const char *s = rd_strings_at(strings, index);

	if (!s)
		gort__rd_bad(&o->rd, d->off, e,
		    "a string of the dynamic section is out of range");
	return s;
}

static int
parse_names(struct gort__obj *o, const struct dynamic *d,
    const struct rd_strings *strings, struct gort_err *e)
{
	uint64_t word = gort__elf_layout(o)->word, at = d->off;

	if (d->nneeded) {
		o->needed = calloc(d->nneeded, sizeof(*o->needed));
		if (!o->needed)
			return gort__rd_no_memory(
			    &o->rd, e, "needed libraries");
	}
	for (; o->nneeded < d->nneeded; at += 2 * word) {
		const char *s;

		if (elf_word(o, at) != DT_NEEDED)
			continue;
		s = dyn_string(o, d, strings, elf_word(o, at + word), e);
		if (!s)
			return -e->code;
		o->needed[o->nneeded++] = s;
	}
	if (d->has_runpath || d->has_rpath) {
		o->runpath = dyn_string(
		    o, d, strings, d->has_runpath ? d->runpath : d->rpath, e);
		if (!o->runpath)
			return -e->code;
	}
	if (d->has_soname &&
	    !(o->soname = dyn_string(o, d, strings, d->soname, e)))
		return -e->code;
	return 0;
}

/* DT_HASH: the number of chains is that of symbols. */
static bool
count_by_hash(const struct gort__obj *o, const struct dynamic *d, uint64_t *n)
{
	uint64_t off, left;
	bool wide;

	/* these two psABIs have it in 64-bit words */
	wide =
	    o->machine == EM_ALPHA || (o->machine == EM_S390 && o->bits == 64);
	if (!d->hash || !gort__elf_offset(o, d->hash, &off, &left) ||
	    left < (wide ? 16 : 8))
		return false;
	*n = wide ? rd_u64(&o->rd, off + 8) : rd_u32(&o->rd, off + 4);
	return true;
}

/*
 * DT_GNU_HASH: the last symbol of the last chain; chains are in the order of
 * the symbols. Not those that are no exports and stand behind them (none do).
 */
static bool
count_by_gnu_hash(
    const struct gort__obj *o, const struct dynamic *d, uint64_t *n)
{
	uint64_t word = gort__elf_layout(o)->word, off, left, skip, i, last = 0;
	uint32_t nbuckets, first, nwords;

	if (!d->gnu_hash || !gort__elf_offset(o, d->gnu_hash, &off, &left) ||
	    left < 16)
		return false;
	nbuckets = rd_u32(&o->rd, off);
	first = rd_u32(&o->rd, off + 4);
	nwords = rd_u32(&o->rd, off + 8);
	skip = 16 + nwords * word + nbuckets * UINT64_C(4);
	if (skip > left)
		return false;
	for (i = 0; i < nbuckets; i++) {
		uint32_t b = rd_u32(&o->rd, off + 16 + nwords * word + i * 4);

		if (b > last)
			last = b;
	}
	if (last < first)
		return false; /* no exports: it says nothing of the imports */
	for (i = last - first;; i++) {
		if (i >= (left - skip) / 4)
			return false;
		if (rd_u32(&o->rd, off + skip + i * 4) & 1)
			break;
	}
	*n = first + i + 1;
	return true;
}

/*
 * The bytes from the symbols to the next of the dynamic section's tables, of
 * which linkers put one behind them; 0: there is none.
 */
static uint64_t
until_next_table(const struct dynamic *d)
{
	const uint64_t tables[] = {d->strtab, d->hash, d->gnu_hash, d->versym,
	    d->verneed, d->verdef, d->rela, d->rel, d->relr};
	uint64_t next = 0;
	unsigned i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (tables[i] > d->symtab && (!next || tables[i] < next))
			next = tables[i];
	return next ? next - d->symtab : 0;
}

/*
 * How many dynamic symbols there are at off: the section header says it best,
 * then the hash tables, then what stands behind them.
 */
static uint64_t
count_symbols(const struct gort__obj *o, const struct dynamic *d, uint64_t off,
    uint64_t left)
{
	uint64_t size = gort__elf_layout(o)->symsize, n;
	uint32_t i;

	for (i = 1; i < o->nsecs; i++)
		if (o->secs[i].type == SHT_DYNSYM && o->secs[i].offset == off)
			return o->secs[i].filesz / size;
	if (!count_by_hash(o, d, &n) && !count_by_gnu_hash(o, d, &n))
		n = until_next_table(d) / size;
	return n < left / size ? n : left / size;
}

static void
add_facts(struct gort__obj *o, const struct dynamic *d)
{
	const char *stack = "executable", *relro = "none";
	uint32_t i;

	for (i = 0; i < o->nsegs; i++) {
		if (o->segs[i].type == PT_GNU_STACK &&
		    !(o->segs[i].flags & PF_X))
			stack = "no-execute";
		if (o->segs[i].type == PT_GNU_RELRO)
			relro = d->bind_now ? "full" : "partial";
	}
	if (o->kind != OBJ_SHARED && o->kind != OBJ_EXECUTABLE)
		return;
	gort__obj_fact(o, "stack", stack);
	gort__obj_fact(o, "relro", relro);
	gort__obj_fact(o, "bind_now", d->bind_now ? "yes" : "no");
	gort__obj_fact(o, "text_relocations", d->textrel ? "yes" : "no");
	gort__obj_fact(
	    o, "position_independent", o->kind == OBJ_SHARED ? "yes" : "no");
	gort__obj_fact(o, "run_path",
	    d->has_runpath ? "RUNPATH"
	    : d->has_rpath ? "RPATH"
			   : "none");
}

int
gort__elf_parse_dynamic(struct gort__obj *o, struct gort_err *e)
{
	struct rd_strings strings;
	struct dynamic d;
	uint64_t str, sym, left, n;
	int rc;

	gort__elf_dynamic(o, &d);
	add_facts(o, &d);
	if (!d.strtab)
		return 0;
	if (!gort__elf_offset(o, d.strtab, &str, &left) || d.strsz > left)
		return gort__rd_bad(&o->rd, d.off, e,
		    "the dynamic string table is out of range");
	strings = rd_strings(&o->rd, str, d.strsz);
	rc = parse_names(o, &d, &strings, e);
	if (rc || !d.symtab)
		return rc;
	if (!gort__elf_offset(o, d.symtab, &sym, &left))
		return gort__rd_bad(&o->rd, d.off, e,
		    "the dynamic symbol table is out of range");
	n = count_symbols(o, &d, sym, left);
	rc = gort__elf_read_symbols(
	    o, sym, n, &strings, 0, &o->dynsyms, &o->ndynsyms, e);
	return rc ? rc : gort__elf_versions(o, &d, &strings, e);
}
