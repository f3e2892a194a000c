/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bounds-checked reader: every read of a file's bytes goes through here.
 * Offsets are checked by subtraction, never by a sum that could wrap. Leaf:
 * includes neither abi nor runtime.
 */
#ifndef GORT_RD_H
#define GORT_RD_H

#include "../include/gort_err.h"

#include <stdbool.h>

struct rd {
	const uint8_t *data; /* the file's bytes; not owned */
	uint64_t size;       /* of data */
	const char *file;    /* its name, for messages; not owned */
	bool big;            /* big-endian fields */
};

/* Are n bytes at off inside? */
static inline bool
rd_has(const struct rd *r, uint64_t off, uint64_t n)
{
	return n <= r->size && off <= r->size - n;
}

/*
 * An unsigned field of n bytes (1 to 8) at off, which the caller has checked
 * to be inside.
 */
static inline uint64_t
rd_uint(const struct rd *r, uint64_t off, unsigned n)
{
	uint64_t v = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		v |= (uint64_t)r->data[off + i] << 8 * (r->big ? n - 1 - i : i);
	return v;
}

/* The NUL-terminated string at off that ends before end; NULL: none. */
static inline const char *
rd_string(const struct rd *r, uint64_t off, uint64_t end)
{
	if (end > r->size || off >= end ||
	    !memchr(r->data + off, 0, (size_t)(end - off)))
		return NULL;
	return (const char *)r->data + off;
}

#endif
