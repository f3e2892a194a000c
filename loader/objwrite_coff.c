/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing COFF objects ("PE Format", "COFF File Header (Object and Image)" and
 * on). The file is the header, the section headers, each section's bytes and
 * relocations, the symbols, and the string table. Leaf.
 */
#include "objwrite.h"
#include "objcoff.h"

#define SYMBOL_SIZE 18
#define SHORT_NAME 8
#define MAX_RELOCS 0xffff
#define TYPE_FUNCTION 0x20 /* IMAGE_SYM_DTYPE_FUNCTION << 4 */

struct coffwrite {
	struct objwrite *w;
	struct wr *out;
	struct wr strings; /* behind the size of the string table */
	uint32_t *index;   /* of each symbol in the file */
	uint32_t nsyms;    /* records, with auxiliary ones */
};

/* Where a name that is not short lies in the string table. */
static uint64_t
string_at(struct coffwrite *f, const char *name)
{
	uint64_t at = 4 + f->strings.n;

	wr_string(&f->strings, name);
	return at;
}

/* The name, or "/" and where it lies in the string table. */
static void
write_section_name(struct coffwrite *f, const char *name)
{
	char field[SHORT_NAME + 1] = {0};
	size_t n = strlen(name);

	if (n <= SHORT_NAME)
		memcpy(field, name, n);
	else
		snprintf(
		    field, sizeof(field), "/%u", (unsigned)string_at(f, name));
	wr_bytes(f->out, field, SHORT_NAME);
}

static uint32_t
characteristics(const struct objwrite_sec *s)
{
	uint32_t flags = 0, log2 = 0;

	while (1u << log2 < s->align)
		log2++;
	flags = (log2 + 1) << 20;
	if (!(s->what & OBJ_SEC_ALLOC))
		return flags | SCN_LNK_INFO | SCN_LNK_REMOVE;
	flags |= SCN_MEM_READ;
	if (s->what & OBJ_SEC_WRITE)
		flags |= SCN_MEM_WRITE;
	if (s->what & OBJ_SEC_EXEC)
		return flags | SCN_CNT_CODE | SCN_MEM_EXECUTE;
	return flags | SCN_CNT_INITIALIZED_DATA;
}

static size_t
count_relocs(const struct objwrite_sec *s)
{
	return s->rels.n / sizeof(struct objwrite_rel);
}

/* *at: where the section's bytes and relocations go; moved past them. */
static void
write_section_header(
    struct coffwrite *f, const struct objwrite_sec *s, uint64_t *at)
{
	size_t n = count_relocs(s);
	uint32_t flags = characteristics(s);
	uint64_t bytes = *at, relocs = bytes + s->bytes.n;

	if (n >= MAX_RELOCS) {
		flags |= SCN_LNK_NRELOC_OVFL;
		*at += COFF_RELOC;
	}
	*at += s->bytes.n + n * COFF_RELOC;
	write_section_name(f, s->name);
	wr_uint(f->out, 0, 8); /* VirtualSize, VirtualAddress */
	wr_uint(f->out, s->bytes.n, 4);
	wr_uint(f->out, s->bytes.n ? bytes : 0, 4);
	wr_uint(f->out, n ? relocs : 0, 4);
	wr_uint(f->out, 0, 4);
	wr_uint(f->out, n < MAX_RELOCS ? n : MAX_RELOCS, 2);
	wr_uint(f->out, 0, 2);
	wr_uint(f->out, flags, 4);
}

static void
write_relocs(struct coffwrite *f, const struct objwrite_sec *s)
{
	const struct objwrite_rel *r = (const void *)s->rels.data;
	size_t i, n = count_relocs(s);

	if (n >= MAX_RELOCS) {
		/* the count, with this record */
		wr_uint(f->out, n + 1, 4);
		wr_fill(f->out, 0, COFF_RELOC - 4);
	}
	for (i = 0; i < n; i++) {
		wr_uint(f->out, r[i].offset, 4);
		wr_uint(f->out, f->index[r[i].sym], 4);
		wr_uint(f->out, r[i].type, 2);
	}
}

/* A section symbol has an auxiliary record behind it. */
static bool
number_symbols(struct coffwrite *f)
{
	const struct objwrite_sym *syms = (const void *)f->w->syms.data;
	size_t i, n = f->w->syms.n / sizeof(*syms);

	f->index = malloc((n + 1) * sizeof(*f->index));
	if (!f->index)
		return false;
	for (i = 0; i < n; i++) {
		f->index[i] = f->nsyms;
		f->nsyms += syms[i].type == OBJ_SECTION ? 2 : 1;
	}
	return true;
}

/* "Auxiliary Format 5: Section Definitions" */
static void
write_section_aux(struct coffwrite *f, const struct objwrite_sec *s)
{
	size_t n = count_relocs(s);

	wr_uint(f->out, s->bytes.n, 4);
	wr_uint(f->out, n < MAX_RELOCS ? n : MAX_RELOCS, 2);
	wr_fill(f->out, 0, SYMBOL_SIZE - 6);
}

static void
write_symbol(struct coffwrite *f, const struct objwrite_sym *s)
{
	const char *name = (const char *)f->w->names.data + s->name;
	bool section = s->type == OBJ_SECTION;

	if (strlen(name) <= SHORT_NAME) {
		char field[SHORT_NAME] = {0};

		memcpy(field, name, strlen(name));
		wr_bytes(f->out, field, SHORT_NAME);
	} else {
		wr_uint(f->out, 0, 4);
		wr_uint(f->out, string_at(f, name), 4);
	}
	wr_uint(f->out, s->value, 4);
	wr_uint(f->out, s->section, 2);
	wr_uint(f->out, s->type == OBJ_FUNC ? TYPE_FUNCTION : 0, 2);
	wr_uint(
	    f->out, s->bind == OBJ_LOCAL ? CLASS_STATIC : CLASS_EXTERNAL, 1);
	wr_uint(f->out, section, 1);
	if (section)
		write_section_aux(f, &f->w->secs[s->section]);
}

static void
write_header(struct coffwrite *f, uint64_t symbols)
{
	const struct objmachine *m = f->w->mach;

	wr_uint(f->out, m->machine, 2);
	wr_uint(f->out, f->w->nsecs - 1, 2);
	wr_uint(f->out, 0, 4); /* TimeDateStamp */
	wr_uint(f->out, symbols, 4);
	wr_uint(f->out, f->nsyms, 4);
	wr_uint(f->out, 0, 2);
	wr_uint(f->out, m->flags, 2);
}

static uint64_t
all_sections(const struct objwrite *w)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 1; i < w->nsecs; i++) {
		size_t relocs = count_relocs(&w->secs[i]);

		n += w->secs[i].bytes.n + relocs * COFF_RELOC +
		     (relocs >= MAX_RELOCS ? COFF_RELOC : 0);
	}
	return n;
}

static void
write_file(struct coffwrite *f)
{
	struct objwrite *w = f->w;
	const struct objwrite_sym *syms = (const void *)w->syms.data;
	size_t i, n = w->syms.n / sizeof(*syms);
	uint64_t at = COFF_HEADER + (uint64_t)(w->nsecs - 1) * COFF_SECTION;

	wr_reserve(&f->strings, w->names.n);
	write_header(f, at + all_sections(w));
	for (i = 1; i < w->nsecs; i++)
		write_section_header(f, &w->secs[i], &at);
	for (i = 1; i < w->nsecs; i++) {
		wr_bytes(f->out, w->secs[i].bytes.data, w->secs[i].bytes.n);
		write_relocs(f, &w->secs[i]);
	}
	for (i = 0; i < n; i++)
		write_symbol(f, &syms[i]);
	wr_uint(f->out, 4 + f->strings.n, 4);
	wr_bytes(f->out, f->strings.data, f->strings.n);
}

int
gort__objwrite_coff(struct objwrite *w, struct wr *out, struct gort_err *e)
{
	const struct objwrite_sym *syms = (const void *)w->syms.data;
	struct coffwrite f = {.w = w, .out = out};
	size_t i;

	for (i = 0; i < w->syms.n / sizeof(*syms); i++)
		if (syms[i].bind == OBJ_WEAK)
			return gort__err(e, GORT_ENOTSUP, NULL,
			    GORT_ERR_NO_OFFSET,
			    "weak symbols are not written to COFF objects: %s",
			    (const char *)w->names.data + syms[i].name);
	if (all_sections(w) + w->syms.n + w->names.n > INT32_MAX)
		return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
		    "the object would be larger than 2 GiB");
	if (number_symbols(&f))
		write_file(&f);
	else
		out->failed = true;
	out->failed |= f.strings.failed;
	wr_free(&f.strings);
	free(f.index);
	return 0;
}
