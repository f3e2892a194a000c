/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The current g in a slot of TlsAlloc, read straight from the TEB; Windows.
 * See Note [The g in thread-local storage] in tls.h.
 */
#include "tls.h"

#include <windows.h>

#define FIRST_EXPANSION 64 /* slots that lie in the TEB itself */

intptr_t gort__tls_offset;
intptr_t gort__tls_expansion;
static DWORD slot = TLS_OUT_OF_INDEXES;

int
gort__tls_init(void)
{
	slot = TlsAlloc();
	if (slot == TLS_OUT_OF_INDEXES)
		return (int)GetLastError();
	if (slot < FIRST_EXPANSION)
		gort__tls_offset = TEB_TLS_SLOTS + (intptr_t)slot * PTR;
	else
		gort__tls_expansion =
		    (intptr_t)(slot - FIRST_EXPANSION) * PTR + PTR;
	return 0;
}

/* Setting a slot makes the thread's array, if it has none. */
static char *
expansion(void)
{
	char *array = gort__tls_word(TEB_TLS_EXPANSION);

	if (array || !TlsSetValue(slot, NULL))
		return array;
	return gort__tls_word(TEB_TLS_EXPANSION);
}

int
gort__tls_reserve(void)
{
	return gort__tls_expansion && !expansion() ? (int)GetLastError() : 0;
}

/* The word of all threads that have none of their own: read, never written. */
void **
gort__gaddr(void)
{
	static void *const nowhere;
	char *array;

	if (gort__tls_offset)
		return (
		    void **)(void *)(gort__thread_pointer() + gort__tls_offset);
	array = gort__tls_expansion ? gort__tls_word(TEB_TLS_EXPANSION) : NULL;
	if (array)
		return (void **)(void *)(array + gort__tls_expansion - PTR);
	return (void **)(uintptr_t)&nowhere;
}
