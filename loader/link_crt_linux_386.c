/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C run-time that objects of Windows 386 find in a Linux process. cdecl is
 * the convention of both and long has 32 bits in both, so most functions are
 * libc's own. wchar_t has 16 bits there, and structures are returned otherwise.
 */
#include "../include/small.h"
#include "link_crt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* mingw's main calls it for the constructors of a program. */
static void
crt_main(void)
{
}

/* What MSVC's linker looks for where floating-point is used. */
static const int fltused = 0x9875;

static FILE *
iob(unsigned i)
{
	return i == 0 ? stdin : i == 1 ? stdout : i == 2 ? stderr : NULL;
}

extern int __cxa_atexit(void (*fn)(void *), void *arg, void *handle);

static void
call_at_exit(void *fn)
{
	((void (*)(void))(uintptr_t)fn)();
}

__attribute__((regparm(1))) int
gort__link_atexit(void *handle, void (*fn)(void))
{
	return __cxa_atexit(call_at_exit, (void *)(uintptr_t)fn, handle);
}

static const struct {
	const char *name;
	const void *address;
	const char *other;
} all[] = {
    {"__chkstk_ms", gort__chkstk, NULL},
    {"_chkstk", gort__alloca, NULL},
    {"__chkstk", gort__alloca, NULL},
    {"_alloca", gort__alloca, NULL},
    {"__main", crt_main, NULL},
    {"__cxa_throw", gort__link_throw, NULL},
    {"_fltused", &fltused, NULL},
    {"__acrt_iob_func", iob, NULL},
    {"_errno", NULL, "__errno_location"},
    {"_strdup", NULL, "strdup"},
    {"_stricmp", NULL, "strcasecmp"},
    {"_strnicmp", NULL, "strncasecmp"},
    /* new and delete, as MSVC has them */
    {"??2@YAPAXI@Z", NULL, "_Znwj"},
    {"??_U@YAPAXI@Z", NULL, "_Znaj"},
    {"??3@YAXPAX@Z", NULL, "_ZdlPv"},
    {"??_V@YAXPAX@Z", NULL, "_ZdaPv"},
    {"??3@YAXPAXI@Z", NULL, "_ZdlPvj"},
    {"??_V@YAXPAXI@Z", NULL, "_ZdaPvj"},
};

bool
gort__link_crt(const char *name, struct linkcrt *c)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].name, name) != 0)
			continue;
		c->address = (uintptr_t)all[i].address;
		c->other = all[i].other;
		return true;
	}
	if (strncmp(name, "__mingw_", 8) == 0)
		c->other = name + 8;
	if (strcmp(name, "_tls_index") == 0 || strcmp(name, "_tls_array") == 0)
		c->reason = LINK_NO_TLS;
	else if (gort__link_is_class(name) || strncmp(name, "_ZN", 3) == 0)
		c->reason = LINK_NO_CLASS;
	else if (strncmp(name, "__cxa_vec_", 10) == 0 ||
		 strcmp(name, "__cxa_thread_atexit") == 0)
		c->reason = "it calls back by another convention";
	return c->other || c->reason;
}

const char *
gort__link_unbridged(const char *name, const char *args)
{
	(void)name;
	(void)args;
	return NULL;
}

const uintptr_t gort__link_bridge = 0;
