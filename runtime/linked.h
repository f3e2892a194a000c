/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Images that gort linked into the process itself: the dynamic linker does
 * not know them, but walks pass through them. Private.
 */
#ifndef GORT_LINKED_H
#define GORT_LINKED_H

#include <stdbool.h>
#include <stdint.h>

struct linked;

/* What lies at an address: all good as long as the image is there. */
struct gort__linked_name {
	const char *object;    /* its file, with folders */
	const void *section;   /* where the object's section was put */
	const char *symbol;    /* the nearest name before the address; "" */
	const void *symbol_at; /* its address */
};
typedef bool gort__linked_namer(
    const void *arg, const void *addr, struct gort__linked_name *name);

/*
 * Make [base, end) known, with code in [text, text_end) and an unwind table
 * like .eh_frame_hdr, or NULL. namer(arg, addr, name) tells what lies at an
 * address of it; it is called in signal handlers too. NULL: no memory. Takes
 * the gatelock.
 */
struct linked *gort__linked_add(const void *base, const void *end,
    const void *text, const void *text_end, const void *eh_frame_hdr,
    gort__linked_namer *namer, const void *arg);

/* Forget it; who looks at the same moment finds it or not. NULL is ignored. */
void gort__linked_remove(struct linked *l);

/* What is known of the image that holds an address. */
struct gort__linked_at {
	const char *base, *end;
	const char *text, *text_end;
	const void *eh_frame_hdr;
};

/* false: none does. Lock-free, async-signal-safe. */
bool gort__linked_find(const void *addr, struct gort__linked_at *at);

/* The two answers that gort__object_bounds and its kin need. The same. */
bool gort__linked_bounds(const void *addr, const char **base, const char **end);
const void *gort__linked_eh_frame_hdr(const void *addr);

/* What lies at addr; false: not known. Lock-free, async-signal-safe. */
bool gort__linked_name(const void *addr, struct gort__linked_name *name);

/* Counts images that were removed, and calls of gort__code_removed(). */
uint64_t gort__linked_removals(void);

/* A shared object was closed: what is known of code may not hold any more. */
void gort__code_removed(void);

#endif
