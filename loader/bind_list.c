/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is to be exported, as people write it: lists of names and prototypes.
 * Leaf.
 */
#include "bind.h"

/* Room for texts, one after another. */
struct bind_text {
	struct bind_text *link; /* what was filled before */
	size_t n, cap;          /* bytes used of s, and all */
	char s[];
};

#define TEXTS 16384 /* as much at a time */

/* n bytes that live as long as *b; NULL: no memory. */
static char *
text_room(struct bind *b, size_t n)
{
	struct bind_text *t = b->texts;

	if (!t || n > t->cap - t->n) {
		size_t cap = n > TEXTS ? n : TEXTS;

		t = malloc(sizeof(*t) + cap);
		if (!t)
			return NULL;
		*t = (struct bind_text){.link = b->texts, .cap = cap};
		b->texts = t;
	}
	t->n += n;
	return t->s + (t->n - n);
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
	struct bind_text *t;

	while ((t = b->texts) != NULL) {
		b->texts = t->link;
		free(t);
	}
	wr_free(&b->exports);
	wr_free(&b->defined);
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
	if (ret->n == 0 || name->n == 0)
		return "not a prototype; a typedef helps with results that "
		       "have parentheses";
	return NULL;
}

/* A copy with each run of blanks made one. */
static const char *
keep(struct bind *b, struct span t)
{
	char *kept = text_room(b, t.n + 1), *to = kept;
	size_t i;

	if (!kept)
		return NULL;
	for (i = 0; i < t.n; i++) {
		if (!is_blank(t.s[i]))
			*to++ = t.s[i];
		else if (to == kept || to[-1] != ' ')
			*to++ = ' ';
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
	bool renamed;

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
	ex.ret = keep(b, ret);
	ex.args = keep(b, args);
	if (!ex.name || !ex.impl || !ex.ret || !ex.args)
		return no_memory(e);
	wr_bytes(&b->exports, &ex, sizeof(ex));
	return b->exports.failed ? no_memory(e) : 0;
}

int
gort__bind_list(struct bind *b, const char *text, size_t size, const char *file,
    struct gort_err *e)
{
	struct span all = {text, size}, line, code;
	unsigned number = 0;
	bool more = true;
	int rc = 0;

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
