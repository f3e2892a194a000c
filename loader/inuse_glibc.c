/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who else points into code that is to be unmapped, with glibc: timers that call
 * functions (timer_create(2), SIGEV_THREAD), of which the kernel tells in
 * /proc/self/timers the value of the signal, and that points to glibc's record.
 * And libraries that would be unmapped with a plugin.
 */
#include "../include/small.h"
#include "dso.h"
#include "inuse.h"
#include "../runtime/objbounds.h"
#include "../runtime/os.h"
#include "../runtime/runtime.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SIGTIMER 32 /* glibc's own: the value points to its record */

static bool
timer_in(const char *base, const char *end, unsigned long sig, uintptr_t value)
{
	uintptr_t record[3] = {0}; /* its number, its function, its argument */

	if (gort__within(base, end, value))
		return true;
	return sig == SIGTIMER &&
	       gort__safe_read((const void *)value, record, sizeof(record)) &&
	       (gort__within(base, end, record[1]) ||
		   gort__within(base, end, record[2]));
}

/* A line of each timer there, but not its first: "signal: 32/7f00c0de" */
bool
gort__timers_in(const char *base, const char *end, char *why, size_t n)
{
	static const char mark[] = "\nsignal: ";
	int fd = open("/proc/self/timers", O_RDONLY | O_CLOEXEC);
	uintptr_t number[2] = {0, 0}; /* the signal's, its value */
	bool found = false, second = false;
	unsigned matched = 0;
	char text[1024], c;
	ssize_t len, i;

	while (fd >= 0 && !found && (len = read(fd, text, sizeof(text))) > 0) {
		for (i = 0; i < len && !found; i++) {
			c = text[i];
			if (mark[matched]) {
				matched = c == mark[matched] ? matched + 1
							     : c == mark[0];
				number[0] = number[1] = 0;
				second = false;
			} else if (c == '/') {
				second = true;
			} else if (c == '\n') {
				matched = 1;
				found =
				    timer_in(base, end, number[0], number[1]);
			} else {
				number[second] = gort__with_digit(
				    number[second], second ? 16 : 10, c);
			}
		}
	}
	if (fd >= 0)
		close(fd);
	if (found)
		snprintf(why, n, "a timer that it has not deleted");
	return found;
}

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
