/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a loaded object lies and which one it is: by glibc's _dl_find_object
 * (2.35 and later), which takes no lock and works in a signal handler.
 */
#include "objbounds.h"
#include "linked.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

/*
 * The program's, if addr is in one of its segments. Where they do not follow
 * each other (arm64, whose segments begin at 64 KiB), _dl_find_object knows one
 * of them only.
 */
static bool
program_bounds(uintptr_t addr, const char **base, const char **end)
{
	const ElfW(Phdr) *ph = (const void *)getauxval(AT_PHDR);
	uintptr_t n = getauxval(AT_PHNUM), i, at, bias = 0;
	uintptr_t lo = UINTPTR_MAX, hi = 0;
	bool found = false;

	for (i = 0; i < n; i++) {
		at = bias + ph[i].p_vaddr;
		if (ph[i].p_type == PT_PHDR)
			bias = (uintptr_t)ph - at; /* it comes first */
		if (ph[i].p_type != PT_LOAD)
			continue;
		found |= addr - at < ph[i].p_memsz;
		lo = at < lo ? at : lo;
		hi = at + ph[i].p_memsz > hi ? at + ph[i].p_memsz : hi;
	}
	if (found) {
		*base = (const char *)lo;
		*end = (const char *)hi;
	}
	return found;
}

bool
gort__object_bounds(const void *addr, const char **base, const char **end)
{
	struct dl_find_object o;
	/* a plain pointer parameter in glibc's prototype; not written to */
	void *p = (void *)(uintptr_t)addr;

	*base = *end = NULL;
	if (_dl_find_object(p, &o) != 0)
		return gort__linked_bounds(addr, base, end) ||
		       program_bounds((uintptr_t)addr, base, end);
	*base = o.dlfo_map_start;
	*end = o.dlfo_map_end;
	return true;
}

const void *
gort__object_eh_frame_hdr(const void *addr)
{
	struct dl_find_object o;
	void *p = (void *)(uintptr_t)addr;

	return _dl_find_object(p, &o) == 0 ? o.dlfo_eh_frame
					   : gort__linked_eh_frame_hdr(addr);
}

static void
note_id(struct gort__objid *id, const void *at, size_t len)
{
	id->at = at;
	id->len = len < sizeof(id->id) ? (uint8_t)len : sizeof(id->id);
	memcpy(id->id, at, id->len);
}

/*
 * The build id, from the program headers behind the ELF header, which the
 * first page of an object has; false: it has none, and the program header of
 * its unwind tables takes the place.
 */
static __attribute__((cold)) bool
find_build_id(const struct dl_find_object *o, struct gort__objid *id)
{
	uintptr_t bias = id->bias, lo;
	const ElfW(Ehdr) *eh = o->dlfo_map_start;
	const ElfW(Phdr) * ph;
	const char *at, *end;
	int i;

	if (memcmp(eh->e_ident, ELFMAG, SELFMAG) != 0 ||
	    eh->e_phentsize != sizeof(*ph) ||
	    eh->e_phoff + eh->e_phnum * sizeof(*ph) > 4096)
		return false;
	ph = (const void *)((const char *)eh + eh->e_phoff);
	for (i = 0; i < eh->e_phnum; i++) {
		lo = bias + ph[i].p_vaddr;
		if (ph[i].p_type == PT_LOAD &&
		    (uintptr_t)o->dlfo_eh_frame - lo < ph[i].p_filesz) {
			id->tables = lo;
			id->tables_end = lo + ph[i].p_filesz;
			note_id(id, &ph[i], sizeof(*ph));
		}
		if (ph[i].p_type != PT_NOTE)
			continue;
		at = (const char *)lo;
		end = at + ph[i].p_filesz;
		while ((size_t)(end - at) > sizeof(ElfW(Nhdr))) {
			const ElfW(Nhdr) *n = (const void *)at;

			at += sizeof(*n);
			if (n->n_type == NT_GNU_BUILD_ID && n->n_namesz == 4 &&
			    n->n_descsz >= 8 && memcmp(at, "GNU", 4) == 0) {
				note_id(id, at + 4, n->n_descsz);
				return true;
			}
			if (n->n_namesz > (size_t)(end - at) ||
			    n->n_descsz > (size_t)(end - at) - n->n_namesz)
				break;
			at += (n->n_namesz + 3) & ~3u;
			at += (n->n_descsz + 3) & ~3u;
			if (at > end)
				break;
		}
	}
	return false;
}

/* Is p in the object at [lo, hi)? */
static bool
holds(const struct gort__objid *id, uintptr_t p)
{
	return p >= id->lo && p < id->hi;
}

enum gort__identity
gort__object_identify(uintptr_t pc, struct gort__objid *id)
{
	struct dl_find_object o;
	struct gort__linked_at l;

	if (_dl_find_object((void *)pc, &o) != 0)
		return gort__linked_find((const void *)pc, &l) ? OBJECT_STAYS
							       : OBJECT_OTHER;
	id->lo = (uintptr_t)o.dlfo_map_start;
	id->hi = (uintptr_t)o.dlfo_map_end;
	id->map = o.dlfo_link_map;
	id->bias = o.dlfo_link_map->l_addr;
	id->tables = id->tables_end = 0;
	note_id(id, o.dlfo_map_start, 0);
	/* libgort, the program, the C library */
	if (holds(id, (uintptr_t)gort__object_identify) ||
	    holds(id, getauxval(AT_ENTRY)) || holds(id, (uintptr_t)getauxval))
		return OBJECT_STAYS;
	id->alike = !find_build_id(&o, id);
	return id->alike ? OBJECT_ALIKE : OBJECT_KNOWN;
}

bool
gort__object_is_still(const struct gort__objid *id)
{
	struct dl_find_object o;

	return _dl_find_object((void *)id->lo, &o) == 0 &&
	       (uintptr_t)o.dlfo_map_start == id->lo &&
	       (uintptr_t)o.dlfo_map_end == id->hi &&
	       o.dlfo_link_map == id->map &&
	       o.dlfo_link_map->l_addr == id->bias &&
	       memcmp(id->at, id->id, id->len) == 0;
}

bool
gort__object_is_linker(uintptr_t pc)
{
	static _Atomic uintptr_t lo, hi;
	struct dl_find_object o;
	uintptr_t at = atomic_load(&lo);

	if (!at) {
		at = getauxval(AT_BASE);
		if (!at || _dl_find_object((void *)at, &o) != 0)
			return false;
		atomic_store(&hi, (uintptr_t)o.dlfo_map_end);
		atomic_store(&lo, at);
	}
	return pc >= at && pc < atomic_load(&hi);
}
