/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort_link_* where objects cannot be linked into the process.
 */
#include "../runtime/runtime.h"

#include <gort/link.h>

static int
not_here(void)
{
	return gort__seterrf(
	    GORT_ENOTSUP, "objects cannot be linked on this system");
}

struct gort_link *
gort_link_new(void)
{
	not_here();
	return NULL;
}

int
gort_link_add(struct gort_link *link, const char *path, unsigned flags)
{
	(void)link;
	(void)path;
	(void)flags;
	return not_here();
}

int
gort_link_add_memory(struct gort_link *link, const char *name, const void *data,
    size_t size, unsigned flags)
{
	(void)link;
	(void)name;
	(void)data;
	(void)size;
	(void)flags;
	return not_here();
}

int
gort_link_define(struct gort_link *link, const char *name, void *address)
{
	(void)link;
	(void)name;
	(void)address;
	return not_here();
}

int
gort_link_need(struct gort_link *link, const char *name)
{
	(void)link;
	(void)name;
	return not_here();
}

int
gort_link_resolve(struct gort_link *link)
{
	(void)link;
	return not_here();
}

int
gort_link_load(struct gort_link *link)
{
	(void)link;
	return not_here();
}

void *
gort_link_sym(struct gort_link *link, const char *name)
{
	(void)link;
	(void)name;
	not_here();
	return NULL;
}

int
gort_link_abi(const struct gort_link *link)
{
	(void)link;
	return GORT_ABI_HOST;
}

int
gort_link_free(struct gort_link *link)
{
	(void)link;
	return 0;
}
