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

/*
 * Make [base, end) known, with code in [text, text_end) and an unwind table
 * like .eh_frame_hdr. NULL: no memory. Takes a lock.
 */
struct linked *gort__linked_add(const void *base, const void *end,
    const void *text, const void *text_end, const void *eh_frame_hdr);

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

/* Counts images that were removed, and calls of gort__code_removed(). */
uint64_t gort__linked_removals(void);

/* A shared object was closed: what is known of code may not hold any more. */
void gort__code_removed(void);

#endif
