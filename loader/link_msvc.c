/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What code of MSVC's compilers has from its C run-time, which is in each image
 * of theirs and in no DLL:
 *
 * The cookie of /GS, which a function keeps above its buffers and looks at
 * before it returns; the pointers through which /guard:cf has an indirect call
 * allowed, here always ("__security_check_cookie", "_guard_check_icall" in
 * Microsoft's C run-time reference). The cookie of all links is one, as
 * gort__msguard_check knows no image; each link has its copy within reach,
 * which is not writable once it runs.
 *
 * The image's own address; what virtual functions without a body, and type
 * descriptors, point to; on 386 the division of 64-bit integers (stdcall).
 */
#include "../include/small.h"
#include "link_crt.h"
#include "../include/gort.h"
#include "../runtime/os.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* abi/msguard_*.S */
extern _Atomic uintptr_t gort__msguard_cookie;
void gort__msguard_check(void);
void gort__msguard_icall(void);
void gort__msguard_dispatch(void);
_Noreturn void gort__msguard_smashed(const void *pc);

/* 0: there are no random bytes. */
static uintptr_t
cookie(void)
{
	uintptr_t old = atomic_load(&gort__msguard_cookie), made;

	if (old || !gort__random(&made, sizeof(made)))
		return old;
	/* on amd64 16 bits of it are zero, so that no string has it inside */
	made &= UINTPTR_MAX >> (sizeof(made) == 8 ? 16 : 0);
	made += made == 0;
	return atomic_compare_exchange_strong(&gort__msguard_cookie, &old, made)
		   ? made
		   : old;
}

static void
purecall(void)
{
	gort_panic("pure virtual function called");
}

/* The table of class type_info, which nothing calls through. */
static const uintptr_t type_info[1];

#ifdef __i386__
#define STDCALL __attribute__((stdcall))

static STDCALL long long
alldiv(long long a, long long b)
{
	return a / b;
}

static STDCALL long long
allrem(long long a, long long b)
{
	return a % b;
}

static STDCALL unsigned long long
aulldiv(unsigned long long a, unsigned long long b)
{
	return a / b;
}

static STDCALL unsigned long long
aullrem(unsigned long long a, unsigned long long b)
{
	return a % b;
}
#endif

static const struct {
	const char *name;
	const void *address;
	enum { IS_CODE, IS_DATA, IS_WORD, IS_BRIDGED } kind;
} all[] = {
    {"__security_check_cookie", gort__msguard_check, IS_CODE},
    {"__guard_check_icall_fptr", gort__msguard_icall, IS_WORD},
    {"_purecall", purecall, IS_BRIDGED},
    {"??_7type_info@@6B@", type_info, IS_DATA},
#ifdef __i386__
    {"_alldiv", alldiv, IS_CODE},
    {"_allrem", allrem, IS_CODE},
    {"_aulldiv", aulldiv, IS_CODE},
    {"_aullrem", aullrem, IS_CODE},
#else
    {"__guard_dispatch_icall_fptr", gort__msguard_dispatch, IS_WORD},
#endif
};

bool
gort__link_msvc(const char *name, struct linkcrt *c)
{
	unsigned i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].name, name) != 0)
			continue;
		c->address = (uintptr_t)all[i].address;
		c->data = all[i].kind == IS_DATA;
		c->word = all[i].kind == IS_WORD;
		c->bridged =
		    all[i].kind == IS_BRIDGED && gort__link_bridge != 0;
		return true;
	}
	c->image = strcmp(name, "__ImageBase") == 0;
	c->word = strcmp(name, "__security_cookie") == 0;
	if (c->word)
		c->address = cookie();
	if (c->word && !c->address)
		c->reason = "there are no random bytes";
	return c->word || c->image;
}

/* The frame that pc returns to is overwritten: nothing can be unwound. */
void
gort__msguard_smashed(const void *pc)
{
	char text[400], where[256];
	int n;

	gort_describe_pc(pc, where, sizeof(where));
	n = snprintf(text, sizeof(text),
	    "gort: a buffer was overrun (/GS) in %s\n", where);
	gort__write_stderr(text, (size_t)n);
	gort__fail_fast();
}
