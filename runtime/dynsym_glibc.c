/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The name of the code at an address, from the dynamic symbols of the object
 * that holds it: as dladdr(3), but without locks and allocation, so that a
 * signal handler can ask. The object is found by _dl_find_object.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"
#include "objbounds.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <string.h>

/* program_invocation_short_name, in fewer bytes of the symbol table */
extern const char *__progname;

/* What of an object's dynamic section says where its symbols are. */
struct symbols {
	const ElfW(Sym) * sym;
	const char *str;
	const uint32_t *hash; /* DT_GNU_HASH */
	uintptr_t bias;       /* what is added to their values */
};

/* ld.so has relocated the addresses there, but for the vDSO's. */
static const void *
address(const struct dl_find_object *o, const ElfW(Dyn) * d)
{
	uintptr_t at = d->d_un.d_ptr;

	if (at < (uintptr_t)o->dlfo_map_start)
		at += o->dlfo_link_map->l_addr;
	return (const void *)at;
}

static bool
find_symbols(const struct dl_find_object *o, struct symbols *s)
{
	const ElfW(Dyn) *d = o->dlfo_link_map->l_ld;

	memset(s, 0, sizeof(*s));
	s->bias = o->dlfo_link_map->l_addr;
	for (; d && d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_SYMTAB)
			s->sym = address(o, d);
		else if (d->d_tag == DT_STRTAB)
			s->str = address(o, d);
		else if (d->d_tag == DT_GNU_HASH)
			s->hash = address(o, d);
	}
	return s->sym && s->str && s->hash;
}

static bool
holds(const struct symbols *s, const ElfW(Sym) * sym, uintptr_t at)
{
	uintptr_t value = s->bias + sym->st_value;

	return sym->st_shndx != SHN_UNDEF && sym->st_value &&
	       ELF64_ST_TYPE(sym->st_info) != STT_TLS && at >= value &&
	       (at < value + sym->st_size || (!sym->st_size && at == value));
}

/*
 * The nearest of those that hold an address. All that are exported are in the
 * hash table, chain after chain (DT_GNU_HASH: counts of buckets, of the first
 * symbol, of filter words, a shift; filter, buckets, chains).
 */
static const ElfW(Sym) * find_symbol(const struct symbols *s, uintptr_t at)
{
	const uint32_t *buckets =
	    s->hash + 4 + s->hash[2] * (sizeof(ElfW(Addr)) / 4);
	const uint32_t *chains = buckets + s->hash[0];
	uint32_t first = s->hash[1], b, i;
	const ElfW(Sym) *best = NULL;

	for (b = 0; b < s->hash[0]; b++) {
		i = buckets[b];
		if (i < first)
			continue;
		do {
			if (holds(s, &s->sym[i], at) &&
			    (!best || s->sym[i].st_value > best->st_value))
				best = &s->sym[i];
		} while (!(chains[i++ - first] & 1));
	}
	return best;
}

/*
 * What was found lately, by address. A count that is odd while an entry changes
 * tells a reader that what it read belongs together; who finds it odd looks
 * for himself. Of objects that can be told apart only.
 */
struct entry {
	_Atomic uint32_t seq;
	uintptr_t at;
	const ElfW(Sym) * sym;
	const char *name;
	struct gort__objid id;
};
#define ENTRIES 256

static struct entry entries[ENTRIES];

static struct entry *
entry_of(uintptr_t at)
{
	return &entries[(at ^ at >> 8) % ENTRIES];
}

static bool
remembered(uintptr_t at, struct entry *e)
{
	struct entry *from = entry_of(at);
	uint32_t seq = atomic_load(&from->seq);

	if (seq & 1)
		return false;
	e->at = from->at;
	e->sym = from->sym;
	e->name = from->name;
	e->id = from->id;
	atomic_thread_fence(memory_order_acquire);
	return atomic_load(&from->seq) == seq && e->at == at && e->id.lo &&
	       gort__object_is_still(&e->id);
}

static void
remember(const struct entry *e)
{
	struct entry *to = entry_of(e->at);
	uint32_t seq = atomic_load(&to->seq);

	if (seq & 1 || !atomic_compare_exchange_strong(&to->seq, &seq, seq + 1))
		return;
	atomic_thread_fence(memory_order_release); /* odd before the rest */
	to->at = e->at;
	to->sym = e->sym;
	to->name = e->name;
	to->id = e->id;
	atomic_store(&to->seq, seq + 2);
}

int
gort__dynsym(const void *addr, struct gort__dlinfo *info)
{
	struct entry e = {.at = (uintptr_t)addr};
	struct dl_find_object o;
	struct symbols s;
	const char *base;

	if (_dl_find_object((void *)e.at, &o) != 0)
		return 0;
	if (!find_symbols(&o, &s))
		return -1;
	if (!remembered(e.at, &e)) {
		e.at = (uintptr_t)addr;
		e.sym = find_symbol(&s, e.at);
		e.name = e.sym ? s.str + e.sym->st_name : "";
		if (gort__object_identify(e.at, &e.id) != OBJECT_OTHER)
			remember(&e);
	}
	base = o.dlfo_link_map->l_name;
	if (!*base)
		base = __progname;
	else if (strrchr(base, '/'))
		base = strrchr(base, '/') + 1;
	gort__copy(info->file, sizeof(info->file), base);
	info->base = o.dlfo_map_start;
	gort__copy(info->symbol, sizeof(info->symbol), e.name);
	info->symbol_at =
	    e.sym ? (const void *)(s.bias + e.sym->st_value) : NULL;
	return 1;
}
