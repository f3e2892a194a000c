/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF objects as input of a link (gABI, "Sections"; GNU's groups and priority
 * lists). What is checked here holds for every object before anything of it
 * is bound.
 */
#include "../include/small.h"
#include "link.h"
#include "objelf.h"

#include <stdlib.h>

#define SHF_EXCLUDE 0x80000000u
#define LAST 65537u /* behind all priorities */

static int
check(struct gort__obj *o, struct gort_err *e)
{
	uint32_t i, tables = 0;

	if (gort__obj_check_machine(o, e))
		return -e->code;
	for (i = 1; i < o->nsecs; i++)
		tables += o->secs[i].type == SHT_SYMTAB;
	if (tables > 1)
		return gort__err(e, GORT_EFORMAT, o->rd.file,
		    GORT_ERR_NO_OFFSET, "it has %u symbol tables", tables);
	return gort__obj_symbols(o, e);
}

/* A group goes by its signature; the first of that name is kept. */
static int
groups(struct gort_link *lk, uint32_t index, struct gort_err *e)
{
	struct linkobj *ob = lk->objs[index];
	uint32_t i;

	if (!ob->o.ngroups)
		return 0;
	for (i = 1; i < ob->o.nsecs; i++) {
		const struct gort__objsec *s = &ob->o.secs[i];
		const struct gort__objsym *sig;
		uint32_t g;

		if (s->type != SHT_GROUP || !(s->what & OBJ_SEC_COMDAT))
			continue;
		if (s->info == 0 || s->info >= ob->o.nsyms)
			return gort__link_bad(ob, s->offset, GORT_EFORMAT, e,
			    "a group's signature is symbol %u of %u", s->info,
			    ob->o.nsyms);
		sig = &ob->o.syms[s->info];
		g = gort__link_group(
		    lk, sig->type == OBJ_SECTION && sig->section < ob->o.nsecs
			    ? ob->o.secs[sig->section].name
			    : sig->name);
		if (!g)
			return gort__rd_no_memory(&ob->o.rd, e, "symbols");
		if (!lk->syms[g].obj)
			lk->syms[g].obj = index;
		ob->secs[i].lost = lk->syms[g].obj != index ||
				   (lk->syms[g].sym && lk->syms[g].sym != i);
		lk->syms[g].sym = ob->secs[i].lost ? lk->syms[g].sym : i;
	}
	for (i = 1; i < ob->o.nsecs; i++)
		if (ob->o.secs[i].group)
			ob->secs[i].lost = ob->secs[ob->o.secs[i].group].lost;
	return 0;
}

static bool
is_relro(const struct gort__objsec *s)
{
	static const char names[][16] = {".data.rel.ro", ".init_array",
	    ".fini_array", ".preinit_array", ".ctors", ".dtors"};
	unsigned i;

	/* most are ".data" and ".bss" */
	if (s->name[0] != '.' || !s->name[1] || s->name[1] == 'b' ||
	    strcmp(s->name, ".data") == 0)
		return false;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t n = strlen(names[i]);

		if (strncmp(s->name, names[i], n) == 0 &&
		    (s->name[n] == '\0' || s->name[n] == '.'))
			return true;
	}
	return false;
}

static unsigned
part_of(const struct gort__objsec *s)
{
	if (s->what & OBJ_SEC_TLS)
		return PART_TLS;
	if (s->what & OBJ_SEC_EXEC)
		return PART_TEXT;
	if (!(s->what & OBJ_SEC_WRITE) || is_relro(s))
		return PART_RO;
	return PART_RW;
}

static int
keep(struct linkobj *ob, struct gort_err *e)
{
	const uint32_t wrong = gort__relmachine.rela ? SHT_REL : SHT_RELA;
	uint32_t i;

	for (i = 1; i < ob->o.nsecs; i++) {
		struct gort__objsec *s = &ob->o.secs[i];
		struct linksec *ls = &ob->secs[i];

		if (s->nrelocs && s->type == SHT_RELR)
			s->nrelocs = 0; /* only linked files have those */
		if (!(s->what & OBJ_SEC_ALLOC) || ls->lost ||
		    (s->flags & SHF_EXCLUDE) || s->type == SHT_GROUP ||
		    strncmp(s->name, ".gnu.lto_", 9) == 0)
			continue;
		if (s->flags & SHF_COMPRESSED)
			return gort__link_bad(ob, s->offset, GORT_EFORMAT, e,
			    "section %.100s is compressed, but loaded",
			    s->name);
		ls->kept = true;
		ls->size = s->size;
		ls->part = (uint8_t)part_of(s);
		ls->sorted = gort__link_is_identifier(s->name);
	}
	for (i = 1; i < ob->o.nsecs; i++)
		if (ob->o.secs[i].type == wrong && gort__link_target(ob, i))
			return gort__link_bad(ob, ob->o.secs[i].offset,
			    GORT_ENOTSUP, e, "its relocations have %s",
			    wrong == SHT_REL ? "no addends (SHT_REL)"
					     : "addends (SHT_RELA)");
	return 0;
}

static const struct kind {
	const char *name;
	bool fini, backwards, down; /* down: priorities count down */
} kinds[] = {
    {".init_array", false, false, false},
    {".ctors", false, true, true},
    {".fini_array", true, false, false},
    {".dtors", true, true, true},
};

/*
 * Lists with a priority come first, in its order; .ctors counts from 65535
 * down and is read from its end (gABI, "Initialization and Termination
 * Functions").
 */
static bool
list(const char *name, struct linkcall *c)
{
	unsigned i;

	c->when = LAST;
	/* most sections are seen here only */
	if (name[0] != '.' || !name[1] || !strchr("icfdp", name[1]))
		return false;
	if (strcmp(name, ".preinit_array") == 0) {
		c->when = 0;
		return true;
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].name);
		unsigned long prio;
		char *end;

		if (strncmp(name, kinds[i].name, n) != 0 ||
		    (name[n] && name[n] != '.'))
			continue;
		c->fini = kinds[i].fini;
		c->backwards = kinds[i].backwards;
		if (!name[n] || strnlen(name + n + 1, 8) == 8)
			return true;
		prio = strtoul(name + n + 1, &end, 10);
		if (*end == '\0' && end != name + n + 1 && prio <= 65535)
			c->when =
			    1 + (uint32_t)(kinds[i].down ? 65535 - prio : prio);
		return true;
	}
	return false;
}

static bool
own(struct gort_link *lk, uint32_t sym, struct gort_err *e)
{
	return gort__link_own(lk, sym) || gort__link_own_bounds(lk, sym, e);
}

static const char *
alias(const char *name, unsigned n, char buf[256])
{
	(void)buf;
	return n == 0 ? name : NULL;
}

static void
run(uintptr_t address)
{
	static char *none[1];
	void (*fn)(int, char **, char **);

	memcpy(&fn, &address, sizeof(fn));
	fn(0, none, none);
}

static char *
placed(const struct linkobj *ob)
{
	const struct layout *l = gort__elf_layout(&ob->o);
	char *copy = malloc((size_t)ob->o.rd.size);
	uint64_t shoff = elf_get(&ob->o, 0, l->e_shoff), addr; /* checked */
	uint32_t i;

	if (!copy)
		return NULL;
	memcpy(copy, ob->o.rd.data, (size_t)ob->o.rd.size);
	for (i = 1; i < ob->o.nsecs; i++) {
		addr = (uintptr_t)ob->secs[i].at;
		if (ob->secs[i].kept && ob->secs[i].part != PART_TLS)
			memcpy(copy + shoff + i * (uint64_t)l->shsize +
				   l->sh_addr.off,
			    &addr, l->sh_addr.n);
	}
	return copy;
}

static void
place_own(struct gort_link *lk)
{
	gort__link_place_own(lk);
	gort__link_place_bounds(lk);
}

const struct linkformat gort__link_elf = {
    .reader = &gort__objelf,
    .types = &gort__reltypes_elf,
    .relsize = sizeof(void *) == 8 ? 24 : 8, /* Elf64_Rela, Elf32_Rel */
    .check = check,
    .groups = groups,
    .keep = keep,
    .rels = gort__link_elf_rels,
    .own = own,
    .place_own = place_own,
    .alias = alias,
    .named = gort__link_lookup,
    .list = list,
    .run = run,
    .placed = placed,
};
