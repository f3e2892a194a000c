/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * getg and setg.
 *
 * Note [The g in thread-local storage]
 * The pointer to the current g is one word of TLS, reached by a descriptor
 * (TLSDESC): no static TLS is demanded, so the library loads with dlopen under
 * any libc. glibc places such a variable in its surplus of static TLS when
 * there is room, and then its distance from the thread pointer is the same in
 * every thread. The runtime-init thread checks that (the word lies within 64
 * KiB of the thread pointer, on the side where the machine has static TLS,
 * which is the end of a pthread's own stack mapping, where malloc never
 * allocates; and at the same distance as in the thread that loaded the library)
 * and publishes the distance in gort__tls_offset; from then on access is two
 * loads, as with the initial-exec model. While it is 0 (before that check, on
 * musl, or when the surplus was used up) every access goes through the
 * descriptor, and gort__entry through its slow path, which saves the argument
 * registers.
 */
#ifndef GORT_ABI_TLS_H
#define GORT_ABI_TLS_H

#include <stdbool.h>

#include "../include/gort_err.h"
#include "abi.h"

extern intptr_t gort__tls_offset GORT__INTERNAL;

#ifdef _WIN32
/*
 * Windows has no such model: the word is a slot of TlsAlloc, which lies in
 * the TEB at the same distance in every thread (gort__tls_offset), or, from
 * the 65th on, in an array of the thread's own, allocated when it is first
 * set: then gort__tls_expansion is its offset there, plus one word.
 */
extern intptr_t gort__tls_expansion;

/* Allocate the slot. Once, before any other use. 0, or a system error. */
int gort__tls_init(void);

/* Make the calling thread's word writable. 0, or a system error. */
int gort__tls_reserve(void);
#else
#define gort__tls_expansion 0

static inline int
gort__tls_init(void)
{
	return 0;
}
#endif

#ifdef __APPLE__
/*
 * macOS has neither: the word is the value of a pthread key, which lies among
 * those of the thread at the same distance in every thread, where code can
 * read it (gort__tls_offset): Note [The g in a pthread key].
 */
int gort__tls_setup(struct gort_err *e);

/* before that no thread has a g */
#define GORT__NO_DIRECT_G NULL

static inline intptr_t
gort__tls_distance(void)
{
	return gort__tls_offset;
}
#else
#define GORT__NO_DIRECT_G (*gort__gaddr())

/* Find a place for the word, once, before any thread is bound. 0, -GORT_E... */
static inline int
gort__tls_setup(struct gort_err *e)
{
	(void)e;
	return 0;
}

/* How far the calling thread's word is from its thread pointer. */
static inline intptr_t
gort__tls_distance(void)
{
	return (intptr_t)((char *)gort__gaddr() - gort__thread_pointer());
}
#endif

/* Set once, by the init thread, while others look: with it or without. */
static inline intptr_t
gort__tls_place(void)
{
	return __atomic_load_n(&gort__tls_offset, __ATOMIC_RELAXED);
}

/* Can gort__entry find the g without the slow path? */
static inline bool
gort__tls_is_direct(void)
{
	return gort__tls_place() != 0 || gort__tls_expansion != 0;
}

/*
 * The current g, or NULL on a thread that is not bound. Never cached across
 * a switch: the access is volatile.
 */
static inline void *
gort__getg_raw(void)
{
	intptr_t offset = gort__tls_place();

	if (__builtin_expect(offset == 0, 0))
		return GORT__NO_DIRECT_G;
	return gort__tls_word(offset);
}

/* The same; NULL too where it would take more than two loads. */
static inline void *
gort__getg_quick(void)
{
	intptr_t offset = gort__tls_place();

	return __builtin_expect(offset != 0, 1) ? gort__tls_word(offset) : NULL;
}

#ifdef __APPLE__
static inline void
gort__setg_raw(void *gp)
{
	gort__tls_set_word(gort__tls_offset, gp);
}
#else
static inline void
gort__setg_raw(void *gp)
{
	__atomic_store_n(gort__gaddr(), gp, __ATOMIC_RELAXED);
}
#endif

#endif
