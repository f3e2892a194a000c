/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * amd64: relocation types of COFF objects (Microsoft's "PE Format", "x64
 * Processors"). What a REL32_n field is relative to lies n bytes behind it.
 * Those of managed code are not known to the loader. Leaf.
 */
#include "reloc.h"

/* X(number, name, kind, width, fit, pcrel, after); R_: what gas has for fields of
 * other widths */
#define TYPES(X) \
	X(0, IMAGE_REL_AMD64_ABSOLUTE, NONE, 0, ANY, false, 0) \
	X(1, IMAGE_REL_AMD64_ADDR64, SYM, 8, ANY, false, 0) \
	X(2, IMAGE_REL_AMD64_ADDR32, SYM, 4, EITHER, false, 0) \
	X(3, IMAGE_REL_AMD64_ADDR32NB, RVA, 4, UNSIGNED, false, 0) \
	X(4, IMAGE_REL_AMD64_REL32, SYM, 4, SIGNED, true, 4) \
	X(5, IMAGE_REL_AMD64_REL32_1, SYM, 4, SIGNED, true, 5) \
	X(6, IMAGE_REL_AMD64_REL32_2, SYM, 4, SIGNED, true, 6) \
	X(7, IMAGE_REL_AMD64_REL32_3, SYM, 4, SIGNED, true, 7) \
	X(8, IMAGE_REL_AMD64_REL32_4, SYM, 4, SIGNED, true, 8) \
	X(9, IMAGE_REL_AMD64_REL32_5, SYM, 4, SIGNED, true, 9) \
	X(10, IMAGE_REL_AMD64_SECTION, SECTION, 2, UNSIGNED, false, 0) \
	X(11, IMAGE_REL_AMD64_SECREL, SECREL, 4, UNSIGNED, false, 0) \
	X(12, IMAGE_REL_AMD64_SECREL7, UNKNOWN, 0, ANY, false, 0) \
	X(13, IMAGE_REL_AMD64_TOKEN, UNKNOWN, 0, ANY, false, 0) \
	X(14, R_X86_64_PC64, SYM, 8, ANY, true, 8) \
	X(15, R_X86_64_8, SYM, 1, EITHER, false, 0) \
	X(16, R_X86_64_16, SYM, 2, EITHER, false, 0) \
	X(18, R_X86_64_PC8, SYM, 1, SIGNED, true, 1) \
	X(19, R_X86_64_PC16, SYM, 2, SIGNED, true, 2)

#define PREFIX
#define LAST .after =
#include "reltable.h"

const struct reltypes gort__reltypes_coff = {
    types, (const char *)&names, sizeof(types) / sizeof(types[0]), NULL};
