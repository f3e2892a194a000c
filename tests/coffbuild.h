/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * COFF objects made field by field (Microsoft's "PE Format"), for this
 * machine. Sections, relocations and symbols are given in that order for each
 * section; coff_end() puts them together. At the end: the objects of a test.
 */
#ifndef GORT_COFFBUILD_H
#define GORT_COFFBUILD_H

#include "check.h"

#include <stdint.h>

#define COFF_MAX 64

#if defined(__x86_64__)
enum { COFF_MACHINE = 0x8664, COFF_ADDR = 1, COFF_REL32 = 4, COFF_RVA = 3 };
#define COFF_NAME(name) name
#else
enum { COFF_MACHINE = 0x14c, COFF_ADDR = 6, COFF_REL32 = 20, COFF_RVA = 7 };
#define COFF_NAME(name) "_" name
#endif
enum { COFF_SECTION = 10, COFF_SECREL = 11 };

enum {
	COFF_TEXT = 0x60500020, /* 16 bytes aligned */
	COFF_DATA = (int)0xc0500040,
	COFF_RDATA = 0x40500040,
	COFF_BSS = (int)0xc0500080,
	COFF_COMDAT = 0x1000,
};

enum { EXTERNAL = 2, STATIC = 3, WEAK = 105 };

struct coffsec {
	char name[8];
	uint8_t data[512];
	unsigned size, nrels;
	uint32_t flags;
	struct {
		uint32_t at, sym;
		unsigned type;
	} rels[COFF_MAX];
};

struct coff {
	struct coffsec secs[COFF_MAX];
	unsigned nsecs, nsyms, nstrings;
	uint8_t syms[COFF_MAX * 4][18];
	char strings[4096];
	/* made by coff_end() */
	uint8_t *file;
	size_t size;
	size_t relocs_at, symbols_at, strings_at;
};

static inline void
coff_put(uint8_t *p, uint64_t v, unsigned n)
{
	for (; n; n--, v >>= 8)
		*p++ = (uint8_t)v;
}

/* All zeros, without symbols. */
static inline struct coff *
coff_new(void)
{
	struct coff *c = calloc(1, sizeof(*c));

	if (!c)
		exit(99);
	c->nstrings = 4;
	return c;
}

/* Its number. */
static inline unsigned
coff_section(struct coff *c, const char *name, int flags, const void *data,
    unsigned size)
{
	struct coffsec *s = &c->secs[c->nsecs++];

	memcpy(s->name, name, strnlen(name, 8));
	s->flags = (uint32_t)flags;
	s->size = size;
	if (data)
		memcpy(s->data, data, size);
	return c->nsecs;
}

static inline void
coff_reloc(
    struct coff *c, unsigned sec, uint32_t at, uint32_t sym, unsigned type)
{
	struct coffsec *s = &c->secs[sec - 1];

	s->rels[s->nrels].at = at;
	s->rels[s->nrels].sym = sym;
	s->rels[s->nrels++].type = type;
}

/* A record of 18 bytes; its number. */
static inline uint32_t
coff_symbol(
    struct coff *c, const char *name, uint32_t value, int sec, unsigned class)
{
	uint8_t *p = c->syms[c->nsyms];
	size_t n = strlen(name);

	if (n <= 8) {
		memcpy(p, name, n);
	} else {
		coff_put(p + 4, c->nstrings, 4);
		memcpy(c->strings + c->nstrings, name, n + 1);
		c->nstrings += (unsigned)n + 1;
	}
	coff_put(p + 8, value, 4);
	coff_put(p + 12, (uint64_t)(int64_t)sec, 2);
	p[16] = (uint8_t) class;
	return c->nsyms++;
}

/* The auxiliary record of the symbol before. */
static inline uint8_t *
coff_aux(struct coff *c)
{
	c->syms[c->nsyms - 1][17] = 1;
	return c->syms[c->nsyms++];
}

/* A COMDAT section and its symbol. */
static inline unsigned
coff_comdat(struct coff *c, const char *name, int flags, const void *data,
    unsigned size, unsigned selection, unsigned parent)
{
	unsigned sec = coff_section(c, name, flags | COFF_COMDAT, data, size);
	uint8_t *aux;

	coff_symbol(c, name, 0, (int)sec, STATIC);
	aux = coff_aux(c);
	coff_put(aux, size, 4);
	coff_put(aux + 12, parent, 2);
	aux[14] = (uint8_t)selection;
	return sec;
}

/* A weak external; how: 1 no library, 2 library, 3 alias. */
static inline uint32_t
coff_weak(struct coff *c, const char *name, uint32_t of, unsigned how)
{
	uint32_t i = coff_symbol(c, name, 0, 0, WEAK);
	uint8_t *aux = coff_aux(c);

	coff_put(aux, of, 4);
	coff_put(aux + 4, how, 4);
	return i;
}

/* The file's bytes, until coff_free(). */
static inline void
coff_end(struct coff *c)
{
	size_t at = 20 + 40 * (size_t)c->nsecs;
	uint8_t *p = calloc(1, 1 << 20);
	unsigned i, k;

	if (!p)
		exit(99);
	free(c->file);
	c->file = p;
	for (i = 0; i < c->nsecs; i++) {
		const struct coffsec *s = &c->secs[i];
		uint8_t *h = p + 20 + 40 * i;

		memcpy(h, s->name, 8);
		coff_put(h + 16, s->size, 4);
		if ((int)s->flags != COFF_BSS) {
			coff_put(h + 20, s->size ? at : 0, 4);
			memcpy(p + at, s->data, s->size);
			at += s->size;
		}
		coff_put(h + 36, s->flags, 4);
	}
	c->relocs_at = at;
	for (i = 0; i < c->nsecs; i++) {
		const struct coffsec *s = &c->secs[i];
		uint8_t *h = p + 20 + 40 * i;

		coff_put(h + 24, s->nrels ? at : 0, 4);
		coff_put(h + 32, s->nrels, 2);
		for (k = 0; k < s->nrels; k++, at += 10) {
			coff_put(p + at, s->rels[k].at, 4);
			coff_put(p + at + 4, s->rels[k].sym, 4);
			coff_put(p + at + 8, s->rels[k].type, 2);
		}
	}
	c->symbols_at = at;
	memcpy(p + at, c->syms, c->nsyms * sizeof(c->syms[0]));
	at += c->nsyms * sizeof(c->syms[0]);
	c->strings_at = at;
	memcpy(p + at, c->strings, c->nstrings);
	coff_put(p + at, c->nstrings, 4);
	at += c->nstrings;
	coff_put(p, COFF_MACHINE, 2);
	coff_put(p + 2, c->nsecs, 2);
	coff_put(p + 8, c->symbols_at, 4);
	coff_put(p + 12, c->nsyms, 4);
	c->size = at;
}

static inline void
coff_free(struct coff *c)
{
	free(c->file);
	free(c);
}

static struct coff *objects[8];
static unsigned nobjects;

/* The n-th object of a test; all go at its end. */
static inline struct coff *
object(void)
{
	return objects[nobjects++] = coff_new();
}

static inline void
drop_objects(void)
{
	while (nobjects)
		coff_free(objects[--nobjects]);
}

/* int NAME(void) { return value; } in a section of its own. */
static inline unsigned
function(struct coff *c, const char *name, int value)
{
	uint8_t code[6] = {0xb8, [5] = 0xc3};
	unsigned sec;

	coff_put(code + 1, (uint32_t)value, 4);
	sec = coff_section(c, ".text", COFF_TEXT, code, sizeof(code));
	coff_symbol(c, name, 0, (int)sec, EXTERNAL);
	return sec;
}

static inline unsigned
comdat_function(struct coff *c, int value, unsigned selection, unsigned size)
{
	uint8_t code[32] = {0xb8, [5] = 0xc3};
	unsigned sec;

	coff_put(code + 1, (uint32_t)value, 4);
	sec = coff_comdat(c, ".text$f", COFF_TEXT, code, size, selection, 0);
	coff_symbol(c, COFF_NAME("f"), 0, (int)sec, EXTERNAL);
	return sec;
}

#endif
