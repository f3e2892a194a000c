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
	const uint8_t *data; /* the bytes; not owned */
	uint64_t size;       /* of data */
	const char *file;    /* the file's name, for messages; not owned */
	uint64_t base;       /* where data lies in that file, for messages */
	bool big;            /* big-endian fields; set by the format */
};

/* A table of NUL-terminated strings that is known to end in a NUL. */
struct rd_strings {
	const char *data; /* NULL: none */
	uint64_t size;    /* every index below is the start of a string */
};

/* Are n bytes at off inside? */
static inline bool
rd_has(const struct rd *r, uint64_t off, uint64_t n)
{
	return n <= r->size && off <= r->size - n;
}

/* Are n records of size bytes each at off inside? size > 0. */
static inline bool
rd_has_table(const struct rd *r, uint64_t off, uint64_t n, uint64_t size)
{
	return n <= r->size / size && off <= r->size - n * size;
}

/* The fields below: the caller has checked that they are inside. */
static inline uint16_t
rd_u16(const struct rd *r, uint64_t off)
{
	const uint8_t *p = r->data + off;

	return (uint16_t)(r->big ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
}

static inline uint32_t
rd_u32(const struct rd *r, uint64_t off)
{
	const uint8_t *p = r->data + off;

	return r->big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			    (uint32_t)p[2] << 8 | p[3]
		      : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
			    (uint32_t)p[1] << 8 | p[0];
}

static inline uint64_t
rd_u64(const struct rd *r, uint64_t off)
{
	uint64_t first = rd_u32(r, off), second = rd_u32(r, off + 4);

	return r->big ? first << 32 | second : second << 32 | first;
}

/* An unsigned field of n bytes: 1, 2, 4 or 8. */
static inline uint64_t
rd_uint(const struct rd *r, uint64_t off, unsigned n)
{
	switch (n) {
	case 1:
		return r->data[off];
	case 2:
		return rd_u16(r, off);
	case 4:
		return rd_u32(r, off);
	default:
		return rd_u64(r, off);
	}
}

/*
 * A number of 7 bits a byte (LEB128) at *at, which moves past it; it ends
 * before end, which is inside. Bits above 64 are lost. false: there is none.
 */
static inline bool
rd_uleb(const struct rd *r, uint64_t *at, uint64_t end, uint64_t *value)
{
	unsigned shift = 0;
	uint8_t byte;

	*value = 0;
	do {
		if (*at >= end || shift > 63)
			return false;
		byte = r->data[(*at)++];
		*value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return true;
}

/* The same for a signed one, whose highest bit goes on. */
static inline bool
rd_sleb(const struct rd *r, uint64_t *at, uint64_t end, uint64_t *value)
{
	uint64_t start = *at;
	unsigned bits;

	if (!rd_uleb(r, at, end, value))
		return false;
	bits = 7 * (unsigned)(*at - start);
	if (bits < 64 && r->data[*at - 1] & 0x40)
		*value |= UINT64_MAX << bits;
	return true;
}

/*
 * The NUL-terminated string at off that ends before end; NULL: none. It
 * looks at all bytes up to end: not for a loop over a table's strings.
 */
static inline const char *
rd_string(const struct rd *r, uint64_t off, uint64_t end)
{
	if (end > r->size || off >= end ||
	    !memchr(r->data + off, 0, (size_t)(end - off)))
		return NULL;
	return (const char *)r->data + off;
}

/*
 * The string table of size bytes at off, without what follows its last NUL.
 * One that is not inside is empty.
 */
static inline struct rd_strings
rd_strings(const struct rd *r, uint64_t off, uint64_t size)
{
	struct rd_strings t = {NULL, 0};

	if (!rd_has(r, off, size))
		return t;
	while (size && r->data[off + size - 1])
		size--;
	t.data = (const char *)r->data + off;
	t.size = size;
	return t;
}

/* String at an index of the table, or NULL. Costs the same for any table. */
static inline const char *
rd_strings_at(const struct rd_strings *t, uint64_t index)
{
	return index < t->size ? t->data + index : NULL;
}

/*
 * Say what is wrong with the bytes at off: "file: offset 0x40: reason", with
 * the offset in the file. -GORT_EFORMAT.
 */
int gort__rd_bad(const struct rd *r, uint64_t off, struct gort_err *e,
    const char *fmt, ...) GORT__PRINTF(4, 5);

/* The same for a failed allocation; -GORT_ENOMEM. */
int gort__rd_no_memory(
    const struct rd *r, struct gort_err *e, const char *what);

#endif
