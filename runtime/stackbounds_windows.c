/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where the stack of the calling thread lies: Windows. The TEB says it of the
 * stack that runs now, which is the thread's own until somebody switches.
 */
#include "runtime.h"
#include "teb.h"

bool
gort__threadstack(struct gort__bounds *b)
{
	char *lo = *teb_deallocation();

	b->lo = lo + STACK_GUARD;
	b->hi = teb()->base;
	return lo != NULL;
}
