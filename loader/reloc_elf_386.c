/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386: relocation types of ELF objects (System V psABI for Intel386 1.1, 4.2,
 * table 4.9; 4.3 for TLS). Fields are as wide as addresses, so their sums wrap.
 * Leaf.
 */
#include "reloc.h"
#include "reloc_386.h"

#define TYPE(n, name, kind, width, fit, pcrel) \
	[n] = {"R_386_" #name, REL_##kind, width, FIT_##fit, pcrel, 0, 0}

static const struct reltype types[] = {
    TYPE(0, NONE, NONE, 0, ANY, false),
    TYPE(1, 32, SYM, 4, ANY, false),
    TYPE(2, PC32, SYM, 4, ANY, true),
    TYPE(R_386_GOT32, GOT32, GOTOFF, 4, ANY, false),
    TYPE(4, PLT32, PLT, 4, ANY, true),
    TYPE(5, COPY, UNKNOWN, 0, ANY, false),
    TYPE(6, GLOB_DAT, UNKNOWN, 0, ANY, false),
    TYPE(7, JMP_SLOT, UNKNOWN, 0, ANY, false),
    TYPE(8, RELATIVE, UNKNOWN, 0, ANY, false),
    TYPE(9, GOTOFF, GOTREL, 4, ANY, false),
    TYPE(10, GOTPC, GOTBASE, 4, ANY, true),
    TYPE(11, 32PLT, UNKNOWN, 0, ANY, false),
    TYPE(14, TLS_TPOFF, UNKNOWN, 0, ANY, false),
    TYPE(15, TLS_IE, TLS_IE, 4, ANY, false),
    TYPE(16, TLS_GOTIE, TLS_IEOFF, 4, ANY, false),
    TYPE(17, TLS_LE, TLS_LE, 4, ANY, false),
    TYPE(18, TLS_GD, TLS_GDOFF, 4, ANY, false),
    TYPE(19, TLS_LDM, TLS_LDOFF, 4, ANY, false),
    TYPE(20, 16, SYM, 2, EITHER, false),
    TYPE(21, PC16, SYM, 2, SIGNED, true),
    TYPE(22, 8, SYM, 1, EITHER, false),
    TYPE(23, PC8, SYM, 1, SIGNED, true),
    TYPE(24, TLS_GD_32, UNKNOWN, 0, ANY, false),
    TYPE(25, TLS_GD_PUSH, UNKNOWN, 0, ANY, false),
    TYPE(26, TLS_GD_CALL, UNKNOWN, 0, ANY, false),
    TYPE(27, TLS_GD_POP, UNKNOWN, 0, ANY, false),
    TYPE(28, TLS_LDM_32, UNKNOWN, 0, ANY, false),
    TYPE(29, TLS_LDM_PUSH, UNKNOWN, 0, ANY, false),
    TYPE(30, TLS_LDM_CALL, UNKNOWN, 0, ANY, false),
    TYPE(31, TLS_LDM_POP, UNKNOWN, 0, ANY, false),
    TYPE(32, TLS_LDO_32, TLS_DTP, 4, ANY, false),
    TYPE(33, TLS_IE_32, UNKNOWN, 0, ANY, false),
    TYPE(34, TLS_LE_32, TLS_LESUB, 4, ANY, false),
    TYPE(35, TLS_DTPMOD32, UNKNOWN, 0, ANY, false),
    TYPE(36, TLS_DTPOFF32, UNKNOWN, 0, ANY, false),
    TYPE(37, TLS_TPOFF32, UNKNOWN, 0, ANY, false),
    TYPE(38, SIZE32, SIZE, 4, ANY, false),
    TYPE(39, TLS_GOTDESC, TLS_DESCOFF, 4, ANY, false),
    TYPE(40, TLS_DESC_CALL, NONE, 0, ANY, false),
    TYPE(41, TLS_DESC, UNKNOWN, 0, ANY, false),
    TYPE(42, IRELATIVE, UNKNOWN, 0, ANY, false),
    TYPE(R_386_GOT32X, GOT32X, GOTOFF, 4, ANY, false),
    /* no file can have these: a type there is of one byte */
    TYPE(REL_386_SLOT, GOT32, SLOT, 4, ANY, false),
    TYPE(REL_386_SLOTX, GOT32X, SLOT, 4, ANY, false),
};

const struct reltypes gort__reltypes_elf = {
    types, sizeof(types) / sizeof(types[0])};
