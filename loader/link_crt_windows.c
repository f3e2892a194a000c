/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What objects expect of the compiler's run-time and no DLL has. The rest of
 * it is in archives (libmingwex.a, libgcc.a) that a link can be given.
 */
#include "../include/small.h"
#include "link_crt.h"

#include <string.h>
#include <windows.h>

/* mingw's main calls it for the constructors of a program. */
static void
crt_main(void)
{
}

/* What MSVC's linker looks for where floating-point is used. */
static const int fltused = 0x9875;

/* Of the C run-time of the DLL or program that libgort is in. */
extern const ULONG _tls_index;
extern const IMAGE_TLS_DIRECTORY _tls_used;

static const struct {
	const char *name;
	const void *address;
	bool data;
} all[] = {
#ifdef __i386__
    {"__chkstk_ms", gort__chkstk, false},
    {"_chkstk", gort__alloca, false},
    {"__chkstk", gort__alloca, false},
    {"_alloca", gort__alloca, false},
    /* where a TEB has the array of the thread's blocks */
    {"_tls_array", (const void *)0x2c, true},
#else
    {"___chkstk_ms", gort__chkstk, false},
    {"__chkstk", gort__chkstk, false},
#endif
    {"__main", crt_main, false},
    {"_fltused", &fltused, true},
    {"_tls_index", &_tls_index, true},
    {"_tls_used", &_tls_used, true},
};

/* What MSVC's C++ has for thread_local that is made or unmade by code. */
static const char *const tls_init[] = {
    "__dyn_tls_on_demand_init", "__tls_guard", "__tlregdtor"};

bool
gort__link_crt(const char *name, struct linkcrt *c)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].name, name) == 0) {
			c->address = (uintptr_t)all[i].address;
			c->data = all[i].data;
		}
	for (i = 0; i < sizeof(tls_init) / sizeof(tls_init[0]); i++)
		if (strcmp(tls_init[i], name) == 0)
			c->reason = LINK_NO_TLS_INIT;
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
