/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A buffer that grows, and little-endian fields at its end: the counterpart
 * of rd.h. A failed allocation is remembered, and all later appends do
 * nothing, so that who writes much asks once, at the end. Leaf.
 */
#ifndef GORT_WR_H
#define GORT_WR_H

#include "room.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct wr {
	uint8_t *data; /* malloced and owned, or lent */
	size_t n;      /* bytes in it */
	size_t cap;    /* bytes that it has room for */
	bool lent;     /* data is not its own: it moves when it grows */
	bool failed;   /* there was no memory: the bytes are not all here */
};

/* cap bytes of its own, for what is there. */
static inline uint8_t *
wr_grown(const struct wr *w, size_t cap)
{
	uint8_t *data;

	if (!w->lent)
		return w->data ? realloc(w->data, cap) : gort__room(cap);
	data = malloc(cap);
	if (data)
		memcpy(data, w->data, w->n);
	return data;
}

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
	data = cap - w->n < n ? NULL : wr_grown(w, cap);
	w->failed = !data;
	if (!data)
		return false;
	w->data = data;
	w->cap = cap;
	w->lent = false;
	return true;
}

/* It goes on in n bytes of the caller's, which outlive it and hold it. */
static inline void
wr_lend(struct wr *w, uint8_t *data, size_t n)
{
	if (w->n)
		memcpy(data, w->data, w->n);
	if (!w->lent)
		free(w->data);
	w->data = data;
	w->cap = n;
	w->lent = true;
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

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "wr_put");

static inline void
wr_put(uint8_t *at, uint64_t value, unsigned n)
{
	uint32_t low = (uint32_t)value;
	unsigned i;

	if (n == 8)
		memcpy(at, &value, 8);
	else if (n == 4)
		memcpy(at, &low, 4);
	else
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
	if (!w->lent)
		free(w->data);
	memset(w, 0, sizeof(*w));
}

#endif
