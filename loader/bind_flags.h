/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What gort__entry must know of an export. Leaf.
 */
#ifndef GORT_BIND_FLAGS_H
#define GORT_BIND_FLAGS_H

#include "objwrite.h"

/*
 * The flags of an export, GORT__EX_..., on a machine. ret and args are "" when
 * they are not known. A result type that begins with struct or union counts as
 * one that is returned in memory.
 */
uint32_t gort__bind_flags(
    const struct objmachine *m, const char *ret, const char *args);

#endif
