/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Looking for a pthread key whose value code can read where it lies. Private.
 *
 * Note [The g in a pthread key]
 * macOS has no thread-local storage that a library loaded late could reach by
 * an offset. The values of a thread's pthread keys lie side by side at a
 * segment register (amd64) or a system register (arm64), by the key's number;
 * that is no promise of the system's, so it is tried: a key is taken, its
 * value set by pthread_setspecific, and read through the register. A key that
 * does not show there is kept, so that the next one is another, and all of
 * those are given back in the end. (cgo looks for one key of a fixed number;
 * here the number is a variable, so the first key mostly serves.)
 */
#ifndef GORT_ABI_KEYSEARCH_H
#define GORT_ABI_KEYSEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../include/gort_err.h"

#define GORT__KEY_TRIES 16

/* Where keys come from: the system, or a test. */
struct gort__keys {
	int (*create)(void *ctx, uintptr_t *key); /* 0 or an errno value */
	void (*destroy)(void *ctx, uintptr_t key);
	bool (*lands)(void *ctx, uintptr_t key); /* can code read it? */
	void *ctx;
};

/*
 * Take keys until one lands; *key is the caller's then, all others are given
 * back. -GORT_ELIMIT with *e filled where the system has no more keys, or where
 * none of GORT__KEY_TRIES landed; none is kept then, and *key is as before.
 */
int gort__keysearch(
    const struct gort__keys *from, uintptr_t *key, struct gort_err *e);

#endif
