/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What objects expect of the compiler's run-time and no DLL has. The rest of
 * it is in archives (libmingwex.a, libgcc.a) that a link can be given.
 */
#include "../include/small.h"
#include "link_crt.h"

#include <string.h>

/* mingw's main calls it for the constructors of a program. */
static void
crt_main(void)
{
}

/* What MSVC's linker looks for where floating-point is used. */
static const int fltused = 0x9875;

static const struct {
	const char *name;
	const void *address;
} all[] = {
#ifdef __i386__
    {"__chkstk_ms", gort__chkstk},
    {"_chkstk", gort__alloca},
    {"__chkstk", gort__alloca},
    {"_alloca", gort__alloca},
#else
    {"___chkstk_ms", gort__chkstk},
    {"__chkstk", gort__chkstk},
#endif
    {"__main", crt_main},
    {"_fltused", &fltused},
};

bool
gort__link_crt(const char *name, struct linkcrt *c)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].name, name) == 0)
			c->address = (uintptr_t)all[i].address;
	if (strcmp(name, "_tls_index") == 0)
		c->reason = "thread-local variables of that kind are not "
			    "supported; compile with -femulated-tls";
	return c->address || c->reason;
}

const char *
gort__link_unbridged(const char *name, const char *args)
{
	(void)name;
	(void)args;
	return NULL;
}

const uintptr_t gort__link_bridge = 0;
