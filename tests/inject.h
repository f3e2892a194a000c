/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Failures on demand (inject.c): from inject_arm() on, the n-th call that gort
 * makes of anything that can fail does; with onwards all later ones do, too.
 */
#ifndef GORT_INJECT_H
#define GORT_INJECT_H

#include <stdbool.h>

void inject_arm(long n, bool onwards);

/* What failed first, "mmap from libgort.so.0+0x1234"; NULL: nothing. */
const char *inject_disarm(void);

/* Blocks of malloc's that are not freed, of the whole process. */
long inject_live(void);

/* Bytes that are mapped by who calls mmap(2) by its name: not libc's own. */
long inject_mapped(void);

#endif
