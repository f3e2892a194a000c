/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The objects that a module is made of, and whether what is to be bound is
 * whole. Leaf.
 */
#include "bind.h"
#include "elfdef.h"
#include "note.h"

#define NOWHERE NULL, GORT_ERR_NO_OFFSET

static int
no_memory(struct gort_err *e)
{
	return gort__err(
	    e, GORT_ENOMEM, NOWHERE, "no memory for the names of functions");
}

/* A name of C. */
static bool
is_identifier(const char *s)
{
	if (*s >= '0' && *s <= '9')
		return false;
	do
		if (!gort__bind_is_word(*s))
			return false;
	while (*++s);
	return true;
}

/* The same, or as assemblers know it: "f@8", "@f@8", "_ZN1a1fEv". */
static bool
is_symbol(const char *s)
{
	if (*s >= '0' && *s <= '9')
		return false;
	do
		if (!gort__bind_is_word(*s) && (!*s || !strchr("$.@?", *s)))
			return false;
	while (*++s);
	return true;
}

/* Is it one of the hooks? */
static bool
is_hook(const struct bind *b, const char *fn)
{
	const char *const hooks[] = {b->init, b->fini, b->save, b->restore};
	unsigned i;

	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (hooks[i] && strcmp(hooks[i], fn) == 0)
			return true;
	return false;
}

/* ---- objects ---------------------------------------------------------------- */

/* The name as C has it; NULL: not one that C could call. */
static const char *
c_name(const struct objmachine *m, const char *name)
{
	size_t n = strlen(m->prefix);

	if (strncmp(name, m->prefix, n) == 0)
		return name + n;
	return name[0] == '@' || name[0] == '?' ? name : NULL;
}

/* Is it the mark of gcc's objects of -flto that have no machine code? */
static bool
is_slim(const struct gort__objsym *s, const char *name)
{
	return s->section == OBJ_SHN_COMMON && name &&
	       strcmp(name, "__gnu_lto_slim") == 0;
}

static int
note_functions(
    struct bind *b, struct gort__obj *o, const char *file, struct gort_err *e)
{
	uint32_t i;
	int rc = gort__obj_symbols(o, e);

	for (i = 0; rc == 0 && i < o->nsyms; i++) {
		const struct gort__objsym *s = &o->syms[i];
		const char *name = c_name(b->mach, s->name);
		struct bind_defined d;

		if (is_slim(s, name))
			return gort__err(e, GORT_ENOTSUP, file,
			    GORT_ERR_NO_OFFSET,
			    "it has no machine code (-flto); compile it with "
			    "-ffat-lto-objects");
		if (!name || s->type != OBJ_FUNC || s->section == 0 ||
		    (s->bind != OBJ_GLOBAL && s->bind != OBJ_WEAK))
			continue;
		d.name = gort__bind_text(b, name, strlen(name));
		d.open = s->bind == OBJ_GLOBAL &&
			 (b->mach->coff || s->visibility == STV_DEFAULT ||
			     s->visibility == STV_PROTECTED);
		wr_bytes(&b->defined, &d, sizeof(d));
		if (!d.name || b->defined.failed)
			rc = no_memory(e);
	}
	return rc;
}

static int
one_object(
    struct bind *b, struct gort__obj *o, const char *file, struct gort_err *e)
{
	const struct objmachine *m = gort__objmachine_of(o);
	struct gort__note note;
	int rc;

	if (o->kind != OBJ_RELOCATABLE)
		return gort__err(e, GORT_EFORMAT, file, GORT_ERR_NO_OFFSET,
		    "not an object that a linker takes");
	if (!m)
		return gort__err(e, GORT_ENOTSUP, file, GORT_ERR_NO_OFFSET,
		    "gort bind does not write objects of this kind: %s, %s",
		    o->format, o->machine_name);
	if (b->mach && b->mach != m)
		return gort__err(e, GORT_EARCH, file, GORT_ERR_NO_OFFSET,
		    "it is %s, and the module is %s", m->name, b->mach->name);
	b->mach = m;
	rc = gort__note_read(o, &note, e);
	gort__note_free(&note);
	if (rc == 0)
		return gort__err(e, GORT_EEXIST, file, GORT_ERR_NO_OFFSET,
		    "it is a module already: it has a GORT_MODULE of its own");
	if (rc != -GORT_ENOTMOD)
		return rc;
	return note_functions(b, o, file, e);
}

static int
each_member(
    struct bind *b, struct gort__obj *ar, const char *file, struct gort_err *e)
{
	uint32_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < ar->nmembers; i++) {
		struct gort__obj o = {0};

		if (ar->members[i].thin)
			return gort__err(e, GORT_ENOTSUP, file,
			    GORT_ERR_NO_OFFSET,
			    "a thin archive; give its objects");
		rc = gort__obj_parse_member(ar, i, &o, e);
		if (rc == 0)
			rc = one_object(b, &o, o.rd.file, e);
		gort__obj_free(&o);
	}
	return rc;
}

int
gort__bind_object(struct bind *b, const void *data, size_t size,
    const char *file, struct gort_err *e)
{
	struct gort__obj o = {0};
	int rc = gort__obj_parse(data, size, file, &o, e);

	if (rc == 0 && o.kind == OBJ_ARCHIVE)
		rc = each_member(b, &o, file, e);
	else if (rc == 0)
		rc = one_object(b, &o, file, e);
	gort__obj_free(&o);
	b->has_objects = true;
	return rc;
}

int
gort__bind_export_all(struct bind *b, const char *prefix, struct gort_err *e)
{
	const struct bind_defined *d = (const void *)b->defined.data;
	size_t i, n = b->defined.n / sizeof(*d), skip = strlen(prefix);
	struct bind_export ex = {.ret = "", .args = "", .file = "the objects"};

	for (i = 0; i < n; i++) {
		ex.impl = d[i].name;
		ex.name = d[i].name + skip;
		if (!d[i].open || strncmp(d[i].name, prefix, skip) != 0 ||
		    !is_identifier(ex.name) || is_hook(b, ex.impl))
			continue;
		wr_bytes(&b->exports, &ex, sizeof(ex));
	}
	if (b->exports.failed)
		return no_memory(e);
	if (b->exports.n)
		return 0;
	return gort__err(e, GORT_ENOSYM, NOWHERE,
	    *prefix ? "the objects define no function that begins with %s"
		    : "the objects define no function%s",
	    prefix);
}

/* ---- is it whole? ----------------------------------------------------------- */

/* "list:3: " of an export, for a message; and a buffer for it. */
#define AT(ex) where(ex, (char[256]){0}, 256)
static const char *
where(const struct bind_export *ex, char *buf, size_t n)
{
	if (ex->line)
		snprintf(buf, n, "%.200s:%u", ex->file, ex->line);
	else
		snprintf(buf, n, "%.200s", ex->file);
	return buf;
}

static int
check_export(const struct bind_export *ex, struct gort_err *e)
{
	if (!is_identifier(ex->name))
		return gort__err(e, GORT_EINVAL, NOWHERE,
		    "%s: not a name that C can call: %.100s", AT(ex), ex->name);
	if (!is_symbol(ex->impl))
		return gort__err(e, GORT_EINVAL, NOWHERE,
		    "%s: not the name of a function: %.100s", AT(ex), ex->impl);
	if (strncmp(ex->name, "gort__", 6) == 0)
		return gort__err(e, GORT_EINVAL, NOWHERE,
		    "%s: names that begin with gort__ are the runtime's: "
		    "%.100s",
		    AT(ex), ex->name);
	return 0;
}

/* Exports by one of their names. */
struct index {
	const struct bind_export *all;
	bool by_impl;    /* by the function's, else by what hosts call */
	uint32_t *slots; /* number of an export + 1, by the hash of the name */
	uint32_t mask;   /* of slots, which are a power of two */
};

static const char *
name_in(const struct index *x, const struct bind_export *ex)
{
	return x->by_impl ? ex->impl : ex->name;
}

/* Where the name is, or would be. */
static uint32_t *
slot_of(const struct index *x, const char *name)
{
	uint32_t at = gort__objwrite_hash(name);

	for (;; at++) {
		uint32_t *slot = &x->slots[at & x->mask];

		if (!*slot || strcmp(name_in(x, &x->all[*slot - 1]), name) == 0)
			return slot;
	}
}

/* At most half full. */
static bool
index_begin(struct index *x, const struct bind *b, bool by_impl)
{
	uint32_t n = 64;

	while (n / 2 < gort__bind_nexports(b))
		n *= 2;
	x->all = gort__bind_exports(b);
	x->by_impl = by_impl;
	x->mask = n - 1;
	x->slots = calloc(n, sizeof(*x->slots));
	return x->slots != NULL;
}

static int
check_twice(const struct bind *b, struct gort_err *e)
{
	const struct bind_export *all = gort__bind_exports(b);
	uint32_t i, n = gort__bind_nexports(b);
	struct index x;
	int rc = 0;

	if (!index_begin(&x, b, false))
		return no_memory(e);
	for (i = 0; rc == 0 && i < n; i++) {
		uint32_t *slot = slot_of(&x, all[i].name);

		if (*slot)
			rc = gort__err(e, GORT_EEXIST, NOWHERE,
			    "%s: %.100s is exported already, by %s",
			    AT(&all[i]), all[i].name, AT(&all[*slot - 1]));
		*slot = i + 1;
	}
	free(x.slots);
	return rc;
}

static int
by_function(const void *a, const void *b)
{
	const struct bind_defined *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* A function that the objects must define. */
static int
check_defined(const struct bind *b, const struct bind_export *ex,
    const char *hook, const char *impl, struct gort_err *e)
{
	struct bind_defined d = {.name = impl};

	if (!b->has_objects || (b->defined.n && bsearch(&d, b->defined.data,
						    b->defined.n / sizeof(d),
						    sizeof(d), by_function)))
		return 0;
	return gort__err(e, GORT_ENOSYM, NOWHERE,
	    "%s: no object defines the function %.100s", ex ? AT(ex) : hook,
	    impl);
}

/* A thunk's symbol must be nobody else's. */
static int
check_clash(const struct bind *b, const struct index *by_impl,
    const struct bind_export *ex, struct gort_err *e)
{
	struct bind_defined d = {.name = ex->name};

	if (is_hook(b, ex->impl))
		return gort__err(e, GORT_EINVAL, NOWHERE,
		    "%s: %.100s is a hook, which nobody else may call", AT(ex),
		    ex->impl);
	if (!gort__bind_renamed(ex))
		return 0;
	if (b->defined.n &&
	    bsearch(&d, b->defined.data, b->defined.n / sizeof(d), sizeof(d),
		by_function))
		return gort__err(e, GORT_EEXIST, NOWHERE,
		    "%s: an object defines a function %.100s itself", AT(ex),
		    ex->name);
	if (*slot_of(by_impl, ex->name))
		return gort__err(e, GORT_EEXIST, NOWHERE,
		    "%s: %.100s is the function of an export, too", AT(ex),
		    ex->name);
	return 0;
}

static int
check_clashes(const struct bind *b, struct gort_err *e)
{
	const struct bind_export *all = gort__bind_exports(b);
	uint32_t i, n = gort__bind_nexports(b);
	struct index x;
	int rc = 0;

	if (!index_begin(&x, b, true))
		return no_memory(e);
	for (i = 0; i < n; i++)
		*slot_of(&x, all[i].impl) = i + 1;
	for (i = 0; rc == 0 && i < n; i++)
		rc = check_clash(b, &x, &all[i], e);
	free(x.slots);
	return rc;
}

static int
check_hook(
    const struct bind *b, const char *which, const char *fn, struct gort_err *e)
{
	if (!fn)
		return 0;
	if (!is_symbol(fn))
		return gort__err(e, GORT_EINVAL, NOWHERE,
		    "%s: not the name of a function: %.100s", which, fn);
	return check_defined(b, NULL, which, fn, e);
}

static int
check_module(const struct bind *b, struct gort_err *e)
{
	uint32_t i;

	if (!gort__note_valid_name(b->name))
		return gort__err(e, GORT_EINVAL, NOWHERE,
		    "the module's name is not 1 to 63 of [A-Za-z0-9_.-]: "
		    "%.100s",
		    b->name);
	if (!gort__note_valid_version(b->version))
		return gort__err(e, GORT_EINVAL, NOWHERE,
		    "the module's version is not 1 to 31 printable "
		    "characters: %.100s",
		    b->version);
	for (i = 0; i < b->nneeds; i++)
		if (!gort__note_valid_name(b->needs[i]))
			return gort__err(e, GORT_EINVAL, NOWHERE,
			    "a need is not a module name: %.100s", b->needs[i]);
	return 0;
}

/* "PE Format", .edata: functions are numbered in 16 bits. */
#define PE_EXPORTS 65535

int
gort__bind_check(struct bind *b, struct gort_err *e)
{
	const struct bind_export *all = gort__bind_exports(b);
	uint32_t i, n = gort__bind_nexports(b);
	int rc = check_module(b, e);

	if (rc == 0 && n == 0 && !b->init && !b->fini)
		rc = gort__err(e, GORT_EINVAL, NOWHERE,
		    "there is nothing to export, and no init");
	if (rc == 0 && b->mach->coff && n > PE_EXPORTS)
		rc = gort__err(e, GORT_ELIMIT, NOWHERE,
		    "a DLL exports %d functions at most, not %u", PE_EXPORTS,
		    n);
	for (i = 0; rc == 0 && i < n; i++)
		rc = check_export(&all[i], e);
	if (rc == 0)
		rc = check_twice(b, e);
	if (b->defined.n)
		qsort(b->defined.data,
		    b->defined.n / sizeof(struct bind_defined),
		    sizeof(struct bind_defined), by_function);
	if (rc == 0)
		rc = check_clashes(b, e);
	for (i = 0; rc == 0 && b->has_objects && i < n; i++)
		rc = check_defined(b, &all[i], NULL, all[i].impl, e);
	if (rc == 0)
		rc = check_hook(b, "--init", b->init, e);
	if (rc == 0)
		rc = check_hook(b, "--fini", b->fini, e);
	if (rc == 0)
		rc = check_hook(b, "--save", b->save, e);
	if (rc == 0)
		rc = check_hook(b, "--restore", b->restore, e);
	return rc;
}
