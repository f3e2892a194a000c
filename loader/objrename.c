/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Renaming symbols. The old string table is copied to the end of the file with
 * the new names behind it (ELF), or grows where it is, which is the end
 * (COFF). Leaf.
 */
#include "objrename.h"
#include "elfdef.h"
#include "objcoff.h"

struct rename {
	struct gort__obj *o;
	gort__objrename_fn *fn;
	void *arg;
	struct wr *out; /* where the copy begins is `base` */
	size_t base;
	struct wr names; /* new ones, each NUL-terminated */
	uint32_t n;      /* symbols renamed */
};

static const char *
new_name(struct rename *r, const struct gort__objsym *s)
{
	if ((s->bind != OBJ_GLOBAL && s->bind != OBJ_WEAK) || s->section == 0 ||
	    s->type == OBJ_AUX)
		return NULL;
	return r->fn(s->name, r->arg);
}

/* Write the field of each renamed symbol; first: index of the first new name */
/* in the table. */
static void
patch(struct rename *r, uint64_t symbols, unsigned size, uint64_t first)
{
	bool coff = r->o->fmt == &gort__objcoff;
	uint32_t i;

	for (i = 0; i < r->o->nsyms; i++) {
		const char *name = new_name(r, &r->o->syms[i]);
		uint8_t *at;

		if (!name || r->out->failed)
			continue;
		at = r->out->data + r->base + symbols + (uint64_t)i * size;
		if (coff)
			wr_put(at, 0, 4);
		wr_put(at + (coff ? 4 : 0), first + r->names.n, 4);
		wr_string(&r->names, name);
		r->n++;
	}
}

/* System V gABI, "Section Header" and "Symbol Table". */
static int
rename_elf(struct rename *r, struct gort_err *e)
{
	const struct rd *rd = &r->o->rd;
	bool wide = r->o->bits == 64;
	uint64_t shoff = wide ? rd_u64(rd, 0x28) : rd_u32(rd, 0x20);
	unsigned shentsize = rd_u16(rd, wide ? 0x3a : 0x2e);
	uint32_t i, strtab = 0, symtab = 0;
	uint64_t header;
	size_t at;

	/* the first, as the reader takes it */
	for (i = 1; i < r->o->nsecs && !symtab; i++)
		if (r->o->secs[i].type == SHT_SYMTAB)
			symtab = i;
	if (symtab)
		strtab = r->o->secs[symtab].link;
	header = shoff + (uint64_t)strtab * shentsize;
	if (strtab == 0 || strtab >= r->o->nsecs ||
	    !rd_has(rd, header, wide ? 64 : 40) ||
	    r->o->secs[symtab].filesz / (wide ? 24 : 16) < r->o->nsyms)
		return gort__rd_bad(rd, shoff, e,
		    "the symbol table or that of its names is not whole");
	patch(r, r->o->secs[symtab].offset, wide ? 24 : 16,
	    r->o->secs[strtab].filesz);
	if (r->n == 0)
		return 0;
	at = r->out->n - r->base;
	wr_bytes(r->out, rd->data + r->o->secs[strtab].offset,
	    r->o->secs[strtab].filesz);
	wr_bytes(r->out, r->names.data, r->names.n);
	if (r->out->failed)
		return 0;
	header += r->base;
	wr_put(r->out->data + header + (wide ? 0x18 : 0x10), at, wide ? 8 : 4);
	wr_put(r->out->data + header + (wide ? 0x20 : 0x14),
	    r->out->n - r->base - at, wide ? 8 : 4);
	return 0;
}

/* "PE Format", "COFF Symbol Table" and "COFF String Table". */
static int
rename_coff(struct rename *r, struct gort_err *e)
{
	const struct rd *rd = &r->o->rd;
	unsigned size;
	struct coffhead h;
	uint64_t strings;
	uint32_t old = 4;

	gort__coff_find_head(r->o, &h);
	size = h.big ? 20 : 18;
	strings = h.symbols + (uint64_t)h.nsymbols * size;
	if (h.symbols == 0 || h.nsymbols < r->o->nsyms)
		return 0;
	if (rd_has(rd, strings, 4))
		old = rd_u32(rd, strings);
	else
		wr_uint(r->out, 4, 4);
	patch(r, h.symbols, size, old);
	if (r->n == 0)
		return 0;
	if (strings + old != r->out->n - r->base)
		return gort__err(e, GORT_ENOTSUP, rd->file, strings,
		    "the table of names does not end the file, and must grow");
	wr_bytes(r->out, r->names.data, r->names.n);
	if (!r->out->failed)
		wr_put(r->out->data + r->base + strings, old + r->names.n, 4);
	return 0;
}

int
gort__obj_rename(struct gort__obj *o, gort__objrename_fn *fn, void *arg,
    struct wr *out, uint32_t *n, struct gort_err *e)
{
	struct rename r = {
	    .o = o, .fn = fn, .arg = arg, .out = out, .base = out->n};
	int rc = gort__obj_symbols(o, e);

	if (rc == 0) {
		wr_bytes(out, o->rd.data, o->rd.size);
		rc = o->fmt == &gort__objcoff ? rename_coff(&r, e)
					      : rename_elf(&r, e);
	}
	*n = r.n;
	if (rc == 0 && (out->failed || r.names.failed))
		rc = gort__rd_no_memory(&o->rd, e, "a copy of the object");
	wr_free(&r.names);
	return rc;
}
