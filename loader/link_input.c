/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of a link: read once, parsed, kept until it is freed. They are
 * read, not mapped: a file that somebody cuts must not become a SIGBUS.
 */
#include "small.h"
#include "link.h"

#include <stdlib.h>

static int
no_memory(const char *name, struct gort_err *e)
{
	return gort__err(e, GORT_ENOMEM, name, GORT_ERR_NO_OFFSET, "no memory");
}

static void
free_file(struct linkfile *f)
{
	if (!f)
		return;
	if (f->data)
		gort__link_unmap_pages(f->data, f->mapped);
	free(f->name);
	free(f);
}

static struct linkfile *
new_file(const char *name, uint64_t size, struct gort_err *e)
{
	struct linkfile *f = calloc(1, sizeof(*f));
	uint64_t align = 1;

	if (f) {
		f->name = strdup(name);
		f->size = (size_t)size;
		f->mapped = (size_t)gort__link_round(size ? size : 1, &align);
		f->data =
		    gort__link_map(f->mapped, align, false, 0, UINT64_MAX);
		if (f->data)
			gort__link_populate(f->data, f->mapped, f->mapped);
	}
	if (!f || !f->name || !f->data) {
		free_file(f);
		no_memory(name, e);
		return NULL;
	}
	return f;
}

static struct linkfile *
read_file(const char *path, struct gort_err *e)
{
	struct linkfile *f = NULL;
	uint64_t size = 0;
	intptr_t handle = gort__link_open(path, &size, e);

	if (handle == -1)
		return NULL;
	if (size > LINK_MAX_IMAGE)
		gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "larger than %llu bytes",
		    (unsigned long long)LINK_MAX_IMAGE);
	else
		f = new_file(path, size, e);
	if (f && gort__link_read(handle, f, e)) {
		free_file(f);
		f = NULL;
	}
	gort__link_close(handle);
	return f;
}

/* The format of a relocatable object that can be linked here, or NULL. */
static const struct linkformat *
format_of(const struct gort__obj *o, struct gort_err *e)
{
	const struct linkformat *const *in;

	for (in = gort__link_formats; *in; in++) {
		if (o->fmt != (*in)->reader)
			continue;
		if (o->kind == OBJ_RELOCATABLE)
			return *in;
		gort__err(e, GORT_EFORMAT, o->rd.file, GORT_ERR_NO_OFFSET,
		    "not a relocatable object");
		return NULL;
	}
	if (gort__obj_check_machine(o, e) == 0)
		gort__err(e, GORT_ENOTSUP, o->rd.file, GORT_ERR_NO_OFFSET,
		    "%s objects cannot be linked here", o->format);
	return NULL;
}

/* Code of one format cannot call that of another. */
static int
check_object(struct gort_link *lk, struct linkobj *ob, struct gort_err *e)
{
	const struct gort__obj *o = &ob->o;

	ob->in = format_of(o, e);
	if (!ob->in)
		return -e->code;
	if (lk->nobjs > 1 && lk->objs[1]->in != ob->in)
		return gort__err(e, GORT_ENOTSUP, o->rd.file,
		    GORT_ERR_NO_OFFSET,
		    "a %s object in a link that has %s objects", o->format,
		    lk->objs[1]->o.format);
	return ob->in->check(&ob->o, e);
}

static void
free_object(struct linkobj *ob)
{
	if (!ob)
		return;
	gort__obj_free(&ob->o);
	free(ob->secs);
	free(ob->map);
	free(ob);
}

/* ob->o is parsed: make the rest, and add it. It is freed on failure. */
static int
add_object(struct gort_link *lk, struct linkobj *ob, struct linkfile *f,
    struct gort_err *e)
{
	struct linkobj **list;
	int rc = check_object(lk, ob, e);

	if (rc) {
		free_object(ob);
		return rc;
	}
	ob->file = f;
	ob->secs = calloc(ob->o.nsecs + (size_t)1, sizeof(*ob->secs));
	ob->map = calloc(ob->o.nsyms + (size_t)1, sizeof(*ob->map));
	list = gort__obj_room(lk->objs, lk->nobjs, sizeof(struct linkobj *));
	if (list)
		lk->objs = list;
	if (!ob->secs || !ob->map || !list) {
		free_object(ob);
		return no_memory(f->name, e);
	}
	lk->objs[lk->nobjs++] = ob;
	return 0;
}

/* Is it a member of an import library: no code, but a name elsewhere? */
static bool
is_import(const struct gort__obj *o)
{
	return o->nimports == 1 &&
	       (o->fmt == &gort__objimport || o->fmt == &gort__objcoff);
}

/*
 * What an import defines comes from a library: the symbol of "__imp_NAME",
 * which is a pointer to it (PE Format, "Import Library Format").
 */
static int
import_symbols(
    struct gort_link *lk, const struct linkobj *ob, struct gort_err *e)
{
	const struct gort__objimport *im = ob->o.imports;
	uint32_t i;

	for (i = 0; i < ob->o.nsyms; i++) {
		const char *name = ob->o.syms[i].name;
		struct linkmore *more;
		uint32_t k, pointer;

		if (strncmp(name, "__imp_", 6) != 0 || !name[6])
			continue;
		pointer = gort__link_intern(lk, name);
		k = pointer ? gort__link_intern(lk, name + 6) : 0;
		more = k ? gort__link_more(lk, k) : NULL;
		if (!more)
			return no_memory(ob->o.rd.file, e);
		if (lk->syms[pointer].state == SYM_LAZY)
			lk->syms[pointer].state = SYM_UNDEF;
		if (lk->syms[k].state == SYM_LAZY)
			lk->syms[k].state = SYM_UNDEF;
		if (more->library)
			continue;
		more->library = im->library ? im->library : "a library";
		more->name = im->name;
		more->ordinal = im->ordinal;
	}
	return 0;
}

/* Takes ob, which is_import(). */
static int
add_import(struct gort_link *lk, struct linkobj *ob, struct linkarchive *a,
    struct gort_err *e)
{
	struct linkobj **list;
	int rc;

	list = gort__obj_room(lk->imports, lk->nimports, sizeof(*list));
	if (!list) {
		rc = no_memory(ob->o.rd.file, e);
		free_object(ob);
		return rc;
	}
	lk->imports = list;
	list[lk->nimports++] = ob;
	rc = gort__obj_check_machine(&ob->o, e);
	if (rc == 0)
		rc = gort__obj_symbols(&ob->o, e);
	if (rc)
		return rc;
	if (a)
		gort__obj_import_library(&a->o, &ob->o, &a->lib);
	return import_symbols(lk, ob, e);
}

/* A member of a thin archive: a path from the archive's folder. */
static int
pull_thin(struct gort_link *lk, const struct linkarchive *a, uint32_t member,
    struct gort_err *e)
{
	const struct gort__objmember *m = &a->o.members[member];
	const char *slash = strrchr(a->file->name, '/');
	size_t dir = slash ? (size_t)(slash - a->file->name) + 1 : 0;
	struct linkfile **list, *f;
	struct linkobj *ob;
	char path[4096];
	int n, rc;

	if (m->name[0] == '/')
		dir = 0;
	n = snprintf(
	    path, sizeof(path), "%.*s%s", (int)dir, a->file->name, m->name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return gort__err(e, GORT_EFORMAT, a->file->name, m->header,
		    "a member's path is too long");
	f = read_file(path, e);
	if (!f)
		return -e->code;
	list = gort__obj_room(lk->files, lk->nfiles, sizeof(struct linkfile *));
	ob = calloc(1, sizeof(*ob));
	if (list)
		lk->files = list;
	if (!list || !ob) {
		free_file(f);
		free(ob);
		return no_memory(path, e);
	}
	lk->files[lk->nfiles++] = f;
	rc = gort__obj_parse(f->data, f->size, f->name, &ob->o, e);
	if (rc == 0)
		return add_object(lk, ob, f, e);
	free_object(ob);
	return rc;
}

int
gort__link_pull(
    struct gort_link *lk, uint32_t archive, uint32_t member, struct gort_err *e)
{
	struct linkarchive *a = lk->archives[archive];
	struct linkobj *ob;
	int rc;

	if (a->pulled[member])
		return 0;
	a->pulled[member] = 1;
	if (a->o.members[member].thin)
		return pull_thin(lk, a, member, e);
	ob = calloc(1, sizeof(*ob));
	if (!ob)
		return no_memory(a->file->name, e);
	rc = gort__obj_parse_member(&a->o, member, &ob->o, e);
	if (rc == 0 && is_import(&ob->o))
		return add_import(lk, ob, a, e);
	if (rc == 0)
		return add_object(lk, ob, a->file, e);
	free_object(ob);
	return rc;
}

static void
free_archive(struct linkarchive *a)
{
	gort__obj_free(&a->o);
	free(a->pulled);
	free(a);
}

/* o is moved into the new archive, or freed. */
static int
add_archive(struct gort_link *lk, struct linkfile *f, struct gort__obj *o,
    unsigned flags, struct gort_err *e)
{
	struct linkarchive **list, *a = calloc(1, sizeof(*a));
	uint32_t i, before = lk->nobjs;
	int rc = 0;

	list = gort__obj_room(
	    lk->archives, lk->narchives, sizeof(struct linkarchive *));
	if (list)
		lk->archives = list;
	if (!a || !list) {
		free(a);
		gort__obj_free(o);
		return no_memory(f->name, e);
	}
	a->o = *o;
	a->file = f;
	a->pulled = calloc(a->o.nmembers + (size_t)1, 1);
	if (!a->pulled) {
		free_archive(a);
		return no_memory(f->name, e);
	}
	lk->archives[lk->narchives++] = a;
	/* without an index there is no way but to look at all */
	for (i = 0; i < a->o.nmembers && rc == 0; i++)
		if ((flags & GORT_LINK_WHOLE) || !a->o.nindex)
			rc = gort__link_pull(lk, lk->narchives - 1, i, e);
	if (rc == 0)
		return 0;
	while (lk->nobjs > before)
		free_object(lk->objs[--lk->nobjs]);
	lk->narchives--;
	free_archive(a);
	return rc;
}

/* Takes f, whether it works or not. */
static int
add(struct gort_link *lk, struct linkfile *f, unsigned flags,
    struct gort_err *e)
{
	struct linkfile **list;
	struct linkobj *ob = calloc(1, sizeof(*ob));
	uint32_t before = lk->nfiles;
	int rc;

	list = gort__obj_room(lk->files, lk->nfiles, sizeof(struct linkfile *));
	if (list)
		lk->files = list;
	if (!ob || !list) {
		rc = no_memory(f->name, e);
		free(ob);
		free_file(f);
		return rc;
	}
	lk->files[lk->nfiles++] = f;
	rc = gort__obj_parse(f->data, f->size, f->name, &ob->o, e);
	if (rc) {
		free_object(ob);
	} else if (ob->o.kind == OBJ_ARCHIVE && ob->o.fmt == &gort__objar) {
		rc = add_archive(lk, f, &ob->o, flags, e);
		free(ob);
	} else if (ob->o.kind == OBJ_SHARED) {
		free_object(ob);
		lk->nfiles--;
		rc = gort__link_open_library(lk, f->name, e);
		free_file(f);
		return rc;
	} else if (is_import(&ob->o)) {
		/* symbols may point into the file now */
		return add_import(lk, ob, NULL, e);
	} else {
		rc = add_object(lk, ob, f, e);
	}
	while (rc && lk->nfiles > before)
		free_file(lk->files[--lk->nfiles]);
	return rc;
}

int
gort__link_add_file(
    struct gort_link *lk, const char *path, unsigned flags, struct gort_err *e)
{
	struct linkfile *f = read_file(path, e);

	return f ? add(lk, f, flags, e) : -e->code;
}

int
gort__link_add_bytes(struct gort_link *lk, const char *name, const void *data,
    size_t size, unsigned flags, struct gort_err *e)
{
	struct linkfile *f = new_file(name, size, e);

	if (!f)
		return -e->code;
	if (size)
		memcpy(f->data, data, size);
	return add(lk, f, flags, e);
}

void
gort__link_free_input(struct gort_link *lk)
{
	while (lk->nobjs)
		free_object(lk->objs[--lk->nobjs]);
	while (lk->nimports)
		free_object(lk->imports[--lk->nimports]);
	while (lk->narchives)
		free_archive(lk->archives[--lk->narchives]);
	while (lk->nfiles)
		free_file(lk->files[--lk->nfiles]);
	free(lk->objs);
	free(lk->archives);
	free(lk->imports);
	free(lk->files);
}

int
gort__link_bad(const struct linkobj *ob, uint64_t off, int code,
    struct gort_err *e, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return gort__err(
	    e, code, ob->o.rd.file, ob->o.rd.base + off, "%s", text);
}
