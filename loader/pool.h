/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that is freed all at once: what is read of many files. Leaf.
 */
#ifndef GORT_POOL_H
#define GORT_POOL_H

#include <stddef.h>
#include <stdint.h>

struct poolblock;

/* All 0: empty. May be moved. */
struct gort__pool {
	struct poolblock *blocks;
	uint8_t *at; /* in one of them: free from here on, */
	size_t left; /* so many bytes */
	size_t next; /* of the next block */
};

/* n records of size bytes each, zeroed and aligned; NULL: no memory. */
void *gort__pool_alloc(struct gort__pool *p, size_t n, size_t size);
/* About n bytes will be asked for. */
void gort__pool_expect(struct gort__pool *p, uint64_t n);
/* Free all of it; it is empty then. */
void gort__pool_free(struct gort__pool *p);

#endif
