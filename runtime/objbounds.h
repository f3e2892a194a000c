/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The address range of a loaded object. Private.
 */
#ifndef GORT_OBJBOUNDS_H
#define GORT_OBJBOUNDS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The range that the object holding addr was mapped to; false, and an empty
 * range, when no loaded object holds it. May be called from a constructor.
 */
bool gort__object_bounds(const void *addr, const char **base, const char **end);

/* Its unwind table (.eh_frame_hdr), or NULL. Lock-free on glibc >= 2.35. */
const void *gort__object_eh_frame_hdr(const void *addr);

/*
 * The same as a list that must be searched: .eh_frame itself. false: where
 * tables are found by gort__object_eh_frame_hdr, or none is there.
 */
bool gort__object_eh_frame(
    const void *addr, const uint8_t **begin, const uint8_t **end);

/* Does addr lie in an executable segment? Takes the dynamic linker's lock. */
bool gort__object_is_code(const void *addr);

/* Changes whenever code was unloaded from the process. Takes locks. */
uint64_t gort__code_generation(void);

/*
 * Is pc in the dynamic linker's own code, which calls others' with locks held?
 * Never, where that is the C library itself. Async-signal-safe.
 */
bool gort__object_is_linker(uintptr_t pc);

/* One load of an object, to be told from any other at the same place. */
struct gort__objid {
	uintptr_t lo, hi;  /* where it is mapped */
	const void *map;   /* the dynamic linker's record of it */
	uintptr_t bias;    /* from addresses in its file */
	const uint8_t *at; /* in its memory: its build id; OBJECT_ALIKE: the */
			   /* program header of `tables` */
	uint8_t len;       /* bytes of it */
	uint8_t id[56];    /* a copy */
	bool alike;        /* OBJECT_ALIKE */
	uintptr_t tables;  /* OBJECT_ALIKE: the segment of its unwind tables; */
	uintptr_t tables_end; /* empty: not known */
};

enum gort__identity {
	OBJECT_STAYS, /* code that is never unloaded, or not without a change */
		      /* of gort__linked_removals() */
	OBJECT_KNOWN, /* *id says which it is */
	OBJECT_ALIKE, /* the same, but for others of the same layout */
	OBJECT_OTHER, /* gort__code_generation() tells whether it is the same */
};

/* Which object holds the code at pc? Async-signal-safe. */
enum gort__identity gort__object_identify(uintptr_t pc, struct gort__objid *id);

/* Is it still there? Async-signal-safe, lock-free. */
bool gort__object_is_still(const struct gort__objid *id);

#endif
