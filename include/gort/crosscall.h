/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the host's calling convention into code that keeps to none: generated
 * or hand-written routines that may destroy every register but the stack
 * pointer. Go's words.
 */
#ifndef GORT_CROSSCALL_H
#define GORT_CROSSCALL_H

#include <gort.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Call fn(arg); fn finds arg where the host's convention puts a first
 * argument. Everything that the convention calls callee-saved is as before on
 * return. Unwinders pass. Any thread, any stack.
 */
GORT_API void gort__crosscall(void (*fn)(void *arg), void *arg);

/* The same with fn(arg, argsize, ctxt), as cgo's callbacks have it. */
GORT_API void gort__crosscall2(
    void (*fn)(void *arg, int argsize, uintptr_t ctxt), void *arg, int argsize,
    uintptr_t ctxt);

#ifdef __cplusplus
}
#endif

#endif
