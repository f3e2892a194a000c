/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading and unloading one version of a plugin. Nothing of the file runs
 * before its note, machine and needs were checked on the same bytes that the
 * dynamic linker then maps.
 */
#include "../include/small.h"
#include "plugin.h"
#include "dso.h"
#include "inuse.h"
#include "note.h"
#include "obj.h"
#include "objthin.h"

#include <stdlib.h>
#include <string.h>

/* A library that o needs is not in the process yet. */
static bool
brings_libraries(const struct gort__obj *o)
{
	uint32_t i;

	for (i = 0; i < o->nneeded; i++)
		if (!gort__dso_is_loaded(o->needed[i]))
			return true;
	return false;
}

/*
 * What a library may bring, whose own name says nothing of modules, is asked
 * for again when that is here.
 */
static int
check_needs(const struct gort__obj *o, const struct gort__note *note,
    const char *path, struct gort_err *e)
{
	uint32_t i;

	for (i = 0; i < note->nneeds; i++)
		if (!gort__need_met(note->needs[i]) && !brings_libraries(o))
			return gort__err(e, GORT_ENEEDS, path,
			    GORT_ERR_NO_OFFSET,
			    "module %s %s needs module %s, which is not ready",
			    note->name, note->version, note->needs[i]);
	return 0;
}

static int
check_note(const struct gort__obj *o, const struct gort__note *note,
    const char *path, const char *name, struct gort_err *e)
{
	if (note->abi_min > GORT_ABI || note->abi_max < GORT_ABI)
		return gort__err(e, GORT_EABI, path, GORT_ERR_NO_OFFSET,
		    "module %s %s accepts ABI %u to %u, this runtime (%s) has "
		    "ABI %d",
		    note->name, note->version, note->abi_min, note->abi_max,
		    GORT_VERSION, GORT_ABI);
	if (name && strcmp(name, note->name) != 0)
		return gort__err(e, GORT_ESTATE, path, GORT_ERR_NO_OFFSET,
		    "it holds module %s, not %s", note->name, name);
	if (!name && (gort__plugin_is_open(note->name) ||
			 gort__module_ready(note->name)))
		return gort__err(e, GORT_EEXIST, path, GORT_ERR_NO_OFFSET,
		    "a module %s is in the process already", note->name);
	return check_needs(o, note, path, e);
}

/*
 * The private copy has no folder, so $ORIGIN in its RUNPATH would lead
 * nowhere: libraries that the file names and that lie in such a folder are
 * opened first, by their real path, and the linker then finds them by soname.
 */
static int
open_origin_deps(struct version *v, const struct gort__obj *o, const char *path,
    struct gort_err *e)
{
	uint32_t i;

	if (!o->nneeded)
		return 0;
	v->deps = calloc(o->nneeded, sizeof(*v->deps));
	if (!v->deps)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for %u needed libraries", o->nneeded);
	for (i = 0; i < o->nneeded; i++) {
		char file[4096], why[512];

		if (!gort__obj_origin_path(o, path, o->needed[i],
			gort__dso_is_there, file, sizeof(file)))
			continue;
		v->deps[v->ndeps] =
		    gort__dso_open(file, false, why, sizeof(why));
		if (!v->deps[v->ndeps])
			return gort__err(e, GORT_ELOAD, path,
			    GORT_ERR_NO_OFFSET, "needed library: %s", why);
		v->ndeps++;
	}
	return 0;
}

static int
map(struct version *v, const char *path, struct gort_err *e)
{
	const char *copy = v->copy.path;
	char why[512], *msg = why;

	v->handle = gort__dso_open(copy, true, why, sizeof(why));
	if (v->handle && gort__dso_bounds(v->handle, &v->base, &v->end))
		return 0;
	if (v->handle)
		return gort__err(e, GORT_ELOAD, path, GORT_ERR_NO_OFFSET,
		    "the dynamic linker does not know what it loaded");
	/* it names the private copy; say the file's name instead */
	if (strncmp(msg, copy, strlen(copy)) == 0)
		msg += strlen(copy) + 2;
	return gort__err(e, GORT_ELOAD, path, GORT_ERR_NO_OFFSET, "%s", msg);
}

static int
find_image(struct version *v, const char *path, struct gort_err *e)
{
	struct gort_err why;

	v->image = gort__image_in(v->base, v->end);
	if (!v->image && gort__getg()->unlisted) {
		gort__err_unlisted(&why);
		return gort__err(
		    e, why.code, path, GORT_ERR_NO_OFFSET, "%s", why.text);
	}
	if (!v->image)
		return gort__err(e, GORT_ENOTMOD, path, GORT_ERR_NO_OFFSET,
		    "it registered no module data when it was loaded: is "
		    "another libgort in the process?");
	if (atomic_load(&v->image->state) == GORT_P_FAILED)
		return gort__err(e, GORT_EABI, path, GORT_ERR_NO_OFFSET,
		    "module %s %s: %s", v->image->name, v->image->version,
		    v->image->reason);
	if (strcmp(v->image->name, v->name) != 0 ||
	    strcmp(v->image->version, v->number) != 0)
		return gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "its note says %s %s, its module data %s %s", v->name,
		    v->number, v->image->name, v->image->version);
	return 0;
}

/* Constructors run here; see gort__addmoduledata. */
static int
load_object(struct version *v, const struct gort__obj *o, const char *path,
    struct gort_err *e)
{
	struct g *gp = gort__getg(); /* gort__plugin_may_operate() */
	const char *const *name;
	int rc;

	gort__modules_disown(gp);
	gort__forklock();
	gp->opening = v->name;
	gp->unlisted = false;
	if (gort__version_is_linked(o)) {
		rc = gort__version_link(v, path, e);
	} else {
		for (name = gort__thread_makers; *name; name++)
			v->starts_threads |= gort__obj_imports(o, *name);
		rc = open_origin_deps(v, o, path, e);
		if (rc == 0)
			rc = map(v, path, e);
	}
	gp->opening = NULL;
	gort__forkunlock();
	return rc;
}

/* From the checked copy on. */
static int
load_copy(struct version *v, const struct gort__obj *o, const char *path,
    struct gort_err *e)
{
	struct gort_err why;
	int rc = load_object(v, o, path, e);

	if (rc == 0)
		rc = find_image(v, path, e);
	if (rc == 0 && (gort__image_await_others(v->image, &why) ||
			   gort__image_check_needs(v->image, &why) ||
			   gort__image_init(v->image, &why)))
		rc = gort__err(
		    e, why.code, path, GORT_ERR_NO_OFFSET, "%s", why.text);
	return rc;
}

/* A member of a thin archive, as the archive is read: whole, and once. */
static void *
read_member(const char *path, size_t *size, struct gort_err *e)
{
	struct filecopy fc;
	void *data;

	if (gort__filecopy_open(path, &fc, e))
		return NULL;
	*size = fc.size;
	data = malloc(fc.size);
	if (data)
		memcpy(data, fc.data, fc.size);
	else
		gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for %zu bytes", fc.size);
	gort__filecopy_close(&fc);
	return data;
}

/* The copy, parsed; of a thin archive one that holds its members. */
static int
parse_copy(struct version *v, struct gort__obj *o, const char *path,
    struct gort_err *e)
{
	int rc = gort__obj_parse(v->copy.data, v->copy.size, path, o, e);

	if (rc || !gort__obj_is_thin(o))
		return rc;
	rc = gort__obj_thicken(o, read_member, &v->thick, &v->thicksz, e);
	gort__obj_free(o);
	return rc ? rc : gort__obj_parse(v->thick, v->thicksz, path, o, e);
}

static bool
is_loaded(const struct version *v)
{
	return v->handle || v->link_image;
}

/* It is not mapped any more, or for good. */
static void
forget(struct version *v)
{
	while (v->ndeps)
		gort__dso_close(v->deps[--v->ndeps]);
	free(v->deps);
	gort__keys_release(&v->keys);
	gort__filecopy_forget(&v->copy);
}

/*
 * v->base NULL: none of its code has run. A key of threads' data that it has not
 * deleted is deleted when nobody is inside, which is looked at again for who was
 * on the way into the destructor.
 */
static bool
in_use(struct version *v)
{
	const char *base = v->base, *end = v->end;
	bool keys = base && gort__keys_in(base, end);

	if (v->image && v->image->md->flags & GORT_MODULE_RESIDENT) {
		snprintf(v->why, sizeof(v->why),
		    "it is resident: its calls are not counted");
		return true;
	}
	v->starts_threads |= keys; /* the host's come there so */
	if (base && gort__code_in_use(
			base, end, v->starts_threads, v->why, sizeof(v->why)))
		return true;
	return keys && (!gort__keys_delete(&v->keys, base, end, &v->stuck,
			    v->why, sizeof(v->why)) ||
			   gort__threads_in(base, end, v->why, sizeof(v->why)));
}

bool
gort__version_unload(struct version *v)
{
	if (!atomic_exchange(&v->finished, true))
		gort__image_fini(v->image);
	if (v->stuck)
		return false;
	if (is_loaded(v)) {
		if (in_use(v))
			return false;
		if (v->handle) {
			gort__keep_used_libs(v->handle);
			gort__dso_close(v->handle);
		}
		v->handle = NULL;
		if (!gort__version_unlink(v))
			return false;
	}
	/* closing leaves what the dynamic linker takes for still needed */
	if (v->base && gort__dso_is_mapped(v->copy.path, v->base)) {
		snprintf(v->why, sizeof(v->why),
		    "the dynamic linker keeps it: %s", gort__dso_keeps);
		return false;
	}
	forget(v);
	return true;
}

/*
 * Undo any part of a load that did not get to INITED. What constructors and the
 * init hook have left is looked for as when a version is unloaded: v itself when
 * it has to stay, else NULL.
 */
static struct version *
undo(struct version *v)
{
	bool gone, stays;

	if (v->image) {
		gort__gate_lock();
		gort__gate_set_image(v->image, GORT_P_FAILED, NULL);
		gort__gate_unlock();
	}
	/* it never served: no fini, no calls to wait for or to count */
	atomic_store(&v->finished, true);
	v->drained = v->retired = true;
	gort__forklock();
	gone = gort__version_unload(v);
	stays = !gone && is_loaded(v);
	if (!gone && !stays)
		forget(v);
	gort__forkunlock();
	if (stays)
		return v;
	free(v);
	return NULL;
}

struct version *
gort__version_load(const char *path, const char *name, struct version **left,
    struct gort_err *e)
{
	struct version *v = calloc(1, sizeof(*v));
	struct gort__note note = {0};
	struct gort__obj obj = {0};
	int rc;

	*left = NULL;
	if (!v) {
		gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for a plugin version");
		return NULL;
	}
	rc = gort__filecopy_open(path, &v->copy, e);
	if (rc) {
		free(v);
		return NULL;
	}
	rc = parse_copy(v, &obj, path, e);
	/* the linker says itself what it cannot link */
	if (rc == 0 && !gort__version_is_linked(&obj))
		rc = gort__obj_check_host(&obj, e);
	/* they end a PE file: one that was cut there is not whole */
	if (rc == 0 && obj.fmt == &gort__objpe)
		rc = gort__obj_symbols(&obj, e);
	if (rc == 0)
		rc = gort__note_read(&obj, &note, e);
	if (rc == 0)
		rc = check_note(&obj, &note, path, name, e);
	if (rc == 0) {
		gort__copy(v->name, sizeof(v->name), note.name);
		gort__copy(v->number, sizeof(v->number), note.version);
		rc = load_copy(v, &obj, path, e);
	}
	gort__note_free(&note);
	gort__obj_free(&obj);
	free(v->thick);
	v->thick = NULL;
	gort__filecopy_unmap(&v->copy);
	if (v->link_image)
		gort__filecopy_forget(&v->copy);
	if (rc == 0)
		return v;
	*left = undo(v);
	return NULL;
}

void (*gort__version_find(
    const struct version *v, const char *name, uint32_t *flags))(void)
{
	const struct gort_moduledata *md = v->image->md;
	struct gort__export *const *ex;
	void (*fn)(void) = NULL;
	void *p;

	*flags = GORT__EX_UNKNOWN;
	for (ex = md->exports; ex < md->exports_end; ex++) {
		if (*ex && strcmp((*ex)->name, name) == 0) {
			*flags = (*ex)->flags;
			return (*ex)->self.body;
		}
	}
	/* a plain function of the object itself */
	p = v->link_image
		? gort__version_function(v, name)
		: gort__dso_function(v->handle, name, v->base, v->end);
	memcpy(&fn, &p, sizeof(fn));
	return fn;
}
