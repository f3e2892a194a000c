/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * C prototypes as GORT_EXPORT writes them down: the types that gort run can
 * convert from and to text.
 */
#ifndef GORT_PROTO_H
#define GORT_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum proto_kind {
	PROTO_VOID,
	PROTO_BOOL,
	PROTO_CHAR,   /* shown as a character */
	PROTO_INT,    /* signed, of size bytes */
	PROTO_UINT,   /* unsigned, of size bytes */
	PROTO_FLOAT,  /* size 4 or 8 */
	PROTO_STRING, /* char *, const char * */
	PROTO_OTHER,  /* anything else: not convertible */
};

struct proto_type {
	enum proto_kind kind;
	unsigned size; /* bytes of the value */
	char text[80]; /* as written, for messages; cut where longer */
};

#define PROTO_MAX_PARAMS 32

struct proto {
	struct proto_type ret;
	unsigned nparams;
	struct proto_type params[PROTO_MAX_PARAMS];
};

union proto_value {
	int8_t i8;
	int16_t i16;
	int32_t i32;
	int64_t i64;
	uint64_t u64;
	float f32;
	double f64;
	const char *str;
};

/*
 * Parse a return type and a parameter list "(int a, const char *b)". false:
 * more parameters than PROTO_MAX_PARAMS, or not a parameter list.
 */
bool proto_parse(const char *ret, const char *args, struct proto *p);

/* Convert text to a value of the type; false: it is not one, or too large. */
bool proto_from_text(
    const struct proto_type *t, const char *text, union proto_value *v);

/* Write a value as text, as C would spell it; returns as snprintf does. */
int proto_to_text(const struct proto_type *t, const union proto_value *v,
    char *buf, size_t n);

#endif
