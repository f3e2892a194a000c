/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Relocations of ELF objects with 64 bits: records are Elf64_Rela, which struct
 * linkrel is laid out as.
 */
#include "link.h"

uint32_t
gort__link_elf_rels(
    const struct linkobj *ob, uint32_t sec, uint32_t first, struct linkrel *r)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	uint32_t n = s->nrelocs - first;

	if (n > LINK_RELS)
		n = LINK_RELS;
	memcpy(
	    r, ob->o.rd.data + s->reloff + first * sizeof(*r), n * sizeof(*r));
	return n;
}
_Static_assert(sizeof(struct linkrel) == 24, "Elf64_Rela");
_Static_assert(offsetof(struct linkrel, type) == 8, "Elf64_Rela");
_Static_assert(offsetof(struct linkrel, sym) == 12, "Elf64_Rela");
