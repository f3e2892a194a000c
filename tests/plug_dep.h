/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUG_DEP_H
#define PLUG_DEP_H

#include <gort.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int dep_twice(int x);
int use_dep(int x);

/* What a test has a hook do: the address of a function, in hexadecimal. */
static inline void
plug_hook(const char *variable, int (*arg)(int))
{
	const char *at = getenv(variable);
	uintptr_t p = at ? (uintptr_t)strtoull(at, NULL, 16) : 0;
	void (*fn)(int (*)(int));

	memcpy(&fn, &p, sizeof(fn));
	if (fn)
		fn(arg);
}

#endif
