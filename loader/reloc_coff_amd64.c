/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * amd64: relocation types of COFF objects (Microsoft's "PE Format", "x64
 * Processors"). What a REL32_n field is relative to lies n bytes behind it.
 * Those of managed code are not known to the loader. Leaf.
 */
#include "reloc.h"

#define TYPE(n, name, kind, width, fit, pcrel, after) \
	[n] = {"IMAGE_REL_AMD64_" #name, REL_##kind, width, FIT_##fit, pcrel, \
	    after, 0}

/* What gas has for fields of other widths, in the place of SREL32 and so on. */
#define GNU(n, name, width, fit, pcrel) \
	[n] = {"R_X86_64_" #name, REL_SYM, width, FIT_##fit, pcrel, \
	    pcrel ? width : 0, 0}

static const struct reltype types[] = {
    TYPE(0, ABSOLUTE, NONE, 0, ANY, false, 0),
    TYPE(1, ADDR64, SYM, 8, ANY, false, 0),
    TYPE(2, ADDR32, SYM, 4, EITHER, false, 0),
    TYPE(3, ADDR32NB, RVA, 4, UNSIGNED, false, 0),
    TYPE(4, REL32, SYM, 4, SIGNED, true, 4),
    TYPE(5, REL32_1, SYM, 4, SIGNED, true, 5),
    TYPE(6, REL32_2, SYM, 4, SIGNED, true, 6),
    TYPE(7, REL32_3, SYM, 4, SIGNED, true, 7),
    TYPE(8, REL32_4, SYM, 4, SIGNED, true, 8),
    TYPE(9, REL32_5, SYM, 4, SIGNED, true, 9),
    TYPE(10, SECTION, SECTION, 2, UNSIGNED, false, 0),
    TYPE(11, SECREL, SECREL, 4, UNSIGNED, false, 0),
    TYPE(12, SECREL7, UNKNOWN, 0, ANY, false, 0),
    TYPE(13, TOKEN, UNKNOWN, 0, ANY, false, 0),
    GNU(14, PC64, 8, ANY, true),
    GNU(15, 8, 1, EITHER, false),
    GNU(16, 16, 2, EITHER, false),
    GNU(18, PC8, 1, SIGNED, true),
    GNU(19, PC16, 2, SIGNED, true),
};

const struct reltypes gort__reltypes_coff = {
    types, sizeof(types) / sizeof(types[0])};
