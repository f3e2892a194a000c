/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of short import objects, of which MSVC-style import libraries
 * consist (PE Format, "Import Library Format"). Leaf.
 */
#include "../include/small.h"
#include "objcoff.h"

#include <stdlib.h>

#define HEADER 20

/* How the name in the library comes from the symbol. */
enum {
	NAME_ORDINAL,
	NAME_SAME,
	NAME_NO_PREFIX,
	NAME_UNDECORATED,
	NAME_GIVEN, /* by a third string */
};

static bool
probe(const struct rd *r)
{
	return rd_has(r, 0, HEADER) && rd_u16(r, 0) == 0 &&
	       rd_u16(r, 2) == 0xffff && rd_u16(r, 4) == 0;
}

/* The next of the strings; NULL with *e filled. */
static const char *
next_string(struct gort__obj *o, uint64_t *at, uint64_t end, struct gort_err *e)
{
	const char *s = rd_string(&o->rd, *at, end);

	if (s)
		*at += strlen(s) + 1;
	else
		gort__rd_bad(
		    &o->rd, *at, e, "a string of the import does not end");
	return s;
}

/* The name that the library has for the symbol; NULL: no memory. */
static const char *
library_name(struct gort__obj *o, const char *symbol, unsigned kind)
{
	if (kind == NAME_ORDINAL)
		return "";
	if (kind == NAME_SAME)
		return symbol;
	if (*symbol == '?' || *symbol == '@' || *symbol == '_')
		symbol++;
	if (kind == NAME_NO_PREFIX)
		return symbol;
	return gort__obj_strndup(o, symbol, strcspn(symbol, "@"));
}

/* What is imported. */
enum {
	IMPORT_CODE,
	IMPORT_DATA,
	IMPORT_CONST,
};

/*
 * "__imp_f", a pointer to it, and f: code that goes there, or, of a constant,
 * the pointer once more.
 */
static int
add_symbols(struct gort__obj *o, const char *symbol, unsigned what)
{
	size_t n = strlen(symbol) + sizeof("__imp_");
	char *pointer = gort__obj_alloc(o, n);
	unsigned i;

	o->syms = gort__obj_table(o, 2, sizeof(*o->syms));
	if (!pointer || !o->syms)
		return -1;
	snprintf(pointer, n, "__imp_%s", symbol);
	o->nsyms = what == IMPORT_DATA ? 1 : 2;
	o->syms[0].name = pointer;
	o->syms[1].name = symbol;
	for (i = 0; i < o->nsyms; i++) {
		o->syms[i].section = OBJ_SHN_OTHER;
		o->syms[i].bind = OBJ_GLOBAL;
		o->syms[i].type =
		    i && what == IMPORT_CODE ? OBJ_FUNC : OBJ_DATA;
		o->syms[i].other = CLASS_EXTERNAL;
	}
	o->has_syms = true;
	return 0;
}

static int
fill(struct gort__obj *o, const char *symbol, const char *library,
    const char *given)
{
	unsigned kind = rd_u16(&o->rd, 18) >> 2 & 7;
	unsigned what = rd_u16(&o->rd, 18) & 3;
	struct gort__objimport *im;

	o->imports = im = calloc(1, sizeof(*im));
	o->needed = calloc(1, sizeof(*o->needed));
	if (!im || !o->needed)
		return -1;
	im->name = given ? given : library_name(o, symbol, kind);
	if (!im->name)
		return -1;
	im->library = library;
	im->ordinal = rd_u16(&o->rd, 16);
	im->func = what == IMPORT_CODE;
	o->nimports = 1;
	o->needed[0] = library;
	o->nneeded = 1;
	return add_symbols(o, symbol, what);
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	const struct rd *r = &o->rd;
	const char *symbol, *library, *given = NULL;
	uint64_t at = HEADER, end;

	o->kind = OBJ_IMPORT;
	o->format = "COFF short import";
	gort__coff_machine(o, rd_u16(r, 6));
	if ((rd_u16(r, 18) & 3) > IMPORT_CONST)
		return gort__rd_bad(r, 18, e, "an import of type 3");
	if ((rd_u16(r, 18) >> 2 & 7) > NAME_GIVEN)
		return gort__rd_bad(
		    r, 18, e, "a name of type %u", rd_u16(r, 18) >> 2 & 7);
	if (!rd_has(r, HEADER, rd_u32(r, 12)))
		return gort__rd_bad(r, 12, e, "truncated in an import");
	end = HEADER + (uint64_t)rd_u32(r, 12);
	symbol = next_string(o, &at, end, e);
	library = symbol ? next_string(o, &at, end, e) : NULL;
	if (library && (rd_u16(r, 18) >> 2 & 7) == NAME_GIVEN) {
		given = next_string(o, &at, end, e);
		if (!given)
			return -e->code;
	}
	if (!library)
		return -e->code;
	if (!symbol[0] || !library[0])
		return gort__rd_bad(r, HEADER, e, "an import without a name");
	if (fill(o, symbol, library, given))
		return gort__rd_no_memory(r, e, "import");
	return 0;
}

const struct objfmt gort__objimport = {
    .probe = probe,
    .parse = parse,
};
