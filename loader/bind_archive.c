/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The archive that is a whole module: the object that gort bind makes, and the
 * objects that it was made for. Leaf.
 *
 * Note [Functions that keep their names]
 * A function that is exported under its own name defines the symbol that its
 * thunk should have. Outside an archive the thunk then has another name on ELF
 * (BIND_THUNK), so who asks the dynamic linker for the function by name gets
 * the function, not the gate; gort_sym() goes by the module data, and is not
 * concerned, and PE exports the thunk under any name. In an archive the
 * function's symbol is renamed in a copy of its object, and the thunk gets the
 * name. Calls from the object that defines it go to the function as before,
 * those from others through the gate: as with GORT_EXPORT.
 */
#include "bind.h"
#include "objrename.h"

#define BIND_IMPL "gort__impl_"

/* A symbol as the file has it, and what it is to be. */
struct renaming {
	const char *from, *to;
};

struct archiving {
	struct bind *b;
	struct wr renamings; /* sorted */
	struct wr members;   /* struct objwrite_member */
	struct wr copies;    /* void *: of objects, malloced */
};

static int
no_memory(struct gort_err *e)
{
	return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
	    "no memory for an archive");
}

static int
by_from(const void *a, const void *b)
{
	const struct renaming *x = a, *y = b;

	return strcmp(x->from, y->from);
}

/* Give functions that are exported as they are another name. */
static int
plan(struct archiving *a, struct gort_err *e)
{
	struct bind_export *ex = gort__bind_exports(a->b);
	uint32_t i, n = gort__bind_nexports(a->b);
	const char *prefix = a->b->mach->prefix;

	for (i = 0; i < n; i++) {
		struct renaming r;

		if (gort__bind_renamed(&ex[i]))
			continue;
		ex[i].impl = gort__bind_join(a->b, BIND_IMPL, ex[i].name);
		if (!ex[i].impl)
			return no_memory(e);
		r.from = gort__bind_join(a->b, prefix, ex[i].name);
		r.to = gort__bind_join(a->b, prefix, ex[i].impl);
		wr_bytes(&a->renamings, &r, sizeof(r));
		if (!r.from || !r.to || a->renamings.failed)
			return no_memory(e);
	}
	if (a->renamings.n)
		qsort(a->renamings.data,
		    a->renamings.n / sizeof(struct renaming),
		    sizeof(struct renaming), by_from);
	return 0;
}

static const char *
renamed(const char *name, void *arg)
{
	const struct archiving *a = arg;
	const struct renaming key = {.from = name}, *r = NULL;

	if (a->renamings.n)
		r = bsearch(&key, a->renamings.data,
		    a->renamings.n / sizeof(key), sizeof(key), by_from);
	return r ? r->to : NULL;
}

static int
add_member(struct archiving *a, const char *name, const void *data, uint64_t n,
    struct gort_err *e)
{
	struct objwrite_member m = {.data = data, .size = n};

	m.name = gort__bind_text(a->b, name, strlen(name));
	wr_bytes(&a->members, &m, sizeof(m));
	return !m.name || a->members.failed ? no_memory(e) : 0;
}

/* An object, renamed where it must be. */
static int
add_object(struct archiving *a, struct gort__obj *o, const char *name,
    struct gort_err *e)
{
	struct wr copy = {0};
	uint32_t n = 0;
	int rc = gort__obj_rename(o, renamed, a, &copy, &n, e);

	if (rc == 0 && n) {
		wr_bytes(&a->copies, &copy.data, sizeof(copy.data));
		if (!a->copies.failed)
			return add_member(a, name, copy.data, copy.n, e);
		rc = no_memory(e);
	}
	wr_free(&copy);
	return rc ? rc : add_member(a, name, o->rd.data, o->rd.size, e);
}

static int
add_members(struct archiving *a, struct gort__obj *ar, struct gort_err *e)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ar->nmembers; i++) {
		struct gort__obj o = {0};

		rc = gort__obj_parse_member(ar, i, &o, e);
		if (rc == 0)
			rc = add_object(a, &o, ar->members[i].name, e);
		gort__obj_free(&o);
	}
	return rc;
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int
add_input(struct archiving *a, const struct bind_input *in, struct gort_err *e)
{
	struct gort__obj o = {0};
	int rc = gort__obj_parse(in->data, in->size, in->path, &o, e);

	if (rc == 0 && o.kind == OBJ_ARCHIVE)
		rc = add_members(a, &o, e);
	else if (rc == 0)
		rc = add_object(a, &o, base_name(in->path), e);
	gort__obj_free(&o);
	return rc;
}

static void
free_all(struct archiving *a)
{
	void **copies = (void **)(void *)a->copies.data;
	size_t i;

	for (i = 0; i < a->copies.n / sizeof(*copies); i++)
		free(copies[i]);
	wr_free(&a->copies);
	wr_free(&a->members);
	wr_free(&a->renamings);
}

int
gort__bind_archive(struct bind *b, const struct bind_input *inputs, uint32_t n,
    struct wr *out, struct gort_err *e)
{
	struct archiving a = {.b = b};
	struct wr glue = {0};
	const char *name = gort__bind_join(b, b->name, "-gort.o");
	uint32_t i;
	int rc = name ? 0 : no_memory(e);

	if (rc == 0 && n)
		rc = plan(&a, e);
	if (rc == 0)
		rc = gort__bind_write(b, &glue, e);
	if (rc == 0)
		rc = add_member(&a, name, glue.data, glue.n, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = add_input(&a, &inputs[i], e);
	if (rc == 0)
		rc = gort__objwrite_archive((const void *)a.members.data,
		    (uint32_t)(a.members.n / sizeof(struct objwrite_member)),
		    out, e);
	wr_free(&glue);
	free_all(&a);
	return rc;
}
