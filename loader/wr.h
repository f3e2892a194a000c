/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buffer that grows, and little-endian fields at its end: the counterpart
 * of rd.h. A failed allocation is remembered, and all later appends do
 * nothing, so that who writes much asks once, at the end. Leaf.
 */
#ifndef GORT_WR_H
#define GORT_WR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct wr {
	uint8_t *data; /* malloced; owned */
	size_t n;      /* bytes in it */
	size_t cap;    /* bytes that it has room for */
	bool failed;   /* there was no memory: the bytes are not all here */
};

/* Make room for n more bytes. false: no memory, now or before. */
static inline bool
wr_reserve(struct wr *w, uint64_t n)
{
	size_t cap = w->cap ? w->cap : 256;
	uint8_t *data;

	if (w->failed || n <= w->cap - w->n)
		return !w->failed;
	while (cap - w->n < n && cap <= SIZE_MAX / 2)
		cap *= 2;
	data = cap - w->n < n ? NULL : realloc(w->data, cap);
	w->failed = !data;
	if (!data)
		return false;
	w->data = data;
	w->cap = cap;
	return true;
}

/* n more bytes, not set; NULL: no memory, now or before. */
static inline uint8_t *
wr_room(struct wr *w, uint64_t n)
{
	if (!wr_reserve(w, n))
		return NULL;
	w->n += (size_t)n;
	return w->data + (w->n - (size_t)n);
}

static inline void
wr_bytes(struct wr *w, const void *bytes, uint64_t n)
{
	uint8_t *to = n ? wr_room(w, n) : NULL;

	if (to)
		memcpy(to, bytes, (size_t)n);
}

static inline void
wr_fill(struct wr *w, int byte, uint64_t n)
{
	uint8_t *to = n ? wr_room(w, n) : NULL;

	if (to)
		memset(to, byte, (size_t)n);
}

/* A string with its NUL. */
static inline void
wr_string(struct wr *w, const char *s)
{
	wr_bytes(w, s, strlen(s) + 1);
}

/* Text without a NUL. */
static inline void
wr_text(struct wr *w, const char *s)
{
	wr_bytes(w, s, strlen(s));
}

static inline void
wr_put(uint8_t *at, uint64_t value, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* An unsigned field of n bytes. */
static inline void
wr_uint(struct wr *w, uint64_t value, unsigned n)
{
	uint8_t *to = wr_room(w, n);

	if (to)
		wr_put(to, value, n);
}

/* Bytes until the length is a multiple of align, a power of two. */
static inline void
wr_align(struct wr *w, size_t align, int byte)
{
	wr_fill(w, byte, (0 - w->n) & (align - 1));
}

static inline void
wr_free(struct wr *w)
{
	free(w->data);
	memset(w, 0, sizeof(*w));
}

#endif
