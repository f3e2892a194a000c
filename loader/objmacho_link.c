/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a Mach-O file imports, by what its dynamic linker reads: the opcodes of
 * LC_DYLD_INFO, or the table of LC_DYLD_CHAINED_FIXUPS; and exports, by the
 * trie of names. Files that are older have both in their symbols. Leaf.
 */
#include "../include/small.h"
#include "objmacho.h"

#include <stdlib.h>

/* ---- imports ------------------------------------------------------------ */

/* ordinal: from 1; others are no library of the list. */
static int
add_import(struct macho *m, const char *name, int64_t ordinal, bool weak)
{
	struct gort__obj *o = m->o;
	struct gort__objimport *im;

	im = gort__obj_room(o->imports, o->nimports, sizeof(*im));
	if (!im)
		return gort__rd_no_memory(&o->rd, m->e, "imports");
	o->imports = im;
	im += o->nimports++;
	im->name = name;
	im->weak = weak;
	if (ordinal >= 1 && ordinal <= o->nneeded)
		im->library = o->needed[ordinal - 1];
	return 0;
}

/* The state that bind opcodes change. */
struct binder {
	const char *name; /* NULL: none yet */
	int64_t ordinal;
	bool weak;
	bool done; /* the symbol was added */
};

/* One opcode at *at. -GORT_EFORMAT: with *e filled if what said so did. */
static int
bind_opcode(struct macho *m, struct binder *b, uint64_t *at, uint64_t end)
{
	const struct rd *r = &m->o->rd;
	uint64_t start = *at, value;
	unsigned op = r->data[*at] & 0xf0, imm = r->data[*at] & 0xf;
	bool ok = true;

	++*at;
	switch (op) {
	case 0x00: /* DONE; of lazy ones each has one */
	case 0x50: /* SET_TYPE_IMM */
		break;
	case 0x10: /* SET_DYLIB_ORDINAL_IMM */
		b->ordinal = imm;
		b->done = false;
		break;
	case 0x20: /* SET_DYLIB_ORDINAL_ULEB */
		ok = rd_uleb(r, at, end, &value);
		b->ordinal = value <= INT32_MAX ? (int64_t)value : 0;
		b->done = false;
		break;
	case 0x30: /* SET_DYLIB_SPECIAL_IMM: 0 or negative */
		b->ordinal = imm ? (int64_t)imm - 16 : 0;
		b->done = false;
		break;
	case 0x40: /* SET_SYMBOL_TRAILING_FLAGS_IMM */
		b->name = rd_string(r, *at, end);
		b->weak = imm & 1;
		b->done = false;
		ok = b->name != NULL;
		if (ok)
			*at += strlen(b->name) + 1;
		break;
	case 0x60: /* SET_ADDEND_SLEB */
	case 0x70: /* SET_SEGMENT_AND_OFFSET_ULEB */
	case 0x80: /* ADD_ADDR_ULEB */
	case 0xa0: /* DO_BIND_ADD_ADDR_ULEB */
		ok = rd_uleb(r, at, end, &value);
		break;
	case 0xc0: /* DO_BIND_ULEB_TIMES_SKIPPING_ULEB */
		ok = rd_uleb(r, at, end, &value) && rd_uleb(r, at, end, &value);
		break;
	case 0x90: /* DO_BIND */
	case 0xb0: /* DO_BIND_ADD_ADDR_IMM_SCALED */
		break;
	case 0xd0: /* THREADED: the size of a table, or the whole of it */
		ok = imm == 1 || (imm == 0 && rd_uleb(r, at, end, &value));
		break;
	default:
		ok = false;
		break;
	}
	if (!ok || (op >= 0x90 && op <= 0xc0 && !b->name))
		return gort__rd_bad(r, start, m->e,
		    "bind opcode 0x%02x makes no sense", op | imm);
	if (op < 0x90 || op > 0xc0 || b->done)
		return 0;
	b->done = true;
	return add_import(m, b->name, b->ordinal, b->weak);
}

/*
 * The search for a string's end looks at all that follows: the names lie one
 * after the other, so only the last may have none.
 */
static int
read_binds(struct macho *m, const struct stretch *s)
{
	struct binder b = {0};
	uint64_t at = s->off, end = at + s->size;
	int rc = 0;

	while (at < end && rc == 0)
		rc = bind_opcode(m, &b, &at, end);
	return rc;
}

/* A symbol can be bound early and lazily: once is enough. */
struct entry {
	const struct gort__objimport *im;
	uint32_t index;
};

/* Names that are long and the same are mostly one, at one place. */
static int
compare_names(const struct gort__objimport *x, const struct gort__objimport *y)
{
	return x->name == y->name ? 0 : strcmp(x->name, y->name);
}

static int
by_name(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = compare_names(x->im, y->im);

	if (order == 0 && x->im->library != y->im->library)
		order = (uintptr_t)x->im->library < (uintptr_t)y->im->library
			    ? -1
			    : 1;
	if (order)
		return order;
	return (x->index > y->index) - (x->index < y->index);
}

static int
drop_twice(struct macho *m)
{
	struct gort__obj *o = m->o;
	struct entry *es = calloc((size_t)o->nimports + 1, sizeof(*es));
	uint32_t i, n = 0;

	if (!es)
		return gort__rd_no_memory(&o->rd, m->e, "imports");
	for (i = 0; i < o->nimports; i++) {
		es[i].im = &o->imports[i];
		es[i].index = i;
	}
	if (o->nimports)
		qsort(es, o->nimports, sizeof(*es), by_name);
	for (i = 1; i < o->nimports; i++) {
		struct gort__objimport *im = &o->imports[es[i].index];

		if (compare_names(im, es[i - 1].im) == 0 &&
		    im->library == es[i - 1].im->library)
			im->delayed = true; /* marked, to go */
	}
	free(es);
	for (i = 0; i < o->nimports; i++)
		if (!o->imports[i].delayed)
			o->imports[n++] = o->imports[i];
	o->nimports = n;
	return 0;
}

/* dyld_chained_import, _addend and _addend64. */
static int
read_chained(struct macho *m)
{
	static const uint8_t sizes[] = {0, 4, 8, 16};
	const struct rd *r = &m->o->rd;
	uint64_t c = m->chained.off, size = m->chained.size, imports, names;
	uint32_t n, format, i;
	struct rd_strings strings;
	int rc = 0;

	if (size < 28)
		return gort__rd_bad(
		    r, c, m->e, "the header of fixups is too short");
	imports = rd_u32(r, c + 8);
	names = rd_u32(r, c + 12);
	n = rd_u32(r, c + 16);
	format = rd_u32(r, c + 20);
	if (n == 0)
		return 0;
	if (format < 1 || format > 3 || rd_u32(r, c + 24) != 0)
		return gort__rd_bad(r, c + 20, m->e,
		    "imports of format %u, names of format %u", format,
		    rd_u32(r, c + 24));
	if (imports > size || n > (size - imports) / sizes[format] ||
	    names > size)
		return gort__rd_bad(
		    r, c + 8, m->e, "the imports of fixups are out of range");
	strings = rd_strings(r, c + names, size - names);
	for (i = 0; i < n && rc == 0; i++) {
		uint64_t at = c + imports + i * (uint64_t)sizes[format];
		uint64_t v = rd_uint(r, at, format == 3 ? 8 : 4);
		unsigned bits = format == 3 ? 16 : 8;
		int64_t ordinal = (int64_t)(v & ((1u << bits) - 1));
		const char *name =
		    rd_strings_at(&strings, format == 3 ? v >> 32 : v >> 9);

		if (!name)
			return gort__rd_bad(
			    r, at, m->e, "an import's name is out of range");
		if (ordinal > (1 << bits) - 16)
			ordinal -= 1 << bits;
		rc = add_import(m, name, ordinal, v >> bits & 1);
	}
	return rc;
}

/* By the symbols, of files that no newer dynamic linker reads. */
static int
import_symbols(struct macho *m)
{
	struct gort__obj *o = m->o;
	uint32_t i;
	int rc;

	rc = gort__obj_symbols(o, m->e);
	for (i = 0; i < o->nsyms && rc == 0; i++) {
		const struct gort__objsym *s = &o->syms[i];

		if (s->section == 0)
			rc = add_import(
			    m, s->name, s->other >> 8, s->bind == OBJ_WEAK);
	}
	return rc;
}

int
gort__macho_imports(struct macho *m)
{
	int rc;

	if (m->chained.size)
		return read_chained(m);
	if (!m->has_dyld_info)
		return import_symbols(m);
	rc = read_binds(m, &m->bind);
	if (rc == 0)
		rc = read_binds(m, &m->lazy_bind);
	return rc ? rc : drop_twice(m);
}

/* ---- exports ------------------------------------------------------------ */

/* Flags of an export. */
#define EXPORT_KIND 3u
#define EXPORT_KIND_ABSOLUTE 2u
#define EXPORT_REEXPORT 8u

/* A node still to be looked at; its name's end is in the prefix. */
struct node {
	uint32_t at;     /* in the trie */
	uint32_t edge;   /* where the edge to it is in the trie */
	uint32_t n;      /* its bytes */
	uint32_t prefix; /* bytes of the name before it */
};

/* The work on the trie. */
struct trie {
	struct macho *m;
	uint64_t off, size;
	uint8_t *seen;      /* a bit a byte of the trie: a node is there */
	struct node *stack; /* to be looked at */
	uint32_t nstack;
	char *name;    /* of the node, and room for the longest */
	uint64_t left; /* bytes of names that may still be made */
};

static int
bad_trie(const struct trie *t, uint64_t at, const char *what)
{
	return gort__rd_bad(&t->m->o->rd, at, t->m->e, "%s", what);
}

static const char *
export_name(struct trie *t, uint32_t len)
{
	if (len > t->left)
		return NULL;
	t->left -= len;
	return gort__obj_strndup(t->m->o, t->name, len);
}

/* What a node says of the symbol that ends in it. */
static int
add_export(struct trie *t, uint64_t at, uint64_t end, uint32_t len)
{
	struct gort__obj *o = t->m->o;
	struct gort__objexport *ex;
	uint64_t start = at, flags, value = 0;

	ex = gort__obj_room(o->exports, o->nexports, sizeof(*ex));
	if (!ex)
		return gort__rd_no_memory(&o->rd, t->m->e, "exports");
	o->exports = ex;
	ex += o->nexports;
	if (!rd_uleb(&o->rd, &at, end, &flags) ||
	    !rd_uleb(&o->rd, &at, end, &value))
		return bad_trie(t, start, "an export does not end");
	ex->name = export_name(t, len);
	if (!ex->name)
		return bad_trie(t, start,
		    "the exports' names are far longer than the file");
	if (flags & EXPORT_REEXPORT) {
		ex->forward = rd_string(&o->rd, at, end);
		if (!ex->forward)
			return bad_trie(t, start, "an export does not end");
		if (!ex->forward[0])
			ex->forward = ex->name;
	} else if ((flags & EXPORT_KIND) == EXPORT_KIND_ABSOLUTE) {
		ex->addr = value;
	} else {
		ex->addr = o->base + value;
	}
	o->nexports++;
	return 0;
}

/*
 * Put a node's children on the stack, the first on top. The number of a child
 * stands behind the NUL of its edge: edges that overlap have the same child,
 * which is refused. So all edges together are within the trie's size.
 */
static int
push_children(struct trie *t, uint64_t at, uint32_t len)
{
	const struct rd *r = &t->m->o->rd;
	uint64_t end = t->off + t->size, child;
	unsigned n = r->data[at++], i;
	uint32_t first = t->nstack;

	for (i = 0; i < n; i++) {
		const char *edge = rd_string(r, at, end);
		uint64_t start = at;
		struct node *s;

		if (!edge)
			return bad_trie(t, at, "an export's name does not end");
		at += strlen(edge) + 1;
		s = gort__obj_room(t->stack, t->nstack, sizeof(*s));
		if (!s)
			return gort__rd_no_memory(r, t->m->e, "exports");
		t->stack = s;
		s += t->nstack++;
		s->edge = (uint32_t)(start - t->off);
		s->n = (uint32_t)(at - start - 1);
		s->prefix = len;
		if (!rd_uleb(r, &at, end, &child) || child >= t->size)
			return bad_trie(
			    t, start, "a node of the exports is out of range");
		/* no cycle, and no node by two ways */
		if (t->seen[child / 8] & 1u << child % 8)
			return bad_trie(
			    t, start, "a node of the exports is there twice");
		t->seen[child / 8] |= (uint8_t)(1u << child % 8);
		s->at = (uint32_t)child;
	}
	for (i = 0; i < n / 2; i++) {
		struct node swap = t->stack[first + i];

		t->stack[first + i] = t->stack[first + n - 1 - i];
		t->stack[first + n - 1 - i] = swap;
	}
	return 0;
}

static int
visit(struct trie *t, const struct node *node)
{
	const struct rd *r = &t->m->o->rd;
	uint64_t at = t->off + node->at, end = t->off + t->size, terminal;
	uint32_t len = node->prefix;
	int rc = 0;

	if (node->n > t->size - len)
		return bad_trie(t, at, "an export's name is longer than all");
	memcpy(t->name + len, r->data + t->off + node->edge, node->n);
	len += node->n;
	if (!rd_uleb(r, &at, end, &terminal) || terminal > end - at)
		return bad_trie(
		    t, t->off + node->at, "a node of the exports is too long");
	if (terminal)
		rc = add_export(t, at, at + terminal, len);
	at += terminal;
	if (rc == 0 && at < end)
		rc = push_children(t, at, len);
	return rc;
}

static int
read_trie(struct trie *t)
{
	struct node node = {0};
	int rc;

	t->seen[0] = 1;
	rc = visit(t, &node);
	while (rc == 0 && t->nstack) {
		node = t->stack[--t->nstack];
		rc = visit(t, &node);
	}
	return rc;
}

/* By the symbols, of files without a trie. */
static int
export_symbols(struct macho *m)
{
	struct gort__obj *o = m->o;
	struct gort__objexport *ex;
	uint32_t i;
	int rc;

	rc = gort__obj_symbols(o, m->e);
	for (i = 0; i < o->nsyms && rc == 0; i++) {
		const struct gort__objsym *s = &o->syms[i];

		if (s->bind == OBJ_LOCAL || s->visibility || !s->section)
			continue;
		ex = gort__obj_room(o->exports, o->nexports, sizeof(*ex));
		if (!ex)
			return gort__rd_no_memory(&o->rd, m->e, "exports");
		o->exports = ex;
		ex += o->nexports++;
		ex->name = s->name;
		ex->addr = s->value;
		ex->func = s->type == OBJ_FUNC;
	}
	return rc;
}

int
gort__macho_exports(struct macho *m)
{
	struct trie t = {.m = m, .off = m->trie.off, .size = m->trie.size};
	int rc;

	if (!t.size)
		return m->has_dyld_info ? 0 : export_symbols(m);
	t.left = 16 * m->o->rd.size;
	t.seen = calloc((size_t)t.size / 8 + 1, 1);
	t.name = malloc((size_t)t.size + 1);
	if (t.seen && t.name)
		rc = read_trie(&t);
	else
		rc = gort__rd_no_memory(&m->o->rd, m->e, "exports");
	free(t.seen);
	free(t.name);
	free(t.stack);
	return rc;
}
