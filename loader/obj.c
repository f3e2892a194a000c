/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What all object formats share: choosing the reader, questions about the
 * result. Leaf.
 */
#include "../include/small.h"
#include "obj.h"

#include <stdlib.h>

int
gort__rd_bad(
    const struct rd *r, uint64_t off, struct gort_err *e, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return gort__err(e, GORT_EFORMAT, r->file, r->base + off, "%s", text);
}

int
gort__rd_no_memory(const struct rd *r, struct gort_err *e, const char *what)
{
	return gort__err(e, GORT_ENOMEM, r->file, GORT_ERR_NO_OFFSET,
	    "no memory for its %s", what);
}

int
gort__obj_by_turn(const void *a, const void *b)
{
	const struct objlist *x = a, *y = b;
	int order = 0;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	/* no sane name is longer, and many hostile ones could be */
	if (x->name && y->name)
		order = strncmp(x->name, y->name, 64);
	if (order == 0)
		order = (x->seq > y->seq) - (x->seq < y->seq);
	return x->name && x->backwards ? -order : order;
}

void *
gort__obj_room(void *array, uint32_t n, size_t size)
{
	char *p = array;

	/* full when n is 0 or a power of two from 4 on */
	if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
		if (n > UINT32_MAX / 2)
			return NULL;
		p = realloc(array, (n ? 2 * (size_t)n : 4) * size);
		if (!p)
			return NULL;
	}
	memset(p + n * size, 0, size);
	return p;
}

#define MAX_MEMBER_NAME 1024 /* of it, in messages */

void *
gort__obj_table(struct gort__obj *o, size_t n, size_t size)
{
	return gort__pool_alloc(o->pool ? o->pool : &o->own, n, size);
}

void *
gort__obj_alloc(struct gort__obj *o, size_t n)
{
	return gort__obj_table(o, n, 1);
}

const char *
gort__obj_strndup(struct gort__obj *o, const void *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *to = gort__obj_alloc(o, len + 1);

	if (to)
		memcpy(to, s, len);
	return to;
}

void
gort__obj_fact(struct gort__obj *o, const char *key, const char *value)
{
	if (o->nfacts < OBJ_MAX_FACTS) {
		o->facts[o->nfacts].key = key;
		o->facts[o->nfacts].value = value;
		o->nfacts++;
	}
}

int
gort__obj_spend(struct objbudget *b, const struct rd *r, uint64_t off,
    uint64_t n, struct gort_err *e)
{
	if (n > b->left)
		return gort__rd_bad(r, off, e, "sections overlap");
	b->left -= n;
	return 0;
}

/* Files of compilers that are no objects, though they are named so. */
static const char *
lookalike(const struct rd *r)
{
	if (!rd_has(r, 0, 4))
		return "";
	if (memcmp(r->data, "BC\xc0\xde", 4) == 0 ||
	    memcmp(r->data, "\xde\xc0\x17\x0b", 4) == 0)
		return ": LLVM bitcode (-flto)";
	if (memcmp(r->data, "\0\0\xff\xff", 4) == 0)
		return ": code for link-time generation (/GL)";
	return "";
}

/* With o->rd filled. */
static int
parse_any(struct gort__obj *o, struct gort_err *e)
{
	unsigned i;

	o->machine_name = "no machine";
	for (i = 0; gort__obj_formats[i]; i++) {
		if (!gort__obj_formats[i]->probe(&o->rd))
			continue;
		o->fmt = gort__obj_formats[i];
		return o->fmt->parse(o, e);
	}
	return gort__rd_bad(&o->rd, 0, e,
	    "not an object file of a known format%s", lookalike(&o->rd));
}

int
gort__obj_parse_in(struct gort__pool *pool, const void *data, size_t size,
    const char *file, struct gort__obj *o, struct gort_err *e)
{
	memset(o, 0, sizeof(*o));
	o->pool = pool;
	o->rd.data = data;
	o->rd.size = size;
	o->rd.file = file;
	return parse_any(o, e);
}

int
gort__obj_parse(const void *data, size_t size, const char *file,
    struct gort__obj *o, struct gort_err *e)
{
	return gort__obj_parse_in(NULL, data, size, file, o, e);
}

int
gort__obj_parse_member(const struct gort__obj *archive, uint32_t i,
    struct gort__obj *o, struct gort_err *e)
{
	const struct gort__objmember *m = &archive->members[i];
	size_t n, len;
	char *name;

	memset(o, 0, sizeof(*o));
	o->pool = archive->pool;
	/* many members can share one long name: keep a sane part of it */
	n = strlen(archive->rd.file);
	len = strnlen(m->name, MAX_MEMBER_NAME);
	name = gort__obj_alloc(o, n + len + sizeof("()"));
	if (!name)
		return gort__rd_no_memory(&archive->rd, e, "member's name");
	memcpy(name, archive->rd.file, n);
	name[n] = '(';
	memcpy(name + n + 1, m->name, len);
	name[n + 1 + len] = ')';
	o->rd.data = archive->rd.data + m->offset;
	o->rd.size = m->size;
	o->rd.base = archive->rd.base + m->offset;
	o->rd.file = name;
	return parse_any(o, e);
}

void
gort__obj_free(struct gort__obj *o)
{
	gort__pool_free(&o->own);
	free(o->segs);
	free(o->notes);
	free(o->imports);
	free(o->exports);
	free(o->inits);
	free(o->needed);
	free(o->members);
	free(o->index);
	memset(o, 0, sizeof(*o));
}

int
gort__obj_symbols(struct gort__obj *o, struct gort_err *e)
{
	if (o->has_syms || !o->fmt || !o->fmt->symbols)
		return 0;
	o->has_syms = true;
	return o->fmt->symbols(o, e);
}

int
gort__obj_inits(struct gort__obj *o, struct gort_err *e)
{
	int rc;

	if (o->ninits || !o->fmt || !o->fmt->inits)
		return 0;
	rc = gort__obj_symbols(o, e);
	return rc ? rc : o->fmt->inits(o, e);
}

int
gort__obj_relocs(struct gort__obj *o, uint32_t section, gort__objreloc_fn *fn,
    void *arg, struct gort_err *e)
{
	int rc;

	if (section >= o->nsecs || !o->secs[section].nrelocs)
		return 0;
	rc = gort__obj_symbols(o, e);
	return rc ? rc : o->fmt->relocs(o, section, fn, arg, e);
}

/* What this code was compiled for. */
#if defined(__x86_64__) || defined(_M_X64)
#define HOST_ARCH ARCH_AMD64
#define HOST_NAME "x86-64"
#elif defined(__i386__) || defined(_M_IX86)
#define HOST_ARCH ARCH_386
#define HOST_NAME "i386"
#elif defined(__aarch64__) || defined(_M_ARM64)
#define HOST_ARCH ARCH_ARM64
#define HOST_NAME "AArch64"
#else
#define HOST_ARCH ARCH_OTHER
#define HOST_NAME "a machine that gort does not know"
#endif

#ifdef _WIN32
#define HOST_FORMAT (&gort__objpe)
#define HOST_FORMAT_NAME "PE"
#else
#define HOST_FORMAT (&gort__objelf)
#define HOST_FORMAT_NAME "ELF"
#endif

int
gort__obj_check_machine(const struct gort__obj *o, struct gort_err *e)
{
	const unsigned bits = 8 * sizeof(void *);

	if (o->arch != HOST_ARCH || o->bits != bits || o->rd.big)
		return gort__err(e, GORT_EARCH, o->rd.file, GORT_ERR_NO_OFFSET,
		    "built for %s (machine %u, %u-bit, %s-endian), this "
		    "process is %s (%u-bit)",
		    o->machine_name, o->machine, o->bits,
		    o->rd.big ? "big" : "little", HOST_NAME, bits);
	return 0;
}

int
gort__obj_check_host(const struct gort__obj *o, struct gort_err *e)
{
	int rc = gort__obj_check_machine(o, e);

	if (rc)
		return rc;
	if (o->fmt != HOST_FORMAT)
		return gort__err(e, GORT_EFORMAT, o->rd.file,
		    GORT_ERR_NO_OFFSET,
		    "%s, this system loads " HOST_FORMAT_NAME, o->format);
	if (o->kind != OBJ_SHARED)
		return gort__err(e, GORT_EFORMAT, o->rd.file,
		    GORT_ERR_NO_OFFSET, "not a shared object");
	return 0;
}

bool
gort__obj_imports(const struct gort__obj *o, const char *name)
{
	uint32_t i;

	for (i = 0; i < o->nimports; i++)
		if (strcmp(o->imports[i].name, name) == 0)
			return true;
	return false;
}

/* Length of an $ORIGIN at the start of an entry, or 0. */
static size_t
origin_prefix(const char *entry)
{
	if (strncmp(entry, "$ORIGIN", 7) == 0)
		return 7;
	if (strncmp(entry, "${ORIGIN}", 9) == 0)
		return 9;
	return 0;
}

bool
gort__obj_origin_path(const struct gort__obj *o, const char *path,
    const char *needed, bool (*is_there)(const char *path), char *buf, size_t n)
{
	const char *entry = o->runpath, *slash = strrchr(path, '/'), *end;
	size_t skip;
	int len;

	/* Windows looks in the object's own folder, without being told */
	if (o->fmt == &gort__objpe) {
		entry = "$ORIGIN";
		end = strrchr(path, '\\');
		slash = !slash || (end && end > slash) ? end : slash;
	}
	if (strchr(needed, '/'))
		return false;
	for (; entry && *entry; entry = *end ? end + 1 : end) {
		end = entry + strcspn(entry, ":");
		skip = origin_prefix(entry);
		if (!skip)
			continue;
		len = snprintf(buf, n, "%.*s%.*s/%s",
		    slash ? (int)(slash - path) : 1, slash ? path : ".",
		    (int)((size_t)(end - entry) - skip), entry + skip, needed);
		if (len > 0 && (size_t)len < n && is_there(buf))
			return true;
	}
	return false;
}
