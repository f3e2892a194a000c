/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading C prototypes of scalar types, and converting their values.
 */
#include "proto.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the words of a declaration add up to. */
struct words {
	unsigned longs, shorts, ints, chars, floats, doubles, voids, bools;
	unsigned is_signed, is_unsigned, stars, others;
	unsigned fixed; /* bytes of an intN_t and the like */
	bool fixed_unsigned;
	bool named; /* a word that can be the parameter's name */
};

static const struct {
	const char *name;
	unsigned size;
	bool is_unsigned;
} fixed_types[] = {
    {"int8_t", 1, false},
    {"uint8_t", 1, true},
    {"int16_t", 2, false},
    {"uint16_t", 2, true},
    {"int32_t", 4, false},
    {"uint32_t", 4, true},
    {"int64_t", 8, false},
    {"uint64_t", 8, true},
    {"size_t", sizeof(size_t), true},
    {"ssize_t", sizeof(size_t), false},
    {"intptr_t", sizeof(intptr_t), false},
    {"uintptr_t", sizeof(uintptr_t), true},
    {"ptrdiff_t", sizeof(ptrdiff_t), false},
};

static bool
is_word(const char *s, size_t n, const char *word)
{
	return strlen(word) == n && memcmp(s, word, n) == 0;
}

/* Is there a type among the words already? Then the next is a name. */
static bool
has_type(const struct words *w)
{
	return w->longs || w->shorts || w->ints || w->chars || w->floats ||
	       w->doubles || w->voids || w->bools || w->is_signed ||
	       w->is_unsigned || w->fixed || w->others;
}

static void
add_word(struct words *w, const char *s, size_t n)
{
	static const char *const ignored[] = {
	    "const", "volatile", "restrict", "register", "static"};
	/* may follow a type that is known, and are no names */
	static const char *const beyond[] = {"_Complex", "complex",
	    "_Imaginary", "_Atomic", "__complex__", "__int128"};
	const struct {
		const char *word;
		unsigned *count;
	} known[] = {
	    {"long", &w->longs},
	    {"short", &w->shorts},
	    {"int", &w->ints},
	    {"char", &w->chars},
	    {"float", &w->floats},
	    {"double", &w->doubles},
	    {"void", &w->voids},
	    {"bool", &w->bools},
	    {"_Bool", &w->bools},
	    {"signed", &w->is_signed},
	    {"unsigned", &w->is_unsigned},
	};
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (is_word(s, n, ignored[i]))
			return;
	for (i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		if (is_word(s, n, beyond[i])) {
			w->others++;
			return;
		}
	}
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (is_word(s, n, known[i].word)) {
			(*known[i].count)++;
			return;
		}
	}
	for (i = 0; i < sizeof(fixed_types) / sizeof(fixed_types[0]); i++) {
		if (is_word(s, n, fixed_types[i].name) && !has_type(w)) {
			w->fixed = fixed_types[i].size;
			w->fixed_unsigned = fixed_types[i].is_unsigned;
			return;
		}
	}
	if (has_type(w) && !w->named)
		w->named = true;
	else
		w->others++;
}

static void
classify(const struct words *w, struct proto_type *t)
{
	bool uns = w->is_unsigned > 0;

	t->kind = PROTO_OTHER;
	t->size = 0;
	if (w->others)
		return;
	if (w->stars == 1 && w->chars && !w->is_signed && !uns) {
		t->kind = PROTO_STRING;
		t->size = sizeof(char *);
		return;
	}
	if (w->stars)
		return;
	t->kind = uns ? PROTO_UINT : PROTO_INT;
	if (w->voids) {
		t->kind = PROTO_VOID;
	} else if (w->bools) {
		t->kind = PROTO_BOOL;
		t->size = 1;
	} else if (w->floats || w->doubles) {
		t->kind = w->longs ? PROTO_OTHER : PROTO_FLOAT;
		t->size = w->floats ? 4 : 8;
	} else if (w->fixed) {
		t->kind = w->fixed_unsigned ? PROTO_UINT : PROTO_INT;
		t->size = w->fixed;
	} else if (w->chars) {
		if (!w->is_signed && !uns)
			t->kind = PROTO_CHAR;
		t->size = 1;
	} else if (w->shorts) {
		t->size = sizeof(short);
	} else if (w->longs) {
		t->size = w->longs > 1 ? sizeof(long long) : sizeof(long);
	} else if (w->ints || w->is_signed || uns) {
		t->size = sizeof(int);
	} else {
		t->kind = PROTO_OTHER;
	}
}

/* One declaration of n bytes. */
static void
parse_decl(const char *s, size_t n, struct proto_type *t)
{
	struct words w = {0};
	size_t i = 0, start;

	while (n && isspace((unsigned char)*s))
		s++, n--;
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	snprintf(t->text, sizeof(t->text), "%.*s", (int)n, s);
	while (i < n) {
		if (isalnum((unsigned char)s[i]) || s[i] == '_') {
			start = i;
			while (i < n &&
			       (isalnum((unsigned char)s[i]) || s[i] == '_'))
				i++;
			add_word(&w, s + start, i - start);
			continue;
		}
		if (s[i] == '*')
			w.stars++;
		else if (!isspace((unsigned char)s[i]))
			w.others++; /* arrays, function pointers, "..." */
		i++;
	}
	classify(&w, t);
}

bool
proto_parse(const char *ret, const char *args, struct proto *p)
{
	const char *s = args, *start;
	unsigned depth = 0;

	memset(p, 0, sizeof(*p));
	parse_decl(ret, strlen(ret), &p->ret);
	while (isspace((unsigned char)*s))
		s++;
	if (*s++ != '(')
		return false;
	for (start = s; *s; s++) {
		if (*s == '(') {
			depth++;
		} else if (depth && *s == ')') {
			depth--;
		} else if (!depth && (*s == ',' || *s == ')')) {
			if (p->nparams == PROTO_MAX_PARAMS)
				return false;
			parse_decl(start, (size_t)(s - start),
			    &p->params[p->nparams++]);
			start = s + 1;
			if (*s == ')')
				break;
		}
	}
	if (*s != ')')
		return false;
	/* (void), or () */
	if (p->nparams == 1 &&
	    (p->params[0].kind == PROTO_VOID || !p->params[0].text[0]))
		p->nparams = 0;
	return true;
}

static void
put_int(const struct proto_type *t, int64_t n, union proto_value *v)
{
	v->u64 = 0;
	switch (t->size) {
	case 1:
		v->i8 = (int8_t)n;
		break;
	case 2:
		v->i16 = (int16_t)n;
		break;
	case 4:
		v->i32 = (int32_t)n;
		break;
	default:
		v->i64 = n;
		break;
	}
}

static bool
int_from_text(
    const struct proto_type *t, const char *text, union proto_value *v)
{
	int64_t n, max = INT64_MAX >> (64 - 8 * t->size);
	char *end;

	errno = 0;
	n = strtoll(text, &end, 0);
	if (end == text || *end || errno || n > max || n < -max - 1)
		return false;
	put_int(t, n, v);
	return true;
}

static bool
uint_from_text(
    const struct proto_type *t, const char *text, union proto_value *v)
{
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (end == text || *end || errno || strchr(text, '-') ||
	    n > UINT64_MAX >> (64 - 8 * t->size))
		return false;
	put_int(t, (int64_t)n, v);
	return true;
}

/* What is too small becomes 0 or nearly; "inf" is a value. */
static bool
float_from_text(
    const struct proto_type *t, const char *text, union proto_value *v)
{
	char *end;

	errno = 0;
	if (t->size == 4) {
		v->f32 = strtof(text, &end);
		if (errno == ERANGE && isinf(v->f32))
			return false;
	} else {
		v->f64 = strtod(text, &end);
		if (errno == ERANGE && isinf(v->f64))
			return false;
	}
	return end != text && !*end;
}

bool
proto_from_text(
    const struct proto_type *t, const char *text, union proto_value *v)
{
	v->u64 = 0;
	switch (t->kind) {
	case PROTO_BOOL:
		v->i8 = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
		return v->i8 || strcmp(text, "false") == 0 ||
		       strcmp(text, "0") == 0;
	case PROTO_CHAR:
		v->i8 = (int8_t)text[0];
		return strlen(text) == 1;
	case PROTO_INT:
		return int_from_text(t, text, v);
	case PROTO_UINT:
		return uint_from_text(t, text, v);
	case PROTO_FLOAT:
		return float_from_text(t, text, v);
	case PROTO_STRING:
		v->str = text;
		return true;
	case PROTO_VOID:
	case PROTO_OTHER:
	default:
		return false;
	}
}

int
proto_to_text(
    const struct proto_type *t, const union proto_value *v, char *buf, size_t n)
{
	unsigned shift = 64 - 8 * t->size;

	switch (t->kind) {
	case PROTO_BOOL:
		return snprintf(buf, n, "%s", v->i8 ? "true" : "false");
	case PROTO_CHAR:
		return snprintf(buf, n, "%c", v->i8);
	case PROTO_INT:
		/* libffi widens small results to a word */
		return snprintf(
		    buf, n, "%" PRId64, (int64_t)(v->u64 << shift) >> shift);
	case PROTO_UINT:
		return snprintf(buf, n, "%" PRIu64, v->u64 << shift >> shift);
	case PROTO_FLOAT:
		return snprintf(buf, n, "%.*g", t->size == 4 ? 9 : 17,
		    t->size == 4 ? (double)v->f32 : v->f64);
	case PROTO_STRING:
		return snprintf(buf, n, "%s", v->str ? v->str : "(null)");
	case PROTO_VOID:
	case PROTO_OTHER:
	default:
		if (n)
			buf[0] = '\0';
		return 0;
	}
}
