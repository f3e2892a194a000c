/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Code compiled with gcc's -fsplit-stack: each function compares the stack
 * pointer with a limit in the thread's control block and calls __morestack
 * where too little is left. Where a target has none of it, split_none.c.
 */
#ifndef GORT_ABI_SPLIT_H
#define GORT_ABI_SPLIT_H

#include "abi.h"

/*
 * Set the limit of the calling thread: for a stack that ends at lo; NULL: no
 * limit. Where it is SPLIT_RESERVE above lo, the 256 bytes below it that a
 * small function takes without asking and the way to a new segment have room.
 */
void gort__split_limit(const char *lo);

/*
 * What __morestack and __morestack_non_split of libgort_split.a jump to. Not
 * C functions: gcc's convention, see split_*.
 */
GORT_API void gort__morestack_split(void);
GORT_API void gort__morestack_non_split(void);

/* Split code is in the process: libgort_split.a's constructor. */
GORT_API void gort__split_init(void);

/*
 * The slow ways of gort__morestack_split, by the layer above. A segment with
 * size usable bytes becomes the g's newest; without memory the process ends.
 * Runs on the little stack that is left. And leaving it.
 */
struct gort__segment *gort__split_enter(size_t size);
void gort__split_leave(struct gort__segment *s);

#endif
