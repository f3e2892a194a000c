/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Relocations of ELF objects with 64 bits: records are Elf64_Rela, which struct
 * linkrel is laid out as.
 */
#include "link.h"

const struct linkrel *
gort__link_elf_rels(const struct linkobj *ob, uint32_t sec, uint32_t first,
    struct linkrel *buf, uint32_t *n)
{
	const struct gort__objsec *s = &ob->o.secs[sec];

	(void)buf;
	*n = s->nrelocs - first;
	return (const struct linkrel *)(const void *)(ob->o.rd.data +
						      s->reloff) +
	       first;
}
_Static_assert(sizeof(struct linkrel) == 24, "Elf64_Rela");
_Static_assert(offsetof(struct linkrel, type) == 8, "Elf64_Rela");
_Static_assert(offsetof(struct linkrel, sym) == 12, "Elf64_Rela");
