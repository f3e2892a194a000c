/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The unwinder of a process of Windows 386: libgcc's, if it is there when
 * objects are loaded. Without it no C++ can throw, and gort's own walk needs
 * none.
 */
#include "small.h"
#include "link.h"
#include "../runtime/dynlib.h"

static void
nothing(void *frames)
{
	(void)frames;
}

void *
gort__link_unwinder(const char *name)
{
	void (*none)(void *) = nothing;
	void *lib, *p;

	if (gort__dl_unwinder(&lib))
		return gort__dl_symbol(lib, name);
	memcpy(&p, &none, sizeof(p));
	return p;
}

/* Windows 386 has no .pdata. */
uint64_t
gort__link_pdata_room(struct gort_link *lk, uint32_t *nfdes)
{
	(void)lk;
	(void)nfdes;
	return 0;
}

uint64_t
gort__link_pdata_make(struct gort_link *lk)
{
	(void)lk;
	return 0;
}
