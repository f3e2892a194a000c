/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of COFF objects and bigobjs (Microsoft's "PE Format"): header,
 * sections, relocations. Sections are also those of PE images. Leaf.
 */
#include "../include/small.h"
#include "objcoff.h"

#include <stdlib.h>

static const struct {
	uint16_t machine;
	uint8_t bits;
	uint8_t arch;
	const char *name;
} machines[] = {
    {MACHINE_I386, 32, ARCH_386, "i386"},
    {MACHINE_AMD64, 64, ARCH_AMD64, "x86-64"},
    {MACHINE_ARM64, 64, ARCH_ARM64, "AArch64"},
    {MACHINE_ARM64EC, 64, ARCH_OTHER, "ARM64EC"},
    {MACHINE_ARM, 32, ARCH_ARM, "ARM"},
    {MACHINE_ARMNT, 32, ARCH_ARM, "ARM Thumb-2"},
    {MACHINE_IA64, 64, ARCH_OTHER, "IA-64"},
    {MACHINE_RISCV64, 64, ARCH_RISCV, "RISC-V"},
};

/* Of a bigobj: {D1BAA1C7-BAEE-4ba9-AF20-FAF66AA4DCB8}. */
static const uint8_t bigobj_class[16] = {0xc7, 0xa1, 0xba, 0xd1, 0xee, 0xba,
    0xa9, 0x4b, 0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc, 0xb8};

bool
gort__coff_machine(struct gort__obj *o, uint32_t machine)
{
	unsigned i;

	o->machine = machine;
	o->machine_name = "another machine";
	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (machines[i].machine != machine)
			continue;
		o->machine_name = machines[i].name;
		o->bits = machines[i].bits;
		o->arch = machines[i].arch;
		return true;
	}
	return false;
}

static bool
is_bigobj(const struct rd *r)
{
	return rd_has(r, 0, COFF_BIG_HEADER) && rd_u16(r, 0) == 0 &&
	       rd_u16(r, 2) == 0xffff && rd_u16(r, 4) >= 2 &&
	       memcmp(r->data + 12, bigobj_class, 16) == 0;
}

/* COFF has no magic number but its machines'. */
static bool
probe(const struct rd *r)
{
	struct gort__obj o = {0};

	if (is_bigobj(r))
		return true;
	return rd_has(r, 0, COFF_HEADER) && rd_u16(r, 0) != 0 &&
	       gort__coff_machine(&o, rd_u16(r, 0));
}

void
gort__coff_head(const struct gort__obj *o, uint64_t off, struct coffhead *h)
{
	const struct rd *r = &o->rd;

	memset(h, 0, sizeof(*h));
	h->nsections = rd_u16(r, off + 2);
	h->symbols = rd_u32(r, off + 8);
	h->nsymbols = rd_u32(r, off + 12);
	h->sections = off + COFF_HEADER + rd_u16(r, off + 16);
	h->flags = rd_u16(r, off + 18);
	if (!h->symbols)
		h->nsymbols = 0;
}

void
gort__coff_find_head(const struct gort__obj *o, struct coffhead *h)
{
	const struct rd *r = &o->rd;
	uint64_t pe = gort__pe_head(r);

	if (is_bigobj(r)) {
		memset(h, 0, sizeof(*h));
		h->big = true;
		h->nsections = rd_u32(r, 44);
		h->symbols = rd_u32(r, 48);
		h->nsymbols = h->symbols ? rd_u32(r, 52) : 0;
		h->sections = COFF_BIG_HEADER;
		return;
	}
	gort__coff_head(o, pe, h);
	h->image = pe != 0;
}

int
gort__coff_strings(const struct gort__obj *o, const struct coffhead *h,
    struct rd_strings *strings, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	uint64_t record = h->big ? 20 : 18, at, size;

	strings->data = NULL;
	strings->size = 0;
	if (!h->symbols)
		return 0;
	if (!rd_has_table(r, h->symbols, h->nsymbols, record))
		return gort__rd_bad(r, h->symbols, e,
		    "the symbols lie past the end: truncated");
	at = h->symbols + h->nsymbols * record;
	if (at == r->size)
		return 0; /* no long names, no table */
	if (!rd_has(r, at, 4))
		return gort__rd_bad(r, at, e, "truncated in the string table");
	size = rd_u32(r, at);
	if (size && size < 4)
		return gort__rd_bad(
		    r, at, e, "a string table of %u bytes", (unsigned)size);
	if (!rd_has(r, at, size))
		return gort__rd_bad(
		    r, at, e, "the string table lies past the end: truncated");
	*strings = rd_strings(r, at, size);
	return 0;
}

/* "//" and six digits to base 64, most significant first. */
static bool
base64(const char *s, uint64_t *n)
{
	unsigned i, digit;
	char c;

	*n = 0;
	for (i = 0; i < 6; i++) {
		c = s[i];
		if (c >= 'A' && c <= 'Z')
			digit = (unsigned)(c - 'A');
		else if (c >= 'a' && c <= 'z')
			digit = (unsigned)(c - 'a') + 26;
		else if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0') + 52;
		else if (c == '+' || c == '/')
			digit = c == '+' ? 62 : 63;
		else
			return false;
		*n = *n * 64 + digit;
	}
	return true;
}

static bool
decimal(const char *s, unsigned width, uint64_t *n)
{
	unsigned i;

	*n = 0;
	for (i = 0; i < width && s[i]; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*n = *n * 10 + (uint64_t)(s[i] - '0');
	}
	return i > 0;
}

/* A section's name: up to 8 bytes, or where it is in the string table. */
static int
name_section(struct gort__obj *o, const struct coffhead *h, uint64_t at,
    const struct rd_strings *strings, struct gort__objsec *s,
    struct gort_err *e)
{
	const char *field = (const char *)o->rd.data + at;
	uint64_t index;
	bool is_long = false;

	s->name = NULL;
	if (field[0] == '/')
		is_long = field[1] == '/' ? base64(field + 2, &index)
					  : decimal(field + 1, 7, &index);
	if (is_long && index >= 4)
		s->name = rd_strings_at(strings, index);
	if (s->name)
		return 0;
	/* an image may have lost its strings */
	if (is_long && !h->image)
		return gort__rd_bad(
		    &o->rd, at, e, "a section's name is out of range");
	s->name = gort__obj_strndup(o, field, 8);
	return s->name ? 0 : gort__rd_no_memory(&o->rd, e, "section names");
}

static uint32_t
what_of(const struct gort__objsec *s)
{
	const uint32_t debug = SCN_LNK_INFO | SCN_LNK_REMOVE;
	uint32_t what = 0;

	if (!(s->flags & debug) && !(s->flags & SCN_MEM_DISCARDABLE &&
				       strncmp(s->name, ".debug", 6) == 0))
		what |= OBJ_SEC_ALLOC;
	if (s->flags & SCN_MEM_WRITE)
		what |= OBJ_SEC_WRITE;
	if (s->flags & SCN_MEM_EXECUTE)
		what |= OBJ_SEC_EXEC;
	if (s->flags & SCN_CNT_UNINITIALIZED_DATA)
		what |= OBJ_SEC_NOBITS;
	if (s->flags & SCN_LNK_COMDAT)
		what |= OBJ_SEC_COMDAT;
	if (strcmp(s->name, ".tls") == 0 || strncmp(s->name, ".tls$", 5) == 0)
		what |= OBJ_SEC_TLS;
	return what;
}

/* The relocations of a section; with more than 65534 the first counts. */
static int
find_relocs(struct gort__obj *o, uint64_t at, struct gort__objsec *s,
    struct objbudget *b, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	uint64_t n = rd_u16(r, at + 32), skip = 0;

	s->reloff = rd_u32(r, at + 24);
	if (n == 0)
		return 0;
	if (s->flags & SCN_LNK_NRELOC_OVFL && n == 0xffff) {
		if (!rd_has(r, s->reloff, COFF_RELOC))
			return gort__rd_bad(r, at, e,
			    "relocations lie past the end: truncated");
		n = rd_u32(r, s->reloff);
		skip = 1;
	}
	if (n < skip || !rd_has_table(r, s->reloff, n, COFF_RELOC))
		return gort__rd_bad(
		    r, at, e, "relocations lie past the end: truncated");
	s->nrelocs = (uint32_t)(n - skip);
	s->reloff += skip * COFF_RELOC;
	return gort__obj_spend(b, r, at, n * COFF_RELOC, e);
}

static int
read_section(struct gort__obj *o, const struct coffhead *h, uint64_t at,
    const struct rd_strings *strings, struct objbudget *b,
    struct gort__objsec *s, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	uint32_t vsize = rd_u32(r, at + 8), raw = rd_u32(r, at + 16), align;
	int rc;

	s->flags = rd_u32(r, at + 36);
	rc = name_section(o, h, at, strings, s, e);
	if (rc)
		return rc;
	s->addr = rd_u32(r, at + 12);
	s->offset = rd_u32(r, at + 20);
	s->size = h->image && vsize ? vsize : raw;
	align = (uint32_t)(s->flags >> 20) & 15;
	/* without one, what Microsoft's linker takes */
	if (!align)
		align = s->flags & SCN_TYPE_NO_PAD ? 1 : 5;
	if (!h->image)
		s->align = UINT64_C(1) << (align - 1);
	s->what = what_of(s);
	if (h->image) {
		s->addr += o->base;
	} else {
		rc = find_relocs(o, at, s, b, e);
		s->applies_to = (uint32_t)(s - o->secs);
	}
	if (rc || !s->offset || !raw || (!h->image && s->what & OBJ_SEC_NOBITS))
		return rc;
	if (!rd_has(r, s->offset, raw))
		return gort__rd_bad(
		    r, at, e, "a section lies past the end: truncated");
	s->filesz = raw;
	return gort__obj_spend(b, r, at, s->filesz, e);
}

/* Sections of an image that hold what a program's loader reads. */
static int
check_order(
    const struct gort__obj *o, uint64_t at, uint32_t i, struct gort_err *e)
{
	const struct gort__objsec *s = &o->secs[i], *prev = s - 1;

	if (i > 1 &&
	    (s->addr < prev->addr || s->addr - prev->addr < prev->size))
		return gort__rd_bad(&o->rd, at, e,
		    "an image's sections overlap or are out of order");
	return 0;
}

/* A module's notes in PE and COFF; see Note [Module note]. */
static int
find_notes(
    struct gort__obj *o, const struct gort__objsec *s, struct gort_err *e)
{
	struct gort__objnotes *n;

	if (strcmp(s->name, ".gort") != 0)
		return 0;
	n = gort__obj_room(o->notes, o->nnotes, sizeof(*n));
	if (!n)
		return gort__rd_no_memory(&o->rd, e, "list of notes");
	o->notes = n;
	n += o->nnotes++;
	n->offset = s->offset;
	n->size = s->filesz < s->size ? s->filesz : s->size;
	n->align = 4;
	return 0;
}

int
gort__coff_sections(
    struct gort__obj *o, const struct coffhead *h, struct gort_err *e)
{
	struct objbudget b = {2 * o->rd.size};
	struct rd_strings strings;
	uint32_t i;
	int rc;

	rc = gort__coff_strings(o, h, &strings, e);
	/* an image need not have its symbols any more */
	if (rc && !h->image)
		return rc;
	if (!rd_has_table(&o->rd, h->sections, h->nsections, COFF_SECTION) ||
	    h->nsections >= UINT32_MAX / 2)
		return gort__rd_bad(&o->rd, h->sections, e,
		    "the section headers lie past the end: truncated");
	o->secs =
	    gort__obj_table(o, (size_t)h->nsections + 1, sizeof(*o->secs));
	if (!o->secs)
		return gort__rd_no_memory(&o->rd, e, "list of sections");
	o->nsecs = h->nsections + 1;
	o->secs[0].name = "";
	for (i = 1; i < o->nsecs; i++)
		o->secs[i].name = "";
	for (i = 1, rc = 0; i < o->nsecs && rc == 0; i++) {
		uint64_t at = h->sections + (i - 1) * (uint64_t)COFF_SECTION;

		rc = read_section(o, h, at, &strings, &b, &o->secs[i], e);
		if (rc == 0 && h->image)
			rc = check_order(o, at, i, e);
		if (rc == 0)
			rc = find_notes(o, &o->secs[i], e);
	}
	return rc;
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	struct coffhead h;
	int rc;

	gort__coff_find_head(o, &h);
	gort__coff_machine(o, rd_u16(r, h.big ? 6 : 0));
	o->format = h.big ? "COFF bigobj" : "COFF";
	o->flags = h.flags;
	o->kind =
	    h.flags & FILE_EXECUTABLE_IMAGE ? OBJ_EXECUTABLE : OBJ_RELOCATABLE;
	rc = gort__coff_sections(o, &h, e);
	return rc ? rc : gort__coff_long_import(o, e);
}

static int
symbols(struct gort__obj *o, struct gort_err *e)
{
	struct coffhead h;

	gort__coff_find_head(o, &h);
	return gort__coff_symbols(o, &h, e);
}

/* Records that name auxiliary ones are not let through. */
static int
relocs(struct gort__obj *o, uint32_t section, gort__objreloc_fn *fn, void *arg,
    struct gort_err *e)
{
	const struct gort__objsec *s = &o->secs[section];
	struct gort__objreloc rel = {.has_sym = true};
	const struct rd *r = &o->rd;
	uint64_t at = s->reloff;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < s->nrelocs && rc == 0; i++, at += COFF_RELOC) {
		rel.offset = (uint32_t)(rd_u32(r, at) - s->addr);
		rel.sym = rd_u32(r, at + 4);
		rel.type = rd_u16(r, at + 8);
		if (rel.sym >= o->nsyms)
			return gort__rd_bad(r, at, e,
			    "a relocation has symbol %u of %u", rel.sym,
			    o->nsyms);
		if (o->syms[rel.sym].type == OBJ_AUX)
			return gort__rd_bad(r, at, e,
			    "a relocation has symbol %u, which is a part of "
			    "another",
			    rel.sym);
		rc = fn(&rel, arg);
	}
	return rc;
}

const struct objfmt gort__objcoff = {
    .probe = probe,
    .parse = parse,
    .symbols = symbols,
    .inits = gort__coff_inits,
    .relocs = relocs,
};
