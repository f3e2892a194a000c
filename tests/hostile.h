/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the readers do to files: cut them, change their fields and
 * bytes, and look that nothing comes of it but a result or a reason.
 */
#ifndef GORT_HOSTILE_H
#define GORT_HOSTILE_H

#include "check.h"
#include "../loader/note.h"

#include <malloc.h>
#include <time.h>
#ifdef _WIN32
#include <windows.h>
#endif

/* Bytes that are being put together. Text and numbers are appended. */
struct bytes {
	uint8_t *p;
	size_t n, room;
};

static inline void
put_bytes(struct bytes *b, const void *p, size_t n)
{
	while (b->room - b->n < n) {
		b->room = b->room ? 2 * b->room : 4096;
		b->p = realloc(b->p, b->room);
		if (!b->p)
			exit(99);
	}
	if (p)
		memcpy(b->p + b->n, p, n);
	else
		memset(b->p + b->n, 0, n);
	b->n += n;
}

static inline void
put_text(struct bytes *b, const char *s)
{
	put_bytes(b, s, strlen(s));
}

/* n bytes of v, little-endian. */
static inline void
put_le(struct bytes *b, uint64_t v, unsigned n)
{
	for (; n; n--, v >>= 8)
		put_bytes(b, &(uint8_t){(uint8_t)v}, 1);
}

static inline void
put_be(struct bytes *b, uint64_t v, unsigned n)
{
	while (n--)
		put_bytes(b, &(uint8_t){(uint8_t)(v >> (8 * n))}, 1);
}

/* n bytes of v at a place that is there, little-endian. */
static inline void
set_le(struct bytes *b, size_t at, uint64_t v, unsigned n)
{
	for (; n; n--, v >>= 8)
		b->p[at++] = (uint8_t)v;
}

/* Zeros up to a multiple of n. */
static inline void
put_align(struct bytes *b, size_t n)
{
	put_bytes(b, NULL, (n - b->n % n) % n);
}

static inline int
count_reloc(const struct gort__objreloc *r, void *arg)
{
	(void)r;
	++*(uint64_t *)arg;
	return 0;
}

/* Ask for all that a reader knows. 0, or the first error. */
static inline int
read_all(struct gort__obj *o, unsigned depth, struct gort_err *e)
{
	struct objimplib lib = {0};
	struct gort__note note;
	struct gort__obj m;
	uint64_t n = 0;
	uint32_t i;
	int rc;

	rc = gort__obj_symbols(o, e);
	if (rc == 0)
		rc = gort__obj_inits(o, e);
	for (i = 1; i < o->nsecs && rc == 0; i++)
		rc = gort__obj_relocs(o, i, count_reloc, &n, e);
	if (rc == 0) {
		rc = gort__note_read(o, &note, e);
		gort__note_free(&note);
		if (rc == -GORT_ENOTMOD)
			rc = 0;
	}
	for (i = 0; i < o->nmembers && rc == 0 && depth < 4; i++) {
		if (o->members[i].thin)
			continue;
		rc = gort__obj_parse_member(o, i, &m, e);
		if (rc == 0)
			gort__obj_import_library(o, &m, &lib);
		if (rc == 0)
			rc = read_all(&m, depth + 1, e);
		else if (!m.fmt)
			rc = 0; /* no object */
		gort__obj_free(&m);
	}
	return rc;
}

/*
 * Read all of the bytes, in a block of just their size, so that a sanitizer
 * sees a read past it. 1: accepted; 0: refused with a reason; -1: without.
 */
static inline int
try_bytes(const uint8_t *p, size_t n)
{
	struct gort__obj o;
	struct gort_err e = {0};
	uint8_t *copy = malloc(n ? n : 1);
	int ok;

	if (!copy)
		exit(99);
	memcpy(copy, p, n);
	ok = gort__obj_parse(copy, n, "damaged", &o, &e) == 0 &&
	     read_all(&o, 0, &e) == 0;
	if (!ok && (!e.code || strncmp(e.text, "damaged", 7) != 0)) {
		printf("    no reason: %d %s\n", e.code, e.text);
		ok = -1;
	}
	gort__obj_free(&o);
	free(copy);
	return ok;
}

/* Are the bytes refused with a reason that has this text? */
static inline bool
refused(const struct bytes *b, const char *text)
{
	struct gort__obj o;
	struct gort_err e = {0};
	bool ok = gort__obj_parse(b->p, b->n, "damaged", &o, &e) == 0 &&
		  read_all(&o, 0, &e) == 0;

	gort__obj_free(&o);
	if (!ok && strstr(e.text, text) && strstr(e.text, ": offset 0x"))
		return true;
	printf("    %s\n", ok ? "accepted" : e.text);
	return false;
}

/* All lengths, one by one up to `dense`. How many of them were accepted. */
static inline unsigned
try_truncations(const struct bytes *b, size_t dense)
{
	unsigned accepted = 0;
	size_t n;

	for (n = 0; n < b->n; n += n < dense ? 1 : 97) {
		int ok = try_bytes(b->p, n);

		CHECK(ok >= 0);
		accepted += ok > 0;
	}
	return accepted;
}

/*
 * Every field of 1, 2, 4, 8 bytes in [from, to), each `step` bytes, set to each
 * odd value. How many variants that were.
 */
static inline unsigned
try_fields(const struct bytes *b, size_t from, size_t to, size_t step)
{
	static const uint64_t values[] = {0, 1, 2, 7, 0x7f, 0xff, 0x7fff,
	    0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7fffffffffffffff,
	    0x8000000000000000, 0xfffffffffffffff0, 0xffffffffffffffff};
	uint8_t *copy = malloc(b->n ? b->n : 1);
	unsigned count = 0;
	size_t at, w, v;

	if (!copy)
		exit(99);
	memcpy(copy, b->p, b->n);
	for (w = 1; w <= 8; w *= 2) {
		for (at = from; at < to && at + w <= b->n; at += step) {
			for (v = 0; v < sizeof(values) / sizeof(*values); v++) {
				memcpy(copy + at, &values[v], w);
				CHECK(try_bytes(copy, b->n) >= 0);
				memcpy(copy + at, b->p + at, w);
				count++;
			}
		}
	}
	free(copy);
	return count;
}

/* `times` times a few bytes anywhere, by a fixed sequence. */
static inline void
try_random(const struct bytes *b, unsigned times)
{
	uint8_t *copy = malloc(b->n ? b->n : 1);
	uint64_t x = 88172645463325252u;
	unsigned i, k;

	if (!copy)
		exit(99);
	for (i = 0; i < times; i++) {
		memcpy(copy, b->p, b->n);
		for (k = 0; k < 1 + i % 8; k++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			copy[x % b->n] = (uint8_t)(x >> 32);
		}
		CHECK(try_bytes(copy, b->n) >= 0);
	}
	free(copy);
}

/* Bytes that malloc has given out; 0 where it does not tell. */
static inline size_t
allocated(void)
{
#ifdef __GLIBC__
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
#else
	return 0;
#endif
}

/* Of this process; there, clock() is the time of the day. */
static inline double
cpu_seconds(void)
{
#ifdef _WIN32
	FILETIME t, kernel, user;

	GetProcessTimes(GetCurrentProcess(), &t, &t, &kernel, &user);
	return ((double)user.dwHighDateTime + kernel.dwHighDateTime) *
		   429.4967296 +
	       ((double)user.dwLowDateTime + kernel.dwLowDateTime) / 1e7;
#else
	return (double)clock() / CLOCKS_PER_SEC;
#endif
}

/*
 * What it costs to read the bytes, accepted or not: within 5 s (an emulator
 * takes ten times as long) and, where malloc can tell, within 64 times their
 * size.
 */
static inline void
check_cost(const struct bytes *b)
{
	struct gort__obj o;
	struct gort_err e = {0};
	size_t before = allocated();
	const char *emulator = getenv("EXEC_WRAPPER");
	double limit = emulator && *emulator ? 50 : 5;
	double start = cpu_seconds();

	if (gort__obj_parse(b->p, b->n, "large", &o, &e) == 0)
		read_all(&o, 0, &e);
	CHECK(cpu_seconds() - start < limit);
	CHECK(allocated() - before < 65536 + 64 * b->n);
	gort__obj_free(&o);
}

#endif
