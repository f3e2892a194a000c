/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Going on with another piece of stack. Go's word: morestack.
 */
#ifndef GORT_ABI_MORESTACK_H
#define GORT_ABI_MORESTACK_H

#include "abi.h"

/*
 * Call fn(arg) with the stack pointer at hi (rounded down to 16), and return
 * to the old stack. Any stack. Unwinders go from the first frame on the new
 * stack to the caller. The personality gort__morestack_personality, of the
 * layer above, learns of exceptions that pass.
 */
void gort__morestack(gort_func *fn, void *arg, void *hi);

#endif
