/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The unwinder of a process of Windows 386: libgcc's, if it is there when
 * objects are loaded. Without it no C++ can throw, and gort's own walk needs
 * none.
 */
#include "../include/small.h"
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

	/* libgcc may have come with the link's own imports */
	gort__join_unwinder();
	if (gort__dl_unwinder(&lib))
		return gort__dl_symbol(lib, name);
	memcpy(&p, &none, sizeof(p));
	return p;
}
