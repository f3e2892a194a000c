/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a PE image imports and exports (PE Format, ".idata", ".edata", "Delay-
 * Load Import Tables"), and what it runs when it is loaded. Leaf.
 */
#include "../include/small.h"
#include "objpe.h"

#include <stdlib.h>

static int
bad_dir(const struct pe *p, unsigned dir, const char *what)
{
	return gort__rd_bad(
	    &p->o->rd, p->dirs + 8 * (uint64_t)dir, p->e, "%s", what);
}

/* ---- imports ------------------------------------------------------------ */

/* A library's part of the imports. */
struct lib {
	const char *name;
	uint64_t thunks; /* RVA of the table of names */
	bool delayed;
	uint64_t less;            /* to take off addresses: old delay tables */
	struct objbudget *budget; /* for all thunks of the file */
};

static int
add_import(struct pe *p, const struct lib *l, uint64_t at, uint64_t thunk)
{
	const uint64_t by_ordinal = UINT64_C(1) << (8 * p->word - 1);
	struct gort__obj *o = p->o;
	struct gort__objimport *im;
	uint64_t off, left, rva = (thunk & ~by_ordinal) - l->less;

	im = gort__obj_room(o->imports, o->nimports, sizeof(*im));
	if (!im)
		return gort__rd_no_memory(&o->rd, p->e, "imports");
	o->imports = im;
	im += o->nimports;
	im->library = l->name;
	im->delayed = l->delayed;
	im->name = "";
	im->ordinal = thunk & 0xffff;
	if (!(thunk & by_ordinal)) {
		if (!gort__pe_offset(p, rva, &off, &left) || left < 2)
			return gort__rd_bad(&o->rd, at, p->e,
			    "an import's name is out of range");
		im->ordinal = rd_u16(&o->rd, off);
		im->name = gort__pe_string(p, rva + 2);
		if (!im->name)
			return gort__rd_bad(&o->rd, at, p->e,
			    "an import's name is out of range");
	}
	o->nimports++;
	return 0;
}

static int
read_thunks(struct pe *p, const struct lib *l, unsigned dir)
{
	const struct rd *r = &p->o->rd;
	uint64_t off, left, thunk;
	int rc = 0;

	if (!gort__pe_offset(p, l->thunks, &off, &left))
		return bad_dir(p, dir, "a table of imports is out of range");
	for (; left >= p->word && rc == 0; off += p->word, left -= p->word) {
		thunk = rd_uint(r, off, p->word);
		if (thunk == 0)
			return 0;
		rc = gort__obj_spend(l->budget, r, off, p->word, p->e);
		if (rc == 0)
			rc = add_import(p, l, off, thunk);
	}
	return rc ? rc : bad_dir(p, dir, "a table of imports does not end");
}

/* A library, once, in the order of the tables. */
static int
add_library(struct pe *p, const char *name)
{
	struct gort__obj *o = p->o;
	const char **n = gort__obj_room(o->needed, o->nneeded, sizeof(*n));

	if (!n)
		return gort__rd_no_memory(&o->rd, p->e, "needed libraries");
	o->needed = n;
	n[o->nneeded++] = name;
	return 0;
}

/* dir: of records of `size` bytes; one whose name is 0 ends them. */
static int
read_libraries(
    struct pe *p, unsigned dir, unsigned size, struct objbudget *budget)
{
	const struct rd *r = &p->o->rd;
	bool delayed = dir == DIR_DELAY_IMPORT;
	uint64_t off, left;
	uint32_t rva, n;
	int rc = 0;

	if (!gort__pe_dir(p, dir, &rva, &n))
		return 0;
	if (!gort__pe_offset(p, rva, &off, &left))
		return bad_dir(p, dir, "the imports are out of range");
	for (; left >= size && rc == 0; off += size, left -= size) {
		struct lib l = {.delayed = delayed, .budget = budget};
		uint64_t name = rd_u32(r, off + (delayed ? 4 : 12));

		if (!name)
			return 0;
		l.thunks = rd_u32(r, off + (delayed ? 16 : 0));
		if (!delayed && !l.thunks)
			l.thunks = rd_u32(r, off + 16);
		if (!delayed && !rd_u32(r, off + 16))
			return 0;
		/* without RvaBased all its addresses are whole ones */
		if (delayed && !(rd_u32(r, off) & 1))
			l.less = p->o->base;
		l.name = gort__pe_string(p, name - l.less);
		l.thunks -= l.less;
		if (!l.name)
			return gort__rd_bad(r, off, p->e,
			    "a needed library's name is out of range");
		rc = add_library(p, l.name);
		if (rc == 0)
			rc = read_thunks(p, &l, dir);
	}
	return rc ? rc : bad_dir(p, dir, "the imports do not end");
}

int
gort__pe_imports(struct pe *p)
{
	struct objbudget budget = {p->o->rd.size};
	int rc;

	rc = read_libraries(p, DIR_IMPORT, 20, &budget);
	if (rc == 0)
		rc = read_libraries(p, DIR_DELAY_IMPORT, 32, &budget);
	return rc;
}

/* ---- exports ------------------------------------------------------------ */

/* The export directory table. */
struct edata {
	uint32_t rva, size; /* of the directory, for forwarders */
	uint32_t base, nfuncs, nnames;
	uint64_t funcs, names, ordinals; /* offsets in the file */
	uint8_t *named;                  /* by function: it has a name */
};

static int
add_export(struct pe *p, const struct edata *x, const char *name, uint32_t func)
{
	struct gort__obj *o = p->o;
	uint32_t rva = rd_u32(&o->rd, x->funcs + 4 * (uint64_t)func);
	struct gort__objexport *ex;
	uint32_t sec;

	ex = gort__obj_room(o->exports, o->nexports, sizeof(*ex));
	if (!ex)
		return gort__rd_no_memory(&o->rd, p->e, "exports");
	o->exports = ex;
	ex += o->nexports++;
	ex->name = name;
	ex->ordinal = x->base + func;
	/* an address in the directory is that of "library.name" */
	if (rva >= x->rva && rva - x->rva < x->size) {
		ex->forward = gort__pe_string(p, rva);
		if (!ex->forward)
			return gort__rd_bad(&o->rd,
			    x->funcs + 4 * (uint64_t)func, p->e,
			    "an export's forwarder is out of range");
		return 0;
	}
	ex->addr = o->base + rva;
	sec = gort__pe_section(o, rva);
	ex->func = sec && o->secs[sec].what & OBJ_SEC_EXEC;
	return 0;
}

/* A table of n fields of `size` bytes at an address; false: not there. */
static bool
find_table(
    const struct pe *p, uint64_t rva, uint64_t n, unsigned size, uint64_t *off)
{
	uint64_t left;

	if (n == 0)
		return true;
	return gort__pe_offset(p, rva, off, &left) && n <= left / size;
}

static int
read_exports(struct pe *p, struct edata *x)
{
	const struct rd *r = &p->o->rd;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < x->nnames && rc == 0; i++) {
		uint64_t at = x->names + 4 * (uint64_t)i;
		const char *name = gort__pe_string(p, rd_u32(r, at));
		uint32_t func = rd_u16(r, x->ordinals + 2 * (uint64_t)i);

		if (!name)
			return gort__rd_bad(
			    r, at, p->e, "an export's name is out of range");
		if (func >= x->nfuncs)
			return gort__rd_bad(r, x->ordinals + 2 * (uint64_t)i,
			    p->e, "an export is function %u of %u", func,
			    x->nfuncs);
		x->named[func] = 1;
		rc = add_export(p, x, name, func);
	}
	for (i = 0; i < x->nfuncs && rc == 0; i++)
		if (!x->named[i] && rd_u32(r, x->funcs + 4 * (uint64_t)i))
			rc = add_export(p, x, "", i);
	return rc;
}

int
gort__pe_exports(struct pe *p)
{
	const struct rd *r = &p->o->rd;
	struct edata x = {0};
	uint64_t off, left;
	int rc;

	if (!gort__pe_dir(p, DIR_EXPORT, &x.rva, &x.size))
		return 0;
	if (!gort__pe_offset(p, x.rva, &off, &left) || left < 40)
		return bad_dir(p, DIR_EXPORT, "the exports are out of range");
	x.base = rd_u32(r, off + 16);
	x.nfuncs = rd_u32(r, off + 20);
	x.nnames = rd_u32(r, off + 24);
	if (rd_u32(r, off + 12))
		p->o->soname = gort__pe_string(p, rd_u32(r, off + 12));
	if (!find_table(p, rd_u32(r, off + 28), x.nfuncs, 4, &x.funcs) ||
	    !find_table(p, rd_u32(r, off + 32), x.nnames, 4, &x.names) ||
	    !find_table(p, rd_u32(r, off + 36), x.nnames, 2, &x.ordinals))
		return bad_dir(
		    p, DIR_EXPORT, "a table of exports is out of range");
	x.named = calloc((size_t)x.nfuncs + 1, 1);
	if (!x.named)
		return gort__rd_no_memory(r, p->e, "exports");
	rc = read_exports(p, &x);
	free(x.named);
	return rc;
}

/* ---- what runs ---------------------------------------------------------- */

static int
add_init(
    struct pe *p, const struct cofffuncs *fs, const char *list, uint64_t addr)
{
	struct gort__obj *o = p->o;
	struct gort__objinit *in;
	uint32_t sec = 0;

	in = gort__obj_room(o->inits, o->ninits, sizeof(*in));
	if (!in)
		return gort__rd_no_memory(&o->rd, p->e, "constructors");
	o->inits = in;
	in += o->ninits++;
	in->list = list;
	in->addr = addr;
	if (addr >= o->base)
		sec = gort__pe_section(o, addr - o->base);
	if (sec)
		in->symbol =
		    gort__coff_func_at(fs, sec, addr - o->secs[sec].addr);
	return 0;
}

/* Addresses of functions at off, up to a 0. */
static int
add_callbacks(struct pe *p, const struct cofffuncs *fs)
{
	const struct rd *r = &p->o->rd;
	uint64_t off, left, addr;
	uint32_t rva, size;
	int rc = 0;

	if (!gort__pe_dir(p, DIR_TLS, &rva, &size))
		return 0;
	if (!gort__pe_offset(p, rva, &off, &left) || left < 4 * p->word)
		return bad_dir(p, DIR_TLS, "the TLS directory is out of range");
	addr = rd_uint(r, off + 3 * p->word, p->word);
	if (!addr)
		return 0;
	if (addr < p->o->base ||
	    !gort__pe_offset(p, addr - p->o->base, &off, &left))
		return bad_dir(
		    p, DIR_TLS, "the TLS callbacks are out of range");
	for (; left >= p->word && rc == 0; off += p->word, left -= p->word) {
		addr = rd_uint(r, off, p->word);
		if (!addr)
			break;
		rc = add_init(p, fs, "TLS callbacks", addr);
	}
	return rc;
}

/* A symbol by its name, without and with the 386's underscore. */
static const struct gort__objsym *
find_symbol(const struct gort__obj *o, const char *name)
{
	uint32_t i;

	for (i = 0; i < o->nsyms; i++) {
		const struct gort__objsym *s = &o->syms[i];
		bool skip = o->bits == 32 && s->name[0] == '_';

		if (s->section && s->section < o->nsecs &&
		    strcmp(s->name + skip, name) == 0)
			return s;
	}
	return NULL;
}

/* Where a symbol is in the file; false: nowhere. */
static bool
symbol_offset(const struct pe *p, const struct gort__objsym *s, uint64_t *off,
    uint64_t *left)
{
	return s && gort__pe_offset(p,
			p->o->secs[s->section].addr - p->o->base + s->value,
			off, left);
}

/* What stands between two symbols of the C run-time; 0 is no function. */
static int
add_between(struct pe *p, const struct cofffuncs *fs, const char *list,
    const char *from, const char *to)
{
	const struct rd *r = &p->o->rd;
	uint64_t off, end, left, addr;
	int rc = 0;

	if (!symbol_offset(p, find_symbol(p->o, from), &off, &left) ||
	    !symbol_offset(p, find_symbol(p->o, to), &end, &left))
		return 0;
	for (; off < end && end - off >= p->word && rc == 0; off += p->word) {
		addr = rd_uint(r, off, p->word);
		if (addr)
			rc = add_init(p, fs, list, addr);
	}
	return rc;
}

/* GNU's list: -1, functions, 0; run from the end. */
static int
add_ctors(struct pe *p, const struct cofffuncs *fs)
{
	const struct rd *r = &p->o->rd;
	uint64_t off, left, n, addr;
	int rc = 0;

	if (!symbol_offset(p, find_symbol(p->o, "__CTOR_LIST__"), &off, &left))
		return 0;
	for (n = 1; n < left / p->word; n++)
		if (rd_uint(r, off + n * p->word, p->word) == 0)
			break;
	if (n >= left / p->word)
		return 0;
	while (--n > 0 && rc == 0) {
		addr = rd_uint(r, off + n * p->word, p->word);
		rc = add_init(p, fs, ".ctors", addr);
	}
	return rc;
}

int
gort__pe_inits(struct gort__obj *o, struct gort_err *e)
{
	struct cofffuncs fs;
	struct pe p;
	int rc;

	gort__pe_begin(&p, o, e);
	rc = gort__coff_funcs(o, &fs, e);
	if (rc == 0)
		rc = add_callbacks(&p, &fs);
	if (rc == 0)
		rc = add_between(&p, &fs, ".CRT$XI", "__xi_a", "__xi_z");
	if (rc == 0)
		rc = add_between(&p, &fs, ".CRT$XC", "__xc_a", "__xc_z");
	if (rc == 0)
		rc = add_ctors(&p, &fs);
	free(fs.funcs);
	gort__pe_end(&p);
	return rc;
}
