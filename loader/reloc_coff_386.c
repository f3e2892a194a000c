/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386: relocation types of COFF objects (Microsoft's "PE Format", "Intel 386
 * Processors"). Fields are as wide as addresses, so their sums wrap. Leaf.
 */
#include "reloc.h"

#define TYPE(n, name, kind, width, fit, pcrel, after) \
	[n] = {"IMAGE_REL_I386_" #name, REL_##kind, width, FIT_##fit, pcrel, \
	    after, 0}

/* What gas has for fields of other widths. */
#define GNU(n, name, width, fit, pcrel) \
	[n] = {"R_386_" #name, REL_SYM, width, FIT_##fit, pcrel, \
	    pcrel ? width : 0, 0}

static const struct reltype types[] = {
    TYPE(0, ABSOLUTE, NONE, 0, ANY, false, 0),
    TYPE(1, DIR16, SYM, 2, EITHER, false, 0),
    TYPE(2, REL16, SYM, 2, SIGNED, true, 2),
    TYPE(6, DIR32, SYM, 4, ANY, false, 0),
    TYPE(7, DIR32NB, RVA, 4, ANY, false, 0),
    TYPE(9, SEG12, UNKNOWN, 0, ANY, false, 0),
    TYPE(10, SECTION, SECTION, 2, UNSIGNED, false, 0),
    TYPE(11, SECREL, SECREL, 4, ANY, false, 0),
    TYPE(12, TOKEN, UNKNOWN, 0, ANY, false, 0),
    TYPE(13, SECREL7, UNKNOWN, 0, ANY, false, 0),
    GNU(15, 8, 1, EITHER, false),
    GNU(16, 16, 2, EITHER, false),
    GNU(18, PC8, 1, SIGNED, true),
    GNU(19, PC16, 2, SIGNED, true),
    TYPE(20, REL32, SYM, 4, ANY, true, 4),
};

const struct reltypes gort__reltypes_coff = {
    types, sizeof(types) / sizeof(types[0])};
