/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What COFF objects throw in a Linux process. The process's __cxa_throw would
 * call an exception's destructor by its own convention; functions of classes
 * have another there. So it gets ours, which finds the exception's own.
 */
#include "../include/small.h"
#include "link_crt.h"
#include "../runtime/runtime.h"
#include "../runtime/dynlib.h"

#include <dlfcn.h>
#include <stdlib.h>

static struct thrown {
	struct thrown *link;
	void *object;
	gort__link_destructor *fn;
} * thrown; /* gate lock: the child of a fork may destroy what is in it */

static void
destroy(void *object)
{
	struct thrown **at, *t;

	gort__gate_lock();
	for (at = &thrown; (*at)->object != object; at = &(*at)->link)
		;
	t = *at;
	*at = t->link;
	gort__gate_unlock();
	t->fn(object);
	free(t);
}

_Noreturn void
gort__link_throw(void *object, void *type, gort__link_destructor *fn)
{
	static void (*_Atomic cxa_throw)(void *, void *, void (*)(void *));
	struct thrown *t = fn ? malloc(sizeof(*t)) : NULL;
	void *lib;

	/* it stays open */
	if (!cxa_throw && !gort__dl_function(NULL, "__cxa_throw", &cxa_throw)) {
		lib = dlopen("libstdc++.so.6", RTLD_NOW);
		if (!lib || !gort__dl_function(lib, "__cxa_throw", &cxa_throw))
			gort__throw("no libstdc++");
	}
	/* without memory it is not destroyed */
	if (t) {
		gort__gate_lock();
		*t = (struct thrown){thrown, object, fn};
		thrown = t;
		gort__gate_unlock();
	}
	cxa_throw(object, type, t ? destroy : NULL);
	__builtin_unreachable();
}
