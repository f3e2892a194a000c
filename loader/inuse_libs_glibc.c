/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Libraries that would be unmapped with a plugin, with glibc: which those are,
 * as ld.so has them in memory, and that the ones in use stay.
 */
#include "../include/small.h"
#include "dso.h"
#include "inuse.h"
#include "../runtime/objbounds.h"
#include "../runtime/runtime.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>

/* What is looked at of a library, in its memory. */
struct library {
	struct link_map *map;
	const char *names;
	const ElfW(Sym) * symbols;
	const uint32_t *hash; /* DT_GNU_HASH */
	bool stays;           /* it is linked -z nodelete */
};

#define MANY_LIBS 256 /* more are not looked at */

static void
read_dynamic(struct link_map *map, struct library *lib)
{
	const ElfW(Dyn) * d;

	memset(lib, 0, sizeof(*lib));
	lib->map = map;
	for (d = map->l_ld; d->d_tag != DT_NULL; d++) {
		/* ld.so has relocated these */
		if (d->d_tag == DT_STRTAB)
			lib->names = (const char *)d->d_un.d_ptr;
		else if (d->d_tag == DT_SYMTAB)
			lib->symbols = (const ElfW(Sym) *)d->d_un.d_ptr;
		else if (d->d_tag == DT_GNU_HASH)
			lib->hash = (const uint32_t *)d->d_un.d_ptr;
		else if (d->d_tag == DT_FLAGS_1)
			lib->stays = d->d_un.d_val & DF_1_NODELETE;
	}
}

/* Imports come before the symbols of the hash table. */
static bool
makes_threads(const struct library *lib)
{
	const char *const *name;
	uint32_t i;

	for (i = 1; lib->hash && i < lib->hash[1]; i++)
		for (name = gort__thread_makers; *name; name++)
			if (strcmp(lib->names + lib->symbols[i].st_name,
				*name) == 0)
				return true;
	return !lib->hash;
}

/* Adds what lib needs to the n that are known. */
static unsigned
add_needed(const struct library *lib, struct link_map **known, unsigned n)
{
	struct link_map *map;
	const ElfW(Dyn) * d;
	unsigned i;
	void *dso;

	for (d = lib->map->l_ld; d->d_tag != DT_NULL && n < MANY_LIBS; d++) {
		if (d->d_tag != DT_NEEDED)
			continue;
		dso =
		    dlopen(lib->names + d->d_un.d_val, RTLD_NOLOAD | RTLD_LAZY);
		if (!dso)
			continue;
		if (dlinfo(dso, RTLD_DI_LINKMAP, &map) == 0) {
			for (i = 0; i < n && known[i] != map; i++)
				;
			known[i] = map;
			n += i == n;
		}
		dlclose(dso);
	}
	return n;
}

/* Libraries that were made to stay: in the process for good. */
static struct link_map *_Atomic kept[32];

static bool
is_kept(const struct link_map *map)
{
	unsigned i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (atomic_load(&kept[i]) == map)
			return true;
	return false;
}

/* They may be the host's, too, or be brought again: once is enough. */
static void
keep(struct link_map *map)
{
	struct link_map *none;
	unsigned i;

	if (!dlopen(map->l_name, RTLD_NOLOAD | RTLD_LAZY | RTLD_NODELETE))
		return;
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		none = NULL;
		if (atomic_compare_exchange_strong(&kept[i], &none, map))
			return;
	}
}

void
gort__keep_used_libs(void *dso)
{
	struct link_map *known[MANY_LIBS];
	const char *base, *end;
	struct library lib;
	unsigned n = 1, i;
	char why[192];

	if (dlinfo(dso, RTLD_DI_LINKMAP, &known[0]) != 0)
		return;
	for (i = 0; i < n; i++) {
		read_dynamic(known[i], &lib);
		n = add_needed(&lib, known, n);
		if (i && !lib.stays && !is_kept(lib.map) &&
		    gort__object_bounds(lib.map->l_ld, &base, &end) &&
		    !gort__image_in(base, end) &&
		    (gort__keys_in(base, end) ||
			gort__code_in_use(
			    base, end, makes_threads(&lib), why, sizeof(why))))
			keep(lib.map);
	}
}
