/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The files of a link: read once, parsed, kept until it is freed. They are
 * read, not mapped: a file that somebody cuts must not become a SIGBUS. Of a
 * large archive with an index no more is read than the members that are taken.
 */
#include "../include/small.h"
#include "link.h"
#include "objthin.h"

#include <stdlib.h>

#define LARGE (UINT64_C(256) << 10) /* read in parts, if that is possible */

static int
no_memory(const char *name, struct gort_err *e)
{
	return gort__err(e, GORT_ENOMEM, name, GORT_ERR_NO_OFFSET, "no memory");
}

static void
free_file(struct linkfile *f)
{
	if (f->handle != -1)
		gort__link_close(f->handle);
	if (f->mapped)
		gort__link_unmap_pages(f->data, f->mapped);
}

/* Room for a file: what is large can be read in parts, and be given back. */
static bool
map_file(struct gort_link *lk, struct linkfile *f)
{
	uint64_t align = 1;
	size_t mapped;

	if (f->size < LARGE) {
		f->data = gort__pool_alloc(&lk->pool, f->size + 1, 1);
		return f->data != NULL;
	}
	mapped = (size_t)gort__link_round(f->size, &align);
	f->data = gort__link_map(mapped, align, false, 0, UINT64_MAX);
	if (f->data)
		f->mapped = mapped;
	return f->data != NULL;
}

static struct linkfile *
new_file(
    struct gort_link *lk, const char *name, uint64_t size, struct gort_err *e)
{
	struct linkfile *f = gort__pool_alloc(&lk->pool, 1, sizeof(*f));
	size_t n = strlen(name) + 1;
	char *copy = gort__pool_alloc(&lk->pool, n, 1);

	if (f && copy) {
		f->handle = -1;
		f->name = memcpy(copy, name, n);
		f->size = (size_t)size;
		if (map_file(lk, f))
			return f;
	}
	no_memory(name, e);
	return NULL;
}

/* All of a file that is open; f->size becomes less if it is shorter. */
static int
read_all(struct linkfile *f, struct gort_err *e)
{
	uint64_t done;
	int rc;

	if (f->mapped)
		gort__link_populate(f->data, f->mapped, f->mapped);
	rc = gort__link_read(f->handle, f, 0, f->size, &done, e);
	f->size = (size_t)done;
	gort__link_close(f->handle);
	f->handle = -1;
	return rc;
}

/* struct gort__objfetch of a file that is open. */
static int
fetch(void *arg, uint64_t off, uint64_t n, struct gort_err *e)
{
	struct linkfile *f = arg;
	uint64_t done, from = (off + 4095) & ~UINT64_C(4095);
	int rc;

	if (n >= 65536)
		gort__link_populate(f->data + from, 0, off + n - from);
	rc = gort__link_read(f->handle, f, off, n, &done, e);
	if (rc == 0 && done < n)
		rc = gort__err(e, GORT_EFORMAT, f->name, off + done,
		    "the file ends here: truncated");
	return rc;
}

/* Parse a file, of which no more is read than is needed. */
static int
parse_file(struct gort_link *lk, struct linkfile *f, bool whole,
    struct gort__obj *o, struct gort_err *e)
{
	struct gort__objfetch some = {fetch, f};
	int rc;

	if (f->handle != -1 && !whole && f->size >= LARGE) {
		rc = gort__objar_parse_index(
		    &lk->pool, f->data, f->size, f->name, some, o, e);
		if (rc == 0)
			return 0;
		gort__obj_free(o);
	}
	/* as many bytes of tables as a rule, of objects without debug data */
	gort__pool_expect(&lk->pool, f->size / 2);
	rc = f->handle != -1 ? read_all(f, e) : 0;
	if (rc) {
		memset(o, 0, sizeof(*o));
		return rc;
	}
	return gort__obj_parse_in(&lk->pool, f->data, f->size, f->name, o, e);
}

/* Its bytes are read by parse_file(). */
static struct linkfile *
open_file(struct gort_link *lk, const char *path, struct gort_err *e)
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
		f = new_file(lk, path, size, e);
	if (f)
		f->handle = handle;
	else
		gort__link_close(handle);
	return f;
}

const struct linkformat *
gort__link_format(const struct gort_link *lk)
{
	return lk->nobjs > 1 ? lk->objs[1]->in : gort__link_formats[0];
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
	if (ob)
		gort__obj_free(&ob->o);
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
	ob->secs =
	    gort__obj_table(&ob->o, ob->o.nsecs + (size_t)1, sizeof(*ob->secs));
	ob->map =
	    gort__obj_table(&ob->o, ob->o.nsyms + (size_t)1, sizeof(*ob->map));
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

/*
 * Takes ob, which is_import(). What it says of symbols counts when all is
 * bound: until then the file may be taken back.
 */
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
	return lk->binding ? import_symbols(lk, ob, e) : 0;
}

int
gort__link_bind_imports(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i;
	int rc = 0;

	lk->binding = true;
	for (i = 0; i < lk->nimports && rc == 0; i++)
		rc = import_symbols(lk, lk->imports[i], e);
	return rc;
}

/* A member of a thin archive: a path from the archive's folder. */
static int
pull_thin(struct gort_link *lk, const struct linkarchive *a, uint32_t member,
    struct gort_err *e)
{
	const struct gort__objmember *m = &a->o.members[member];
	char *path = gort__obj_thin_path(a->file->name, m->name);
	struct linkfile **list, *f = NULL;
	struct linkobj *ob;
	int rc;

	if (!path)
		return no_memory(a->file->name, e);
	f = open_file(lk, path, e);
	free(path);
	if (!f)
		return -e->code;
	if (m->offset && (rc = read_all(f, e)) != 0) {
		free_file(f);
		return rc;
	}
	if (m->offset &&
	    !rd_has(&(struct rd){.size = f->size}, m->offset, m->size)) {
		free_file(f);
		return gort__err(e, GORT_EFORMAT, a->file->name, m->header,
		    "its member %s is not there in full", m->name);
	}
	list = gort__obj_room(lk->files, lk->nfiles, sizeof(struct linkfile *));
	ob = gort__pool_alloc(&lk->pool, 1, sizeof(*ob));
	if (list)
		lk->files = list;
	if (!list || !ob) {
		free_file(f);
		return no_memory(a->file->name, e);
	}
	lk->files[lk->nfiles++] = f;
	/* a member of another archive, or a file */
	rc = m->offset
		 ? gort__obj_parse_in(&lk->pool, (char *)f->data + m->offset,
		       (size_t)m->size, f->name, &ob->o, e)
		 : parse_file(lk, f, true, &ob->o, e);
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
	ob = gort__pool_alloc(&lk->pool, 1, sizeof(*ob));
	if (!ob)
		return no_memory(a->file->name, e);
	rc = gort__objar_fetch(&a->o, member, e);
	if (rc == 0)
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
}

/* o is moved into the new archive, or freed. */
static int
add_archive(struct gort_link *lk, struct linkfile *f, struct gort__obj *o,
    unsigned flags, struct gort_err *e)
{
	struct linkarchive **list, *a;
	uint32_t i;
	int rc = 0;

	a = gort__pool_alloc(&lk->pool, 1, sizeof(*a));
	list = gort__obj_room(
	    lk->archives, lk->narchives, sizeof(struct linkarchive *));
	if (list)
		lk->archives = list;
	if (!a || !list) {
		gort__obj_free(o);
		return no_memory(f->name, e);
	}
	a->o = *o;
	a->file = f;
	a->pulled = gort__obj_alloc(&a->o, a->o.nmembers + (size_t)1);
	if (!a->pulled) {
		free_archive(a);
		return no_memory(f->name, e);
	}
	lk->archives[lk->narchives++] = a;
	/* without an index there is no way but to look at all */
	for (i = 0; i < a->o.nmembers && rc == 0; i++)
		if ((flags & GORT_LINK_WHOLE) || !a->o.nindex)
			rc = gort__link_pull(lk, lk->narchives - 1, i, e);
	return rc;
}

/* How much the link had of each. */
struct before {
	uint32_t objs, imports, archives, files;
};

/* What a failed add has left goes: last what the others point into. */
static void
take_back(struct gort_link *lk, struct before b)
{
	while (lk->nobjs > b.objs)
		free_object(lk->objs[--lk->nobjs]);
	while (lk->nimports > b.imports)
		free_object(lk->imports[--lk->nimports]);
	while (lk->narchives > b.archives)
		free_archive(lk->archives[--lk->narchives]);
	while (lk->nfiles > b.files)
		free_file(lk->files[--lk->nfiles]);
}

/* Takes f, whether it works or not; path: it is that file, or NULL. */
static int
add(struct gort_link *lk, struct linkfile *f, const char *path, unsigned flags,
    struct gort_err *e)
{
	const struct before before = {
	    lk->nobjs, lk->nimports, lk->narchives, lk->nfiles};
	struct linkfile **list;
	struct linkobj *ob = gort__pool_alloc(&lk->pool, 1, sizeof(*ob));
	int rc;

	list = gort__obj_room(lk->files, lk->nfiles, sizeof(struct linkfile *));
	if (list)
		lk->files = list;
	if (!ob || !list) {
		rc = no_memory(f->name, e);
		free_file(f);
		return rc;
	}
	lk->files[lk->nfiles++] = f;
	rc = parse_file(lk, f, (flags & GORT_LINK_WHOLE) != 0, &ob->o, e);
	if (rc) {
		free_object(ob);
	} else if (ob->o.kind == OBJ_ARCHIVE && ob->o.fmt == &gort__objar) {
		rc = add_archive(lk, f, &ob->o, flags, e);
	} else if (ob->o.kind == OBJ_SHARED) {
		free_object(ob);
		rc = path ? gort__link_open_library(lk, path, e)
			  : gort__err(e, GORT_ENOTSUP, f->name,
				GORT_ERR_NO_OFFSET,
				"a shared library is opened from its file: "
				"gort_link_add()");
		free_file(lk->files[--lk->nfiles]);
		return rc;
	} else if (is_import(&ob->o)) {
		rc = add_import(lk, ob, NULL, e);
	} else {
		rc = add_object(lk, ob, f, e);
	}
	if (rc)
		take_back(lk, before);
	return rc;
}

int
gort__link_add_file(
    struct gort_link *lk, const char *path, unsigned flags, struct gort_err *e)
{
	struct linkfile *f = open_file(lk, path, e);

	return f ? add(lk, f, path, flags, e) : -e->code;
}

int
gort__link_add_bytes(struct gort_link *lk, const char *name, const void *data,
    size_t size, unsigned flags, struct gort_err *e)
{
	struct linkfile *f = new_file(lk, name, size, e);

	if (!f)
		return -e->code;
	if (size)
		memcpy(f->data, data, size);
	return add(lk, f, NULL, flags, e);
}

void
gort__link_close_input(struct gort_link *lk)
{
	uint32_t i;

	for (i = 0; i < lk->nfiles; i++) {
		if (lk->files[i]->handle != -1)
			gort__link_close(lk->files[i]->handle);
		lk->files[i]->handle = -1;
	}
}

void
gort__link_free_input(struct gort_link *lk)
{
	take_back(lk, (struct before){0});
	free(lk->objs);
	free(lk->archives);
	free(lk->imports);
	free(lk->files);
	gort__pool_free(&lk->pool);
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
