/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The address range of a loaded object. Private.
 */
#ifndef GORT_OBJBOUNDS_H
#define GORT_OBJBOUNDS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The range that the object holding addr was mapped to; false, and an empty
 * range, when no loaded object holds it. May be called from a constructor.
 */
bool gort__object_bounds(const void *addr, const char **base, const char **end);

/* Its unwind table (.eh_frame_hdr), or NULL. Lock-free on glibc >= 2.35. */
const void *gort__object_eh_frame_hdr(const void *addr);

/*
 * The same as a list that must be searched: .eh_frame itself. false: where
 * tables are found by gort__object_eh_frame_hdr, or none is there.
 */
bool gort__object_eh_frame(
    const void *addr, const uint8_t **begin, const uint8_t **end);

/* Does addr lie in an executable segment? Takes the dynamic linker's lock. */
bool gort__object_is_code(const void *addr);

/* Changes whenever code was unloaded from the process. */
uint64_t gort__code_generation(void);

#endif
