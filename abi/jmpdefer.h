/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Running deferred calls: what gort/jmpdefer.h's sequence calls.
 */
#ifndef GORT_ABI_JMPDEFER_H
#define GORT_ABI_JMPDEFER_H

#include <gort/jmpdefer.h>

#include "abi.h"

GORT__AT(struct gort__defer, link, DEFER_LINK);
GORT__AT(struct gort__defer, fn, DEFER_FN);
GORT__AT(struct gort__defer, arg, DEFER_ARG);

/* Not C functions: see jmpdefer_*. */
GORT_API void gort__deferreturn(void);
#ifdef __i386__
GORT_API void gort__deferreturn_pic(void);
#endif

#endif
