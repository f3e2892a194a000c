/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Buffered output of text and JSON.
 */
#include "out.h"

#include <string.h>

void
out_begin(struct out *o, FILE *file)
{
	o->file = file;
	o->used = 0;
	o->depth = 0;
	o->comma = false;
	o->names = 0;
}

void
out_allow_names(struct out *o, uint64_t n)
{
	o->names += n < UINT64_MAX - o->names ? n : UINT64_MAX - o->names;
}

static void
flush(struct out *o)
{
	fwrite(o->buf, 1, o->used, o->file);
	o->used = 0;
}

/* Room for n bytes, n within the buffer. */
static char *
room(struct out *o, size_t n)
{
	if (sizeof(o->buf) - o->used < n)
		flush(o);
	return o->buf + o->used;
}

static void
put(struct out *o, const char *s, size_t n)
{
	if (n > sizeof(o->buf)) {
		flush(o);
		fwrite(s, 1, n, o->file);
		return;
	}
	memcpy(room(o, n), s, n);
	o->used += n;
}

bool
out_flush(struct out *o)
{
	flush(o);
	fflush(o->file);
	return o->names > 0;
}

void
out_str(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

void
out_char(struct out *o, char c)
{
	*room(o, 1) = c;
	o->used++;
}

/* Blanks; n within the buffer. */
static void
blanks(struct out *o, size_t n)
{
	memset(room(o, n), ' ', n);
	o->used += n;
}

void
out_decpad(struct out *o, uint64_t n, unsigned width)
{
	char text[24];
	unsigned i = sizeof(text);

	do {
		text[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	if (width > sizeof(text) - i)
		blanks(o, width - (sizeof(text) - i));
	put(o, text + i, sizeof(text) - i);
}

void
out_dec(struct out *o, uint64_t n)
{
	out_decpad(o, n, 0);
}

void
out_int(struct out *o, int64_t n)
{
	if (n < 0)
		out_char(o, '-');
	out_dec(o, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

void
out_hex(struct out *o, uint64_t n, unsigned digits)
{
	unsigned have = n ? (67 - (unsigned)__builtin_clzll(n)) / 4 : 1;
	unsigned i = have > digits ? have : digits < 16 ? digits : 16;
	char *to = room(o, 16);

	o->used += i;
	for (; i--; n >>= 4)
		to[i] = "0123456789abcdef"[n & 15];
}

void
out_pad(struct out *o, const char *s, unsigned width)
{
	size_t n = strlen(s);

	put(o, s, n);
	if (n < width)
		blanks(o, width - n);
}

/*
 * Take a name's length from the budget, without reading on when that is used
 * up. false: it is.
 */
static bool
spend(struct out *o, const char *s, size_t *n)
{
	*n = strnlen(s, o->names < SIZE_MAX ? (size_t)o->names : SIZE_MAX);
	o->names -= *n;
	return o->names > 0;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c != 0x7f;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* How many of n bytes come before one that is not plain: eight at a time. */
static size_t
plain_span(const char *s, size_t n)
{
	size_t i;

	for (i = 0; n - i >= 8; i += 8) {
		uint64_t w, del;

		memcpy(&w, s + i, 8);
		del = w ^ EACH(0x7f);
		/* a high bit: below 0x20 in w, or 0 in del */
		if ((((w - EACH(0x20)) & ~w) | ((del - EACH(1)) & ~del)) &
		    EACH(0x80))
			break;
	}
	while (i < n && is_plain((unsigned char)s[i]))
		i++;
	return i;
}

void
out_name(struct out *o, const char *s)
{
	size_t n, i, start = 0;

	if (!spend(o, s, &n))
		return;
	for (i = 0;; i++) {
		i += plain_span(s + i, n - i);
		if (i == n)
			break;
		put(o, s + start, i - start);
		out_str(o, "\\x");
		out_hex(o, (unsigned char)s[i], 2);
		start = i + 1;
	}
	put(o, s + start, n - start);
}

unsigned
utf8_length(const char *text, size_t left)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned n = *s < 0xc2   ? 0
		     : *s < 0xe0 ? 2
		     : *s < 0xf0 ? 3
		     : *s < 0xf5 ? 4
				 : 0;
	unsigned i;

	if (n > left)
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* overlong forms, surrogates, beyond U+10FFFF */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void
json_text(struct out *o, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n, i = 0, start = 0;
	unsigned u;

	out_char(o, '"');
	if (!spend(o, s, &n))
		n = 0;
	while (i < n) {
		if (is_plain(p[i]) && p[i] < 0x7f && p[i] != '"' &&
		    p[i] != '\\') {
			i++;
			continue;
		}
		u = utf8_length(s + i, n - i);
		if (u) {
			i += u;
			continue;
		}
		put(o, s + start, i - start);
		if (p[i] == '"' || p[i] == '\\') {
			out_char(o, '\\');
			out_char(o, s[i]);
		} else {
			out_str(o, "\\u");
			out_hex(o, p[i], 4);
		}
		start = ++i;
	}
	put(o, s + start, n - start);
	out_char(o, '"');
}

static void
begin_value(struct out *o, const char *key)
{
	if (o->comma)
		out_char(o, ',');
	/* two levels are lines; what is deeper goes on */
	if (o->depth && o->depth <= 3)
		out_char(o, '\n');
	else if (o->comma)
		out_char(o, ' ');
	if (key) {
		out_char(o, '"');
		out_str(o, key);
		out_str(o, "\": ");
	}
	o->comma = true;
}

void
json_open(struct out *o, const char *key, char bracket)
{
	begin_value(o, key);
	out_char(o, bracket);
	o->comma = false;
	o->depth++;
}

void
json_close(struct out *o, char bracket)
{
	o->depth--;
	out_char(o, bracket);
	if (o->depth == 0)
		out_char(o, '\n');
	o->comma = true;
}

void
json_string(struct out *o, const char *key, const char *value)
{
	begin_value(o, key);
	if (value)
		json_text(o, value);
	else
		out_str(o, "null");
}

void
json_uint(struct out *o, const char *key, uint64_t n)
{
	begin_value(o, key);
	out_dec(o, n);
}

void
json_int(struct out *o, const char *key, int64_t n)
{
	begin_value(o, key);
	out_int(o, n);
}

void
json_tenths(struct out *o, const char *key, double n)
{
	char text[64];

	begin_value(o, key);
	snprintf(text, sizeof(text), "%.1f", n);
	out_str(o, text);
}

void
json_bool(struct out *o, const char *key, bool b)
{
	begin_value(o, key);
	out_str(o, b ? "true" : "false");
}
