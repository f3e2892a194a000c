/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of ar archives: GNU (System V), BSD, thin ones, and the COFF
 * kind, with their symbol indexes. There is no standard: gABI, "Archive
 * File", has the headers; 4.4BSD ar(5) the long names and __.SYMDEF; the PE
 * format, "Archive (Library) File Format", the rest. Members are not looked
 * into here. Leaf.
 */
#include "obj.h"

#include <stdlib.h>

#define MAGIC "!<arch>\n"
#define THIN "!<thin>\n"
#define MAGIC_SIZE 8

/* Where a header's fields lie. */
#define AR_NAME 0
#define AR_SIZE 48
#define AR_FMAG 58
#define AR_HDR 60
#define NAME_SIZE 16
#define SIZE_SIZE 10

/* Index formats. */
enum index {
	INDEX_NONE,
	INDEX_GNU,   /* "/": 32-bit, big-endian */
	INDEX_GNU64, /* "/SYM64/" */
	INDEX_BSD,   /* "__.SYMDEF": 32-bit, the machine's byte order */
	INDEX_BSD64,
};

/* The work on one archive. */
struct ar {
	struct gort__obj *o;
	struct gort_err *e;
	bool thin;
	uint64_t front;    /* where members begin that are not there; or 0 */
	enum index index;  /* the first one that is there */
	uint64_t index_at; /* its bytes */
	uint64_t index_size;
};

/* One header and what it heads. */
struct head {
	uint64_t at;       /* of the header */
	uint64_t data;     /* of the bytes */
	uint64_t size;     /* of them, with BSD's name */
	uint64_t next;     /* header */
	const char *field; /* the name as it stands there, 16 bytes */
};

static bool
probe(const struct rd *r)
{
	return rd_has(r, 0, MAGIC_SIZE) &&
	       (memcmp(r->data, MAGIC, MAGIC_SIZE) == 0 ||
		   memcmp(r->data, THIN, MAGIC_SIZE) == 0);
}

/*
 * A decimal number with blanks behind it, in n bytes. false: it is none. n is
 * small enough for no number to be too large.
 */
static bool
number(const char *s, size_t n, uint64_t *value)
{
	size_t i = 0;

	*value = 0;
	for (; i < n && s[i] >= '0' && s[i] <= '9'; i++)
		*value = *value * 10 + (uint64_t)(s[i] - '0');
	if (i == 0)
		return false;
	for (; i < n; i++)
		if (s[i] != ' ')
			return false;
	return true;
}

/* Is the name field just this, blanks behind it? */
static bool
is_named(const struct head *h, const char *name)
{
	size_t n = strlen(name), i;

	if (memcmp(h->field, name, n) != 0)
		return false;
	for (i = n; i < NAME_SIZE; i++)
		if (h->field[i] != ' ')
			return false;
	return true;
}

/* Names of a thin archive that have their bytes behind them. */
static bool
is_special(const struct head *h)
{
	return is_named(h, "/") || is_named(h, "//") ||
	       is_named(h, "/SYM64/") || memcmp(h->field, "/<", 2) == 0;
}

static int
read_head(struct ar *a, uint64_t at, struct head *h)
{
	const struct rd *r = &a->o->rd;

	h->at = at;
	h->data = at + AR_HDR;
	if (!rd_has(r, at, AR_HDR))
		return gort__rd_bad(
		    r, at, a->e, "truncated in an archive member's header");
	h->field = (const char *)r->data + at + AR_NAME;
	if (memcmp(r->data + at + AR_FMAG, "`\n", 2) != 0)
		return gort__rd_bad(
		    r, at, a->e, "an archive member has no header here");
	if (!number((const char *)r->data + at + AR_SIZE, SIZE_SIZE, &h->size))
		return gort__rd_bad(
		    r, at, a->e, "an archive member's size is no number");
	h->next = h->data;
	if (a->thin && !is_special(h))
		return 0;
	if (!rd_has(r, h->data, h->size))
		return gort__rd_bad(r, at, a->e,
		    "an archive member lies past the end: truncated");
	h->next += h->size + (h->size & 1);
	return 0;
}

/* GNU's and COFF's table of long names, copied: NULs for the line ends. */
static int
read_names(struct ar *a, const struct head *h)
{
	const char *from = (const char *)a->o->rd.data + h->data;
	struct rd r = {.size = h->size};
	char *to, *p, *end;

	if (a->o->names.data)
		return gort__rd_bad(
		    &a->o->rd, h->at, a->e, "a second table of long names");
	to = gort__obj_alloc(a->o, (size_t)h->size + 1);
	if (!to)
		return gort__rd_no_memory(&a->o->rd, a->e, "long names");
	end = to + h->size;
	memcpy(to, from, (size_t)h->size);
	for (p = to; (p = memchr(p, '\n', (size_t)(end - p))); p++) {
		*p = '\0';
		if (p > to && p[-1] == '/')
			p[-1] = '\0';
	}
	r.data = (const uint8_t *)to;
	a->o->names = rd_strings(&r, 0, h->size);
	return 0;
}

/*
 * "/123": a name in the table; in a thin archive "/123:456" lies in another
 * archive, where 456 is its header.
 */
static int
long_name(struct ar *a, const struct head *h, struct gort__objmember *m)
{
	const char *colon = memchr(h->field, ':', NAME_SIZE);
	size_t n = colon ? (size_t)(colon - h->field) : NAME_SIZE;
	uint64_t at, origin = 0;

	if (!number(h->field + 1, n - 1, &at) ||
	    (colon && !number(colon + 1, NAME_SIZE - n - 1, &origin)))
		return gort__rd_bad(&a->o->rd, h->at, a->e,
		    "an archive member's name is of no known form");
	m->name = rd_strings_at(&a->o->names, at);
	if (!m->name)
		return gort__rd_bad(&a->o->rd, h->at, a->e,
		    "an archive member's name is not in the table of names");
	if (colon && a->thin)
		m->offset = origin + AR_HDR;
	return 0;
}

/* "#1/20": 20 bytes of name before the others. */
static int
bsd_name(struct ar *a, const struct head *h, struct gort__objmember *m)
{
	uint64_t n;

	if (!number(h->field + 3, NAME_SIZE - 3, &n) || n > h->size || a->thin)
		return gort__rd_bad(&a->o->rd, h->at, a->e,
		    "an archive member's name is longer than the member");
	m->name = gort__obj_strndup(a->o, a->o->rd.data + h->data, (size_t)n);
	m->offset += n;
	m->size -= n;
	return m->name ? 0 : gort__rd_no_memory(&a->o->rd, a->e, "names");
}

/* GNU ends it with a slash, as a name may hold blanks; BSD with blanks. */
static int
short_name(struct ar *a, const struct head *h, struct gort__objmember *m)
{
	const char *slash = memchr(h->field, '/', NAME_SIZE);
	size_t n = slash ? (size_t)(slash - h->field) : NAME_SIZE;

	while (!slash && n && h->field[n - 1] == ' ')
		n--;
	m->name = gort__obj_strndup(a->o, h->field, n);
	return m->name ? 0 : gort__rd_no_memory(&a->o->rd, a->e, "names");
}

static void
found_index(struct ar *a, enum index kind, uint64_t at, uint64_t size)
{
	/* COFF has a second "/" that says the same otherwise */
	if (a->index != INDEX_NONE)
		return;
	a->index = kind;
	a->index_at = at;
	a->index_size = size;
}

/* Is the member BSD's index? It is an ordinary one by its header. */
static enum index
bsd_index(const struct gort__objmember *m)
{
	if (strcmp(m->name, "__.SYMDEF") == 0 ||
	    strcmp(m->name, "__.SYMDEF SORTED") == 0)
		return INDEX_BSD;
	if (strcmp(m->name, "__.SYMDEF_64") == 0 ||
	    strcmp(m->name, "__.SYMDEF_64 SORTED") == 0)
		return INDEX_BSD64;
	return INDEX_NONE;
}

static int
fill_member(struct ar *a, const struct head *h, struct gort__objmember *m)
{
	m->offset = a->thin ? 0 : h->data;
	m->size = h->size;
	if (h->field[0] == '/')
		return long_name(a, h, m);
	if (memcmp(h->field, "#1/", 3) == 0)
		return bsd_name(a, h, m);
	return short_name(a, h, m);
}

/* One more, whose header is at an offset; NULL: no memory. */
static struct gort__objmember *
new_member(struct ar *a, uint64_t header)
{
	struct gort__obj *o = a->o;
	struct gort__objmember *m =
	    gort__obj_room(o->members, o->nmembers, sizeof(*m));

	if (!m) {
		gort__rd_no_memory(&o->rd, a->e, "members");
		return NULL;
	}
	o->members = m;
	m += o->nmembers;
	m->thin = a->thin;
	m->header = header;
	return m;
}

static int
add_member(struct ar *a, const struct head *h)
{
	struct gort__obj *o = a->o;
	struct gort__objmember *m = new_member(a, h->at);
	enum index kind;
	int rc = m ? fill_member(a, h, m) : -a->e->code;

	if (rc)
		return rc;
	kind = o->nmembers == 0 ? bsd_index(m) : INDEX_NONE;
	if (kind != INDEX_NONE)
		found_index(a, kind, m->offset, m->size);
	else
		o->nmembers++;
	return 0;
}

static int
read_members(struct ar *a)
{
	uint64_t at = MAGIC_SIZE;
	struct head h = {0};
	int rc;

	while (at < a->o->rd.size) {
		rc = read_head(a, at, &h);
		if (rc)
			return rc;
		if (is_named(&h, "/"))
			found_index(a, INDEX_GNU, h.data, h.size);
		else if (is_named(&h, "/SYM64/"))
			found_index(a, INDEX_GNU64, h.data, h.size);
		else if (is_named(&h, "//"))
			rc = read_names(a, &h);
		else if (memcmp(h.field, "/<", 2) != 0)
			rc = add_member(a, &h);
		if (rc)
			return rc;
		at = h.next;
	}
	return 0;
}

/* The member whose header is at an offset; nmembers: none. */
static uint32_t
member_at(const struct gort__obj *o, uint64_t header)
{
	uint32_t low = 0, high = o->nmembers;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (o->members[mid].header < header)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < o->nmembers && o->members[low].header != header)
		return o->nmembers;
	return low;
}

/*
 * With members that are not known yet: the one before, or a new one. 1: not in
 * their order, or no place for a header; who has all members can say more.
 */
static int
expect_member(struct ar *a, uint64_t header)
{
	struct gort__obj *o = a->o;
	uint64_t last = o->nmembers ? o->members[o->nmembers - 1].header : 0;

	if (o->nmembers && header == last)
		return 0;
	if (header < a->front || !rd_has(&o->rd, header, AR_HDR) ||
	    (o->nmembers && (header < last || header - last < AR_HDR)))
		return 1;
	if (!new_member(a, header))
		return -a->e->code;
	o->nmembers++;
	return 0;
}

/* at: of the index entry, for the message. */
static int
add_symbol(struct ar *a, uint64_t at, uint64_t header, const char *name)
{
	struct gort__obj *o = a->o;
	struct gort__objindex *x = &o->index[o->nindex];
	int rc = a->front ? expect_member(a, header) : 0;

	if (rc)
		return rc;
	x->name = name;
	if (!x->name)
		return gort__rd_bad(&o->rd, at, a->e,
		    "a name of the archive's index is out "
		    "of range");
	x->length = (uint32_t)strlen(name);
	/* as a rule it is that of the entry before, or the next */
	x->member = o->nindex ? x[-1].member : 0;
	if (x->member < o->nmembers && o->members[x->member].header != header)
		x->member++;
	if (x->member >= o->nmembers || o->members[x->member].header != header)
		x->member = member_at(o, header);
	if (x->member == o->nmembers)
		return gort__rd_bad(&o->rd, at, a->e,
		    "the archive's index has a member at 0x%llx, where there "
		    "is none",
		    (unsigned long long)header);
	o->nindex++;
	return 0;
}

/* Room for n symbols, of which each is at least a word of the file. */
static int
room_for(struct ar *a, uint64_t n)
{
	if (n > UINT32_MAX)
		return gort__rd_bad(&a->o->rd, a->index_at, a->e,
		    "too many symbols in the archive's index");
	a->o->index = calloc((size_t)n + 1, sizeof(*a->o->index));
	return a->o->index ? 0 : gort__rd_no_memory(&a->o->rd, a->e, "index");
}

/* A number, offsets of as many members, as many strings. */
static int
read_gnu(struct ar *a, unsigned word)
{
	struct rd r = a->o->rd;
	uint64_t n, i, at = a->index_at, end = at + a->index_size, s;
	struct rd_strings names;
	int rc;

	r.big = true;
	if (a->index_size < word)
		return gort__rd_bad(
		    &r, at, a->e, "the archive's index is too short");
	n = rd_uint(&r, at, word);
	at += word;
	if (n > (end - at) / word)
		return gort__rd_bad(&r, a->index_at, a->e,
		    "the archive's index is shorter than its number of "
		    "symbols");
	s = at + n * word;
	names = rd_strings(&r, s, end - s);
	rc = room_for(a, n);
	for (i = s = 0; i < n && rc == 0; i++, at += word) {
		const char *name = rd_strings_at(&names, s);

		rc = add_symbol(
		    a, at, word == 4 ? rd_u32(&r, at) : rd_u64(&r, at), name);
		s += a->o->index[i].length + UINT64_C(1);
	}
	return rc;
}

/* Does __.SYMDEF make sense in this byte order? */
static bool
bsd_fits(const struct rd *r, uint64_t at, uint64_t size, unsigned word)
{
	uint64_t table, strings;

	if (size < 2 * (uint64_t)word)
		return false;
	table = rd_uint(r, at, word);
	if (table > size - 2 * word || table % (2 * word))
		return false;
	strings = rd_uint(r, at + word + table, word);
	return strings <= size - 2 * word - table;
}

/* Size of the table of {name, offset}, the table, size of names, names. */
static int
read_bsd(struct ar *a, unsigned word)
{
	struct rd r = a->o->rd;
	uint64_t n, i, at = a->index_at;
	struct rd_strings names;
	int rc;

	if (a->index_size == 0)
		return 0;
	r.big = false;
	if (!bsd_fits(&r, at, a->index_size, word))
		r.big = true;
	if (!bsd_fits(&r, at, a->index_size, word))
		return gort__rd_bad(
		    &r, at, a->e, "the archive's index has wrong sizes");
	n = rd_uint(&r, at, word) / (2 * word);
	at += word;
	names = rd_strings(
	    &r, at + n * 2 * word + word, rd_uint(&r, at + n * 2 * word, word));
	rc = room_for(a, n);
	for (i = 0; i < n && rc == 0; i++, at += 2 * word)
		rc = add_symbol(a, at, rd_uint(&r, at + word, word),
		    rd_strings_at(&names, rd_uint(&r, at, word)));
	return rc;
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	struct ar a = {.o = o, .e = e};
	int rc;

	a.thin = memcmp(o->rd.data, THIN, MAGIC_SIZE) == 0;
	o->kind = OBJ_ARCHIVE;
	o->format = a.thin ? "thin ar" : "ar";
	rc = read_members(&a);
	if (rc)
		return rc;
	switch (a.index) {
	case INDEX_GNU:
		return read_gnu(&a, 4);
	case INDEX_GNU64:
		return read_gnu(&a, 8);
	case INDEX_BSD:
		return read_bsd(&a, 4);
	case INDEX_BSD64:
		return read_bsd(&a, 8);
	case INDEX_NONE:
	default:
		return 0;
	}
}

/* Fetch what lies before the members. 1: no GNU index, or more than one. */
static int
read_front(struct ar *a)
{
	const struct gort__objfetch *f = &a->o->fetch;
	uint64_t at = MAGIC_SIZE, size = a->o->rd.size;
	struct head h = {0};
	int rc;

	while (size - at > AR_HDR) {
		a->front = at;
		rc = f->fn(f->arg, at, AR_HDR, a->e);
		if (rc == 0)
			rc = read_head(a, at, &h);
		if (rc)
			return rc;
		if (!is_named(&h, "//") &&
		    (!is_named(&h, "/") || a->index != INDEX_NONE))
			return a->index != INDEX_GNU;
		rc = f->fn(f->arg, h.data, h.next - h.data, a->e);
		if (rc == 0 && is_named(&h, "//"))
			rc = read_names(a, &h);
		else if (rc == 0)
			found_index(a, INDEX_GNU, h.data, h.size);
		if (rc)
			return rc;
		at = h.next;
	}
	return 1;
}

int
gort__objar_parse_index(struct gort__pool *pool, void *data, size_t size,
    const char *file, struct gort__objfetch fetch, struct gort__obj *o,
    struct gort_err *e)
{
	struct ar a = {.o = o, .e = e};
	int rc;

	memset(o, 0, sizeof(*o));
	o->pool = pool;
	o->rd.data = data;
	o->rd.size = size;
	o->rd.file = file;
	o->fetch = fetch;
	if (size <= MAGIC_SIZE || fetch.fn(fetch.arg, 0, MAGIC_SIZE, e) ||
	    memcmp(data, MAGIC, MAGIC_SIZE) != 0)
		return 1;
	o->fmt = &gort__objar;
	o->kind = OBJ_ARCHIVE;
	o->format = "ar";
	rc = read_front(&a);
	if (rc == 0)
		rc = read_gnu(&a, 4);
	return rc || !o->nindex;
}

/*
 * A member ends before the next of the index begins, so nothing is fetched
 * twice: what was checked stays as it is, whatever becomes of the file.
 */
int
gort__objar_fetch(struct gort__obj *o, uint32_t i, struct gort_err *e)
{
	struct gort__objmember *m = &o->members[i];
	uint64_t end = i + 1 < o->nmembers ? m[1].header : o->rd.size;
	struct ar a = {.o = o, .e = e};
	struct head h = {0};
	int rc;

	if (!o->fetch.fn || m->name)
		return 0;
	rc = o->fetch.fn(o->fetch.arg, m->header, end - m->header, e);
	if (rc == 0)
		rc = read_head(&a, m->header, &h);
	if (rc)
		return rc;
	if (h.size > end - h.data)
		return gort__rd_bad(&o->rd, m->header, e,
		    "an archive member reaches into the next");
	return fill_member(&a, &h, m);
}

const struct objfmt gort__objar = {
    .probe = probe,
    .parse = parse,
};
