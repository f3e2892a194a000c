/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is to be exported, as people write it: lists of names and prototypes.
 * Leaf.
 */
#include "bind.h"

#include <ctype.h>

/* Memory that is given away piece by piece. */
struct bind_room {
	struct bind_room *link; /* what was filled before */
	size_t n, cap;          /* bytes used of s, and all */
	_Alignas(8) char s[];
};

#define FIRST_ROOM 16384

/*
 * What an export's line becomes, in bytes of the line: its record, its texts,
 * the buffers for its code, data and relocations, and the object.
 */
#define LINE_GROWTH 24

/* Begin a piece of at least n bytes; of the last one nothing more is given. */
static struct bind_room *
new_room(struct bind *b, size_t n)
{
	size_t cap = b->room ? 2 * b->room->cap : FIRST_ROOM;
	struct bind_room *r;

	if (n > SIZE_MAX / 2)
		return NULL;
	cap = sizeof(*r) + (n > cap ? n : cap);
	/* all of the last huge page */
	if (cap >= ROOM_MANY)
		cap = (cap + ROOM_HUGE - 1) & ~(ROOM_HUGE - 1);
	r = gort__room(cap);
	if (!r)
		return NULL;
	*r = (struct bind_room){.link = b->room, .cap = cap - sizeof(*r)};
	b->room = r;
	return r;
}

static char *
text_room(struct bind *b, size_t n)
{
	struct bind_room *r = b->room;

	if (!r || r->n > r->cap || n > r->cap - r->n)
		r = new_room(b, n);
	if (!r)
		return NULL;
	r->n += n;
	return r->s + (r->n - n);
}

void *
gort__bind_room(struct bind *b, size_t n)
{
	if (b->room)
		b->room->n += (0 - b->room->n) & 7;
	return text_room(b, n);
}

const char *
gort__bind_text(struct bind *b, const char *s, size_t n)
{
	char *t = text_room(b, n + 1);

	if (!t)
		return NULL;
	memcpy(t, s, n);
	t[n] = '\0';
	return t;
}

const char *
gort__bind_join(struct bind *b, const char *head, const char *tail)
{
	size_t n = strlen(head), m = strlen(tail);
	char *t = text_room(b, n + m + 1);

	if (!t)
		return NULL;
	memcpy(t, head, n);
	memcpy(t + n, tail, m + 1);
	return t;
}

void
gort__bind_free(struct bind *b)
{
	struct bind_room *r;

	wr_free(&b->exports);
	wr_free(&b->defined);
	while ((r = b->room) != NULL) {
		b->room = r->link;
		free(r);
	}
}

/* A stretch of a line. */
struct span {
	const char *s;
	size_t n;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct span
trim(struct span t)
{
	for (; t.n && is_blank(t.s[0]); t.s++)
		t.n--;
	while (t.n && is_blank(t.s[t.n - 1]))
		t.n--;
	return t;
}

/* The part before the first c goes to *head, what is behind it stays. */
static bool
cut(struct span *t, char c, struct span *head)
{
	const char *at = t->n ? memchr(t->s, c, t->n) : NULL;

	if (!at)
		return false;
	head->s = t->s;
	head->n = (size_t)(at - t->s);
	t->n -= head->n + 1;
	t->s = at + 1;
	return true;
}

static int
bad_spec(const char *file, unsigned line, struct span t, const char *why,
    struct gort_err *e)
{
	int n = t.n < 200 ? (int)t.n : 200;

	if (line)
		return gort__err(e, GORT_EINVAL, NULL, GORT_ERR_NO_OFFSET,
		    "%s:%u: %s: %.*s", file, line, why, n, t.s);
	return gort__err(e, GORT_EINVAL, NULL, GORT_ERR_NO_OFFSET,
	    "%s: %s: %.*s", file, why, n, t.s);
}

/* Is it "(...)", with every parenthesis that opens in it closed in it? */
static bool
is_parameters(struct span t)
{
	unsigned depth = 0;
	size_t i;

	for (i = 0; i < t.n; i++) {
		if (t.s[i] == '(')
			depth++;
		else if (t.s[i] == ')' && --depth == 0)
			return i + 1 == t.n;
	}
	return false;
}

/* A word that says how a function is declared, not what it returns. */
static bool
is_specifier(const char *word, size_t n)
{
	static const char *const words[] = {"static", "inline", "__inline",
	    "__inline__", "extern", "typedef", "auto", "register", "_Noreturn"};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (gort__bind_same(word, n, words[i]))
			return true;
	return false;
}

/* Is it words and stars, which a typedef and a prototype can begin with? */
static bool
is_result(struct span t)
{
	size_t i, n;

	for (i = 0; i < t.n; i += n ? n : 1) {
		for (n = 0; i + n < t.n && gort__bind_is_word(t.s[i + n]);)
			n++;
		if (n ? is_specifier(t.s + i, n)
		      : ispunct((unsigned char)t.s[i]) && t.s[i] != '*')
			return false;
	}
	return t.n > 0;
}

/* "int add(int a, int b)": its three parts, or just a name. */
static const char *
split_prototype(
    struct span t, struct span *ret, struct span *name, struct span *args)
{
	static const char ext[] = "extern";
	const char *open = memchr(t.s, '(', t.n);
	size_t n;

	*name = t;
	*ret = *args = (struct span){"", 0};
	if (!open)
		return NULL;
	args->s = open;
	args->n = t.n - (size_t)(open - t.s);
	name->n = (size_t)(open - t.s);
	*name = trim(*name);
	for (n = name->n; n && gort__bind_is_word(name->s[n - 1]); n--)
		;
	*ret = trim((struct span){name->s, n});
	name->s += n;
	name->n -= n;
	if (ret->n > sizeof(ext) - 1 && is_blank(ret->s[sizeof(ext) - 1]) &&
	    memcmp(ret->s, ext, sizeof(ext) - 1) == 0)
		*ret = trim(
		    (struct span){ret->s + sizeof(ext), ret->n - sizeof(ext)});
	if (!is_parameters(*args))
		return "its parentheses do not match";
	if (!is_result(*ret) || name->n == 0)
		return "not a prototype; a typedef helps with results that "
		       "have parentheses";
	return NULL;
}

/*
 * A copy with each run of blanks made one. NULL: no memory, or *control: it has
 * a control character, which is to be in no note and no header.
 */
static const char *
keep(struct bind *b, struct span t, bool *control)
{
	char *kept = text_room(b, t.n + 1), *to = kept;
	size_t i;

	if (!kept)
		return NULL;
	for (i = 0; i < t.n; i++) {
		char c = t.s[i];

		if ((unsigned char)c > ' ' && c != 0x7f) {
			*to++ = c;
		} else if (!is_blank(c)) {
			*control = true;
			return NULL;
		} else if (to == kept || to[-1] != ' ') {
			*to++ = ' ';
		}
	}
	*to = '\0';
	return kept;
}

static int
no_memory(struct gort_err *e)
{
	return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
	    "no memory for a list of exports");
}

int
gort__bind_spec(struct bind *b, const char *spec, size_t n, const char *file,
    unsigned line, struct gort_err *e)
{
	struct span t = trim((struct span){spec, n}), head = t, impl;
	struct span name, ret, args;
	struct bind_export ex = {.file = file, .line = line};
	const char *why;
	bool renamed, control = false;

	if (n && memchr(spec, 0, n))
		return bad_spec(file, line, t, "it has a zero byte", e);
	if (t.n && t.s[t.n - 1] == ';')
		t.n--;
	impl = t;
	renamed = cut(&impl, '=', &head);
	head = trim(renamed ? head : t);
	if (head.n == 0)
		return bad_spec(file, line, t, "there is no name", e);
	why = split_prototype(head, &ret, &name, &args);
	if (why)
		return bad_spec(file, line, t, why, e);
	impl = renamed ? trim(impl) : name;
	if (impl.n == 0)
		return bad_spec(
		    file, line, t, "there is no function behind the =", e);
	ex.name = gort__bind_text(b, name.s, name.n);
	ex.impl = gort__bind_text(b, impl.s, impl.n);
	ex.ret = keep(b, ret, &control);
	ex.args = keep(b, args, &control);
	if (control)
		return bad_spec(file, line, t, "it has a control character", e);
	if (!ex.name || !ex.impl || !ex.ret || !ex.args)
		return no_memory(e);
	wr_bytes(&b->exports, &ex, sizeof(ex));
	return b->exports.failed ? no_memory(e) : 0;
}

/* For the exports that there are, and those of a list. */
static bool
list_room(struct bind *b, const char *text, size_t size)
{
	const char *end = text + size, *at = text;
	size_t n = b->exports.n + 2 * sizeof(struct bind_export);
	uint8_t *room;

	while (
	    at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		n += sizeof(struct bind_export);
		at++;
	}
	if (!b->room && size >= ROOM_MANY / LINE_GROWTH)
		new_room(b, ROOM_MANY);
	room = gort__bind_room(b, n);
	if (room)
		wr_lend(&b->exports, room, n);
	return room;
}

int
gort__bind_list(struct bind *b, const char *text, size_t size, const char *file,
    struct gort_err *e)
{
	static const char mark[] = "\xef\xbb\xbf"; /* of editors: UTF-8 */
	struct span all = {text, size}, line, code;
	unsigned number = 0;
	bool more = true;
	int rc = list_room(b, text, size) ? 0 : no_memory(e);

	if (size >= sizeof(mark) - 1 &&
	    memcmp(text, mark, sizeof(mark) - 1) == 0) {
		all.s += sizeof(mark) - 1;
		all.n -= sizeof(mark) - 1;
	}
	while (rc == 0 && more) {
		number++;
		more = cut(&all, '\n', &line);
		if (!more)
			line = all;
		if (!cut(&line, '#', &code))
			code = line;
		code = trim(code);
		if (code.n)
			rc =
			    gort__bind_spec(b, code.s, code.n, file, number, e);
	}
	return rc;
}
