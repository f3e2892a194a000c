/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Relocations of ELF objects for 386: records are Elf32_Rel, and what is added
 * stands in the field.
 */
#include "link.h"
#include "reloc_386.h"

#define REL_SIZE 8 /* of Elf32_Rel, in bytes */

/* The field that a relocation changes is all in the file. */
static bool
is_inside(const struct gort__objsec *s, uint64_t off, unsigned width)
{
	return width <= s->filesz && off <= s->filesz - width;
}

/*
 * GOT32 and GOT32X are relative to the GOT, or absolute where the instruction
 * has a displacement and no register: mod is 0 and r/m is 5 in the byte before
 * (psABI 4.2, "R_386_GOT32X"; Intel's manual, volume 2, table 2-2).
 */
static uint32_t
got_type(const struct linkobj *ob, const struct gort__objsec *s,
    const struct linkrel *r)
{
	uint8_t modrm;

	if (r->offset == 0 || !is_inside(s, r->offset, 4))
		return r->type;
	modrm = ob->o.rd.data[s->offset + r->offset - 1];
	if ((modrm & 0xc7) != 0x05)
		return r->type;
	return r->type == R_386_GOT32 ? REL_386_SLOT : REL_386_SLOTX;
}

/* What stands in the field; what is wrong with others link_scan.c will say. */
static int64_t
addend(const struct linkobj *ob, const struct gort__objsec *s, uint64_t off,
    uint32_t type)
{
	const struct reltype *t = gort__rel_type(ob->in->types, type);
	unsigned width = t ? t->width : 0;
	uint64_t v, sign;

	if (width == 0 || !is_inside(s, off, width))
		return 0;
	v = rd_uint(&ob->o.rd, s->offset + off, width);
	sign = UINT64_C(1) << (8 * width - 1);
	return (int64_t)((v ^ sign) - sign);
}

const struct linkrel *
gort__link_elf_rels(const struct linkobj *ob, uint32_t sec, uint32_t first,
    struct linkrel *r, uint32_t *count)
{
	const struct gort__objsec *s = &ob->o.secs[sec];
	const struct gort__objsec *to = &ob->o.secs[s->applies_to];
	uint64_t at = s->reloff + first * (uint64_t)REL_SIZE;
	uint32_t n = s->nrelocs - first, i, info;

	if (n > LINK_RELS)
		n = LINK_RELS;
	for (i = 0; i < n; i++, at += REL_SIZE) {
		r[i].offset = rd_u32(&ob->o.rd, at);
		info = rd_u32(&ob->o.rd, at + 4);
		r[i].sym = info >> 8;
		r[i].type = info & 0xff;
		if (r[i].type == R_386_GOT32 || r[i].type == R_386_GOT32X)
			r[i].type = got_type(ob, to, &r[i]);
		r[i].addend = addend(ob, to, r[i].offset, r[i].type);
	}
	*count = n;
	return r;
}
