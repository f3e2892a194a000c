/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386: relocation types of COFF objects (Microsoft's "PE Format", "Intel 386
 * Processors"). Fields are as wide as addresses, so their sums wrap. Leaf.
 */
#include "reloc.h"

/* X(number, name, kind, width, fit, pcrel, after); R_: what gas has for fields of
 * other widths */
#define TYPES(X) \
	X(0, IMAGE_REL_I386_ABSOLUTE, NONE, 0, ANY, false, 0) \
	X(1, IMAGE_REL_I386_DIR16, SYM, 2, EITHER, false, 0) \
	X(2, IMAGE_REL_I386_REL16, SYM, 2, SIGNED, true, 2) \
	X(6, IMAGE_REL_I386_DIR32, SYM, 4, ANY, false, 0) \
	X(7, IMAGE_REL_I386_DIR32NB, RVA, 4, ANY, false, 0) \
	X(9, IMAGE_REL_I386_SEG12, UNKNOWN, 0, ANY, false, 0) \
	X(10, IMAGE_REL_I386_SECTION, SECTION, 2, UNSIGNED, false, 0) \
	X(11, IMAGE_REL_I386_SECREL, SECREL, 4, ANY, false, 0) \
	X(12, IMAGE_REL_I386_TOKEN, UNKNOWN, 0, ANY, false, 0) \
	X(13, IMAGE_REL_I386_SECREL7, UNKNOWN, 0, ANY, false, 0) \
	X(15, R_386_8, SYM, 1, EITHER, false, 0) \
	X(16, R_386_16, SYM, 2, EITHER, false, 0) \
	X(18, R_386_PC8, SYM, 1, SIGNED, true, 1) \
	X(19, R_386_PC16, SYM, 2, SIGNED, true, 2) \
	X(20, IMAGE_REL_I386_REL32, SYM, 4, ANY, true, 4)

#define PREFIX
#define LAST .after =
#include "reltable.h"

static const struct relblock blocks[] = {{0, sizeof(types) / sizeof(types[0])}};
const struct reltypes gort__reltypes_coff = {
    types, (const char *)&names, 1, blocks};
