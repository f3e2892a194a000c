/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin's version that is an object or an archive: gort's own linker loads
 * it, with the same steps and rules as for a shared object. All members of an
 * archive are taken. What they need comes from the process, not from other
 * plugins: these come and go.
 */
#include "../include/small.h"
#include "version.h"
#include "dso.h"
#include "link.h"

#include <stdlib.h>
#include <string.h>

bool
gort__version_is_linked(const struct gort__obj *o)
{
	return o->kind == OBJ_RELOCATABLE || o->kind == OBJ_ARCHIVE;
}

/* What the public functions said. */
static int
failed(int rc, struct gort_err *e)
{
	return gort__err(e, -rc, NULL, GORT_ERR_NO_OFFSET, "%s", gort_errmsg());
}

int
gort__version_link(struct version *v, const char *path, struct gort_err *e)
{
	const char *const *name;
	int rc;

	v->link_image = gort_link_new();
	if (!v->link_image)
		return gort__err(e, GORT_ENOTSUP, path, GORT_ERR_NO_OFFSET,
		    "%s", gort_errmsg());
	gort__link_module(v->link_image);
	rc = gort_link_add_memory(v->link_image, path,
	    v->thick ? v->thick : v->copy.data,
	    v->thick ? v->thicksz : v->copy.size, GORT_LINK_WHOLE);
	if (rc == 0 && gort_link_abi(v->link_image) != GORT_ABI_HOST)
		return gort__err(e, GORT_ENOTSUP, path, GORT_ERR_NO_OFFSET,
		    "built for Windows: its functions have another calling "
		    "convention than this process");
	if (rc == 0)
		rc = gort_link_resolve(v->link_image);
	if (rc)
		return failed(rc, e);
	for (name = gort__thread_makers; *name; name++)
		v->starts_threads |= gort__link_wants(v->link_image, *name);
	rc = gort_link_load(v->link_image);
	if (rc)
		return failed(rc, e);
	gort__link_bounds(v->link_image, &v->base, &v->end);
	return 0;
}

bool
gort__version_unlink(struct version *v)
{
	struct gort_link *lk = v->link_image;

	v->link_image = NULL;
	if (!lk || gort_link_free(lk) == 0)
		return true;
	/* the link is gone, its memory stays for good */
	v->stuck = true;
	gort__copy(v->why, sizeof(v->why), gort_errmsg());
	return false;
}

void *
gort__version_function(const struct version *v, const char *name)
{
	return gort__link_function(v->link_image, name);
}
