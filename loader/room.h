/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory for much at once. Leaf.
 */
#ifndef GORT_ROOM_H
#define GORT_ROOM_H

#include <stdlib.h>
#ifndef _WIN32
#include <sys/mman.h>
#endif

#define ROOM_HUGE ((size_t)2 << 20)  /* bytes of a huge page */
#define ROOM_MANY ((size_t)64 << 12) /* of pages that cost more than it */

/*
 * n bytes for free(); what is large, in huge pages where the system has any: a
 * page at its first touch costs more than all that is put into it. NULL: no
 * memory.
 */
static inline void *
gort__room(size_t n)
{
#ifdef MADV_HUGEPAGE
	size_t whole = (n + ROOM_HUGE - 1) & ~(ROOM_HUGE - 1);
	void *p;

	if (n >= ROOM_MANY && n <= whole &&
	    posix_memalign(&p, ROOM_HUGE, whole) == 0) {
		madvise(p, whole, MADV_HUGEPAGE);
		return p;
	}
#endif
	return malloc(n);
}

#endif
