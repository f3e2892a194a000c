/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * malloc and free for code that calls through an argument frame: one pointer
 * to a structure of arguments and results. Generated code calls C so, by
 * gort__crosscall() or directly; cgo's stubs for C.malloc and C.free have the
 * same shape. The frames are laid out alike on every target.
 */
#ifndef GORT_CMALLOC_H
#define GORT_CMALLOC_H

#include <gort.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gort_cmalloc_frame {
	uint64_t size; /* in: bytes */
	void *result;  /* out */
};

struct gort_cfree_frame {
	void *p; /* in: what gort_cmalloc() gave, or NULL */
};

/*
 * frame->result = size bytes from libgort's C library, aligned for any type,
 * not zeroed, the caller's until gort_cfree(). Never NULL, as the callers do
 * not look: a size of 0 gives memory of its own, and where there is none
 * (or size is more than an address can tell) the result stays as it is and a
 * panic is raised, code GORT_ENOMEM, whose message names the size. Any
 * thread, any stack with the room that malloc takes (some KiB).
 */
GORT_API void gort_cmalloc(struct gort_cmalloc_frame *frame);

/*
 * Give it back. From any thread. (Windows: not free(), which may be another C
 * library's.)
 */
GORT_API void gort_cfree(struct gort_cfree_frame *frame);

#ifdef __cplusplus
}
#endif

#endif
