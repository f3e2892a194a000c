/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of PE32 and PE32+ images (Microsoft's "PE Format"): headers,
 * addresses, base relocations. Leaf.
 */
#include "../include/small.h"
#include "objpe.h"

#include <stdlib.h>

/* Offsets in the optional header; those below 72 are the same in both. */
#define OPT_ENTRY 16
#define OPT_BASE32 28
#define OPT_BASE64 24
#define OPT_HEADERS 60
#define OPT_SUBSYSTEM 68
#define OPT_DLLFLAGS 70

#define MAGIC_PE32 0x10b
#define MAGIC_PE32PLUS 0x20b

/* IMAGE_DLLCHARACTERISTICS_... */
#define DLL_HIGH_ENTROPY_VA 0x0020u
#define DLL_DYNAMIC_BASE 0x0040u
#define DLL_FORCE_INTEGRITY 0x0080u
#define DLL_NX_COMPAT 0x0100u
#define DLL_NO_SEH 0x0400u
#define DLL_GUARD_CF 0x4000u

/* IMAGE_REL_BASED_... */
#define BASED_ABSOLUTE 0
#define BASED_HIGHADJ 4

static bool
probe(const struct rd *r)
{
	return rd_has(r, 0, 2) && memcmp(r->data, "MZ", 2) == 0;
}

uint64_t
gort__pe_head(const struct rd *r)
{
	uint32_t at;

	if (!probe(r) || !rd_has(r, 0, 64))
		return 0;
	at = rd_u32(r, 60);
	if (!rd_has(r, at, 4) || memcmp(r->data + at, "PE\0", 4) != 0)
		return 0;
	return at + UINT64_C(4);
}

void
gort__pe_begin(struct pe *p, struct gort__obj *o, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	uint64_t at = gort__pe_head(r), size = rd_u16(r, at + 16), ndirs;
	unsigned fixed;

	memset(p, 0, sizeof(*p));
	p->o = o;
	p->e = e;
	gort__coff_head(o, at, &p->h);
	p->h.image = true;
	p->opt = at + COFF_HEADER;
	p->word = rd_u16(r, p->opt) == MAGIC_PE32PLUS ? 8 : 4;
	p->headers = rd_u32(r, p->opt + OPT_HEADERS);
	fixed = p->word == 8 ? 112 : 96;
	p->dirs = p->opt + fixed;
	ndirs = rd_u32(r, p->opt + fixed - 4);
	if (ndirs > (size - fixed) / 8)
		ndirs = (size - fixed) / 8;
	p->ndirs = (uint32_t)ndirs;
}

void
gort__pe_end(struct pe *p)
{
	free(p->ends);
	p->ends = NULL;
}

bool
gort__pe_dir(const struct pe *p, unsigned i, uint32_t *rva, uint32_t *size)
{
	if (i >= p->ndirs)
		return false;
	*rva = rd_u32(&p->o->rd, p->dirs + 8 * (uint64_t)i);
	*size = rd_u32(&p->o->rd, p->dirs + 8 * (uint64_t)i + 4);
	return *rva != 0 && *size != 0;
}

uint32_t
gort__pe_section(const struct gort__obj *o, uint64_t rva)
{
	uint32_t low = 1, high = o->nsecs;

	/* the first section behind it; parse has checked their order */
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (o->secs[mid].addr - o->base <= rva)
			low = mid + 1;
		else
			high = mid;
	}
	return low - 1;
}

/* Bytes of a section that the system maps: whole pages of what is there. */
static uint64_t
mapped(const struct gort__objsec *s)
{
	uint64_t pages = (s->size + 4095) & ~UINT64_C(4095);

	return s->filesz < pages ? s->filesz : pages;
}

bool
gort__pe_offset(const struct pe *p, uint64_t rva, uint64_t *off, uint64_t *left)
{
	uint32_t i = gort__pe_section(p->o, rva);
	const struct gort__objsec *s = &p->o->secs[i];
	uint64_t in;

	if (i == 0) {
		if (rva >= p->headers || rva >= p->o->rd.size)
			return false;
		*off = rva;
		*left =
		    (p->headers < p->o->rd.size ? p->headers : p->o->rd.size) -
		    rva;
		return true;
	}
	in = rva - (s->addr - p->o->base);
	if (in >= mapped(s))
		return false;
	*off = s->offset + in;
	*left = mapped(s) - in;
	return true;
}

/* Each section is looked through for its last NUL once, from its end. */
const char *
gort__pe_string(struct pe *p, uint64_t rva)
{
	const struct rd *r = &p->o->rd;
	uint32_t i = gort__pe_section(p->o, rva);
	uint64_t off, left, start, end;

	if (!gort__pe_offset(p, rva, &off, &left))
		return NULL;
	if (!p->ends)
		p->ends = calloc(p->o->nsecs, sizeof(*p->ends));
	if (!p->ends)
		return NULL;
	if (!p->ends[i]) {
		start = i ? p->o->secs[i].offset : 0;
		for (end = off + left; end > start && r->data[end - 1]; end--)
			;
		p->ends[i] = end + 1;
	}
	return off < p->ends[i] - 1 ? (const char *)r->data + off : NULL;
}

/* Walk the base relocations, which are in blocks of a page; *n counts. */
static int
walk_base(const struct gort__obj *o, uint64_t off, uint64_t size, uint32_t *n,
    gort__objreloc_fn *fn, void *arg, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	struct gort__objreloc rel = {0};
	uint64_t i, block;
	int rc = 0;

	for (*n = 0; size >= 8 && rc == 0; off += block, size -= block) {
		block = rd_u32(r, off + 4);
		if (block == 0)
			break; /* padding */
		if (block < 8 || block > size)
			return gort__rd_bad(r, off, e,
			    "a block of base relocations of %u bytes",
			    (unsigned)block);
		for (i = 8; i + 2 <= block && rc == 0; i += 2) {
			uint16_t entry = rd_u16(r, off + i);

			rel.type = entry >> 12;
			rel.offset = o->base + rd_u32(r, off) + (entry & 0xfff);
			if (rel.type == BASED_ABSOLUTE)
				continue;
			if (rel.type == BASED_HIGHADJ)
				i += 2; /* its low half */
			++*n;
			if (fn)
				rc = fn(&rel, arg);
		}
	}
	return rc;
}

/* Where they are: the section has them, so to speak. */
static int
find_base(struct pe *p)
{
	uint32_t rva, size, i;
	uint64_t off, left;

	if (!gort__pe_dir(p, DIR_BASERELOC, &rva, &size))
		return 0;
	i = gort__pe_section(p->o, rva);
	if (i == 0 || !gort__pe_offset(p, rva, &off, &left) || size > left)
		return gort__rd_bad(&p->o->rd, p->dirs + 8 * DIR_BASERELOC,
		    p->e, "the base relocations are out of range");
	p->o->secs[i].reloff = off;
	return walk_base(
	    p->o, off, size, &p->o->secs[i].nrelocs, NULL, NULL, p->e);
}

static int
relocs(struct gort__obj *o, uint32_t section, gort__objreloc_fn *fn, void *arg,
    struct gort_err *e)
{
	const struct gort__objsec *s = &o->secs[section];
	uint32_t rva, size, n;
	struct pe p;

	gort__pe_begin(&p, o, e);
	if (!gort__pe_dir(&p, DIR_BASERELOC, &rva, &size))
		return 0;
	return walk_base(o, s->reloff, size, &n, fn, arg, e);
}

static const char *
yes_no(uint32_t bits)
{
	return bits ? "yes" : "no";
}

static void
add_facts(struct pe *p)
{
	static const char *const subsystems[] = {"none", "native", "windows",
	    "console", "unknown", "os2", "unknown", "posix", "unknown",
	    "windows-ce", "efi-application", "efi-boot-driver",
	    "efi-run-time-driver", "efi-rom", "xbox"};
	struct gort__obj *o = p->o;
	unsigned flags = rd_u16(&o->rd, p->opt + OPT_DLLFLAGS);
	unsigned sub = rd_u16(&o->rd, p->opt + OPT_SUBSYSTEM);
	uint32_t rva, size;

	gort__obj_fact(o, "subsystem",
	    sub < sizeof(subsystems) / sizeof(*subsystems) ? subsystems[sub]
							   : "unknown");
	gort__obj_fact(
	    o, "stack", flags & DLL_NX_COMPAT ? "no-execute" : "executable");
	gort__obj_fact(o, "position_independent",
	    yes_no(flags & DLL_DYNAMIC_BASE &&
		   !(p->h.flags & FILE_RELOCS_STRIPPED)));
	gort__obj_fact(
	    o, "high_entropy_va", yes_no(flags & DLL_HIGH_ENTROPY_VA));
	gort__obj_fact(o, "control_flow_guard", yes_no(flags & DLL_GUARD_CF));
	gort__obj_fact(
	    o, "force_integrity", yes_no(flags & DLL_FORCE_INTEGRITY));
	gort__obj_fact(o, "no_seh", yes_no(flags & DLL_NO_SEH));
	gort__obj_fact(o, "unwind_table",
	    yes_no(gort__pe_dir(p, DIR_EXCEPTION, &rva, &size)));
	gort__obj_fact(o, "signature",
	    gort__pe_dir(p, DIR_SECURITY, &rva, &size) ? "yes" : "no");
}

/* The headers up to the data directories. */
static int
parse_headers(struct gort__obj *o, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	uint64_t at = gort__pe_head(r);
	unsigned size, magic;

	if (!at)
		return gort__rd_bad(r, 0, e,
		    "a DOS program, or a truncated image: no PE header");
	if (!rd_has(r, at, COFF_HEADER + 2))
		return gort__rd_bad(r, at, e, "truncated in the PE header");
	gort__coff_machine(o, rd_u16(r, at));
	size = rd_u16(r, at + 16);
	magic = rd_u16(r, at + COFF_HEADER);
	if (magic != MAGIC_PE32 && magic != MAGIC_PE32PLUS)
		return gort__rd_bad(r, at + COFF_HEADER, e,
		    "an optional header of type 0x%x", magic);
	if (size < (magic == MAGIC_PE32PLUS ? 112 : 96) ||
	    !rd_has(r, at + COFF_HEADER, size))
		return gort__rd_bad(r, at + 16, e,
		    "an optional header of %u bytes: truncated", size);
	o->bits = magic == MAGIC_PE32PLUS ? 64 : 32;
	o->format = magic == MAGIC_PE32PLUS ? "PE32+" : "PE32";
	at += COFF_HEADER;
	o->base = magic == MAGIC_PE32PLUS ? rd_u64(r, at + OPT_BASE64)
					  : rd_u32(r, at + OPT_BASE32);
	/* no address wraps: all others are 32 bits from it */
	if (o->base > UINT64_MAX - (UINT64_C(1) << 33))
		return gort__rd_bad(
		    r, at, e, "an image at the end of the address space");
	o->entry = rd_u32(r, at + OPT_ENTRY);
	if (o->entry)
		o->entry += o->base;
	return 0;
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	struct pe p;
	int rc;

	rc = parse_headers(o, e);
	if (rc)
		return rc;
	gort__pe_begin(&p, o, e);
	o->flags = p.h.flags;
	o->kind = p.h.flags & FILE_DLL ? OBJ_SHARED : OBJ_EXECUTABLE;
	add_facts(&p);
	rc = gort__coff_sections(o, &p.h, e);
	if (rc == 0)
		rc = gort__pe_exports(&p);
	if (rc == 0)
		rc = gort__pe_imports(&p);
	if (rc == 0)
		rc = find_base(&p);
	gort__pe_end(&p);
	return rc;
}

static int
symbols(struct gort__obj *o, struct gort_err *e)
{
	struct coffhead h;

	gort__coff_find_head(o, &h);
	return gort__coff_symbols(o, &h, e);
}

const struct objfmt gort__objpe = {
    .probe = probe,
    .parse = parse,
    .symbols = symbols,
    .inits = gort__pe_inits,
    .relocs = relocs,
};
