/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Output of much text, faster than printf; and of names that a file has put
 * there, without what would steer a terminal. Errors of the
 * stream are left to its owner.
 */
#ifndef GORT_OUT_H
#define GORT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct out {
	FILE *file;     /* where it goes */
	size_t used;    /* of buf */
	unsigned depth; /* JSON: of nesting */
	bool comma;     /* JSON: the next value follows another */
	uint64_t names; /* bytes of names that may still be written */
	char buf[1 << 16];
};

void out_begin(struct out *o, FILE *file);

/*
 * Allow n more bytes of names. Many symbols of a hostile file can share one
 * long name; a sane file's names are within a few times its size.
 */
void out_allow_names(struct out *o, uint64_t n);

/* Write what is left. false: there were more names than allowed. */
bool out_flush(struct out *o);

void out_str(struct out *o, const char *s);
void out_char(struct out *o, char c);
void out_dec(struct out *o, uint64_t n);
void out_int(struct out *o, int64_t n);
/* At least `digits` digits, without 0x. */
void out_hex(struct out *o, uint64_t n, unsigned digits);
/* A string, then blanks up to `width` columns. */
void out_pad(struct out *o, const char *s, unsigned width);
/* A number, with blanks before it up to `width` columns. */
void out_decpad(struct out *o, uint64_t n, unsigned width);
/* A name from a file: control characters become \xNN. */
void out_name(struct out *o, const char *s);

/* Bytes of the well-formed UTF-8 character at s (RFC 3629); 0: none. */
unsigned utf8_length(const char *s, size_t left);

/* ---- JSON: commas come by themselves ---------------------------------- */

/* key may be NULL: an element of an array, or the outermost. */
void json_open(struct out *o, const char *key, char bracket);
void json_close(struct out *o, char bracket);
/* value may be NULL: null. */
void json_string(struct out *o, const char *key, const char *value);
void json_uint(struct out *o, const char *key, uint64_t n);
void json_int(struct out *o, const char *key, int64_t n);
/* With one digit after the point. */
void json_tenths(struct out *o, const char *key, double n);
void json_bool(struct out *o, const char *key, bool b);

#endif
