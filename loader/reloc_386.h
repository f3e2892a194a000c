/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386: relocation types of ELF whose meaning depends on the instruction, for
 * link_rel_386.c, which looks at it. Leaf.
 */
#ifndef GORT_RELOC_386_H
#define GORT_RELOC_386_H

#define R_386_GOT32 3
#define R_386_GOT32X 43
/* the same where no register holds the GOT's address */
#define REL_386_SLOT 256
#define REL_386_SLOTX 257

#endif
