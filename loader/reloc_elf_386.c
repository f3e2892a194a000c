/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386: relocation types of ELF objects (System V psABI for Intel386 1.1, 4.2,
 * table 4.9; 4.3 for TLS). Fields are as wide as addresses, so their sums wrap.
 * Leaf.
 */
#include "reloc.h"
#include "reloc_386.h"

#define FOUND (R_386_GOT32X + 1) /* numbers that files can have */
#define ROW_OF(n) ((n) < FOUND ? (n) : (n)-REL_386_SLOT + FOUND)

/* X(number, name, kind, width, fit, pcrel) */
#define TYPES(X) \
	X(0, NONE, NONE, 0, ANY, false) \
	X(1, 32, SYM, 4, ANY, false) \
	X(2, PC32, SYM, 4, ANY, true) \
	X(R_386_GOT32, GOT32, GOTOFF, 4, ANY, false) \
	X(4, PLT32, PLT, 4, ANY, true) \
	X(5, COPY, UNKNOWN, 0, ANY, false) \
	X(6, GLOB_DAT, UNKNOWN, 0, ANY, false) \
	X(7, JMP_SLOT, UNKNOWN, 0, ANY, false) \
	X(8, RELATIVE, UNKNOWN, 0, ANY, false) \
	X(9, GOTOFF, GOTREL, 4, ANY, false) \
	X(10, GOTPC, GOTBASE, 4, ANY, true) \
	X(11, 32PLT, UNKNOWN, 0, ANY, false) \
	X(14, TLS_TPOFF, UNKNOWN, 0, ANY, false) \
	X(15, TLS_IE, TLS_IE, 4, ANY, false) \
	X(16, TLS_GOTIE, TLS_IEOFF, 4, ANY, false) \
	X(17, TLS_LE, TLS_LE, 4, ANY, false) \
	X(18, TLS_GD, TLS_GDOFF, 4, ANY, false) \
	X(19, TLS_LDM, TLS_LDOFF, 4, ANY, false) \
	X(20, 16, SYM, 2, EITHER, false) \
	X(21, PC16, SYM, 2, SIGNED, true) \
	X(22, 8, SYM, 1, EITHER, false) \
	X(23, PC8, SYM, 1, SIGNED, true) \
	X(24, TLS_GD_32, UNKNOWN, 0, ANY, false) \
	X(25, TLS_GD_PUSH, UNKNOWN, 0, ANY, false) \
	X(26, TLS_GD_CALL, UNKNOWN, 0, ANY, false) \
	X(27, TLS_GD_POP, UNKNOWN, 0, ANY, false) \
	X(28, TLS_LDM_32, UNKNOWN, 0, ANY, false) \
	X(29, TLS_LDM_PUSH, UNKNOWN, 0, ANY, false) \
	X(30, TLS_LDM_CALL, UNKNOWN, 0, ANY, false) \
	X(31, TLS_LDM_POP, UNKNOWN, 0, ANY, false) \
	X(32, TLS_LDO_32, TLS_DTP, 4, ANY, false) \
	X(33, TLS_IE_32, UNKNOWN, 0, ANY, false) \
	X(34, TLS_LE_32, TLS_LESUB, 4, ANY, false) \
	X(35, TLS_DTPMOD32, UNKNOWN, 0, ANY, false) \
	X(36, TLS_DTPOFF32, UNKNOWN, 0, ANY, false) \
	X(37, TLS_TPOFF32, UNKNOWN, 0, ANY, false) \
	X(38, SIZE32, SIZE, 4, ANY, false) \
	X(39, TLS_GOTDESC, TLS_DESCOFF, 4, ANY, false) \
	X(40, TLS_DESC_CALL, NONE, 0, ANY, false) \
	X(41, TLS_DESC, UNKNOWN, 0, ANY, false) \
	X(42, IRELATIVE, UNKNOWN, 0, ANY, false) \
	X(R_386_GOT32X, GOT32X, GOTOFF, 4, ANY, false) \
	/* no file can have these: a type there is of one byte */ \
	X(REL_386_SLOT, GOT32, SLOT, 4, ANY, false) \
	X(REL_386_SLOTX, GOT32X, SLOT, 4, ANY, false)

#define PREFIX "R_386_"
#include "reltable.h"

static const struct relblock blocks[] = {{0, FOUND}, {FOUND, 2}};
const struct reltypes gort__reltypes_elf = {
    types, (const char *)&names, 2, blocks};
