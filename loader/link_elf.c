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
#include <unistd.h>

#define SHF_EXCLUDE 0x80000000u

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

/*
 * What others have too, goes by a group's signature, which is checked; or by
 * the section's own name, as GNU had it before there were groups.
 */
static const char *
group(const struct linkobj *ob, uint32_t sec)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	const struct gort__objsym *sig;

	if (s->group)
		s = &ob->o.secs[s->group];
	if (s->type != SHT_GROUP)
		return s->name;
	sig = &ob->o.syms[s->info];
	return sig->type == OBJ_SECTION && sig->section < ob->o.nsecs
		   ? ob->o.secs[sig->section].name
		   : sig->name;
}

/* A group, or a section that is one by itself, of which the first is kept? */
static bool
is_once(const struct gort__objsec *s)
{
	if (s->type == SHT_GROUP)
		return s->what & OBJ_SEC_COMDAT;
	return s->name[0] == '.' && s->name[1] == 'g' && !s->group &&
	       strncmp(s->name, ".gnu.linkonce.", 14) == 0;
}

static int
groups(struct gort_link *lk, uint32_t index, struct gort_err *e)
{
	struct linkobj *ob = lk->objs[index];
	uint32_t i;

	for (i = 1; i < ob->o.nsecs; i++) {
		const struct gort__objsec *s = &ob->o.secs[i];
		uint32_t g;

		if (!is_once(s))
			continue;
		if (s->type == SHT_GROUP &&
		    (s->info == 0 || s->info >= ob->o.nsyms))
			return gort__link_bad(ob, s->offset, GORT_EFORMAT, e,
			    "a group's signature is symbol %u of %u", s->info,
			    ob->o.nsyms);
		g = gort__link_group(lk, group(ob, i));
		if (!g)
			return gort__rd_no_memory(&ob->o.rd, e, "symbols");
		if (!lk->syms[g].obj)
			lk->syms[g].obj = index;
		ob->secs[i].lost = lk->syms[g].obj != index ||
				   (lk->syms[g].sym && lk->syms[g].sym != i);
		lk->syms[g].sym = ob->secs[i].lost ? lk->syms[g].sym : i;
	}
	for (i = 1; i < ob->o.nsecs && ob->o.ngroups; i++) {
		const struct gort__objsec *s = &ob->o.secs[i];
		uint32_t g = s->group;

		/* what only describes a section goes with it */
		if (s->flags & SHF_LINK_ORDER && s->link < ob->o.nsecs && !g)
			g = ob->o.secs[s->link].group;
		if (g)
			ob->secs[i].lost = ob->secs[g].lost;
	}
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
		    (s->name[0] == '.' && s->name[1] == 'g' &&
			strncmp(s->name, ".gnu.lto_", 9) == 0))
			continue;
		if (s->flags & SHF_COMPRESSED)
			return gort__link_bad(ob, s->offset, GORT_EFORMAT, e,
			    "section %.100s is compressed, but loaded",
			    s->name);
		ls->kept = true;
		ls->size = s->size;
		ls->part = (uint8_t)part_of(s);
		/* of a template nobody asks for the bounds */
		ls->sorted = !(s->what & OBJ_SEC_TLS) &&
			     gort__link_is_identifier(s->name);
	}
	for (i = 1; i < ob->o.nsecs; i++) {
		uint32_t type = ob->o.secs[i].type;

		if ((type == wrong || type == SHT_CREL) &&
		    gort__link_target(ob, i))
			return gort__link_bad(ob, ob->o.secs[i].offset,
			    GORT_ENOTSUP, e, "its relocations %s",
			    type == SHT_REL    ? "have no addends (SHT_REL)"
			    : type == SHT_RELA ? "have addends (SHT_RELA)"
					       : "are compact (SHT_CREL)");
	}
	return 0;
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

/* What glibc passes to constructors, of a program and of what dlopen loads. */
static char *no_arguments[1], **arguments = no_arguments;
static int narguments;

__attribute__((constructor)) static void
keep_arguments(int argc, char **argv)
{
	narguments = argc;
	arguments = argv;
}

static void
run(uintptr_t address)
{
	void (*fn)(int, char **, char **);

	memcpy(&fn, &address, sizeof(fn));
	fn(narguments, arguments, environ);
}

static char *
placed(const struct gort_link *lk, const struct linkobj *ob)
{
	const struct layout *l = gort__elf_layout(&ob->o);
	char *copy = malloc((size_t)ob->o.rd.size);
	uint64_t shoff = elf_get(&ob->o, 0, l->e_shoff), addr; /* checked */
	uint32_t i;

	if (!copy)
		return NULL;
	memcpy(copy, ob->o.rd.data, (size_t)ob->o.rd.size);
	for (i = 1; i < ob->o.nsecs; i++) {
		addr = (uintptr_t)gort__link_at(lk, &ob->secs[i]);
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
    .group = group,
    .keep = keep,
    .rels = gort__link_elf_rels,
    .own = own,
    .place_own = place_own,
    .alias = alias,
    .named = gort__link_lookup,
    .list = gort__elf_list,
    .run = run,
    .ask = gort__link_ask,
    .placed = placed,
};
