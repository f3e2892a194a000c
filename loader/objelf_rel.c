/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF relocations (gABI, "Relocation"; SHT_RELR and SHT_CREL as in the gABI's
 * drafts of 2022 and 2024). Leaf.
 */
#include "../include/small.h"
#include "objelf.h"

/* The type that adds the load address, which SHT_RELR means. */
static uint32_t
relative_type(const struct gort__obj *o)
{
	switch (o->machine) {
	case EM_386:
		return R_386_RELATIVE;
	case EM_X86_64:
		return R_X86_64_RELATIVE;
	case EM_ARM:
		return R_ARM_RELATIVE;
	case EM_AARCH64:
		return R_AARCH64_RELATIVE;
	case EM_RISCV:
		return R_RISCV_RELATIVE;
	default:
		return 0;
	}
}

/* Words: an even one is an address, an odd one a bitmap of those behind. */
static int
walk_relr(const struct gort__obj *o, uint64_t off, uint64_t size,
    gort__objreloc_fn *fn, void *arg)
{
	struct gort__objreloc r = {.type = relative_type(o)};
	uint64_t word = gort__elf_layout(o)->word, at, bits, where = 0;
	unsigned i;
	int rc;

	for (at = 0; at + word <= size; at += word) {
		bits = elf_word(o, off + at);
		if (!(bits & 1)) {
			r.offset = bits;
			where = bits + word;
			rc = fn(&r, arg);
			if (rc)
				return rc;
			continue;
		}
		for (i = 0; (bits >>= 1); i++) {
			if (!(bits & 1))
				continue;
			r.offset = where + i * word;
			rc = fn(&r, arg);
			if (rc)
				return rc;
		}
		where += (8 * word - 1) * word;
	}
	return 0;
}

static void
read_info(const struct gort__obj *o, uint64_t at, struct gort__objreloc *r)
{
	uint64_t info;

	if (o->bits == 32) {
		info = rd_u32(&o->rd, at);
		r->sym = (uint32_t)info >> 8;
		r->type = info & 0xff;
	} else if (o->machine == EM_MIPS && !o->rd.big) {
		/* MIPS64: not one word, but r_sym and four bytes */
		r->sym = rd_u32(&o->rd, at);
		r->type = (uint32_t)o->rd.data[at + 4] << 24 |
			  (uint32_t)o->rd.data[at + 5] << 16 |
			  (uint32_t)o->rd.data[at + 6] << 8 |
			  o->rd.data[at + 7];
	} else {
		info = rd_u64(&o->rd, at);
		r->sym = (uint32_t)(info >> 32);
		r->type = (uint32_t)info;
	}
}

/* The head of SHT_CREL: a count of records, and how they are written. */
#define CREL_COUNT_SHIFT 3
#define CREL_ADDEND 4u
#define CREL_OFFSET_SHIFT 3u

uint64_t
gort__elf_crel_count(const struct gort__obj *o, uint64_t off, uint64_t size)
{
	uint64_t head;

	if (!rd_uleb(&o->rd, &off, off + size, &head))
		return 0;
	return head >> CREL_COUNT_SHIFT;
}

/*
 * The next record: what it has more than the one before, in *r. Its first byte
 * has a flag for each field that follows, and the low bits of the offset.
 */
static bool
next_crel(const struct rd *r, uint64_t *at, uint64_t end, uint64_t *place,
    struct gort__objreloc *rel)
{
	unsigned flags = rel->has_addend ? 3 : 2, byte;
	uint64_t more = 0, add[3] = {0};
	unsigned i;

	if (*at >= end)
		return false;
	byte = r->data[(*at)++];
	*place += (byte & 0x7f) >> flags;
	if (byte & 0x80 && !rd_uleb(r, at, end, &more))
		return false;
	*place += more << (7 - flags);
	for (i = 0; i < flags; i++)
		if (byte & 1u << i && !rd_sleb(r, at, end, &add[i]))
			return false;
	rel->sym += (uint32_t)add[0];
	rel->type += (uint32_t)add[1];
	rel->addend = (int64_t)((uint64_t)rel->addend + add[2]);
	return true;
}

static int
bad_symbol(const struct gort__obj *o, uint64_t at, uint32_t sym, uint32_t nsyms,
    struct gort_err *e)
{
	return gort__rd_bad(
	    &o->rd, at, e, "a relocation has symbol %u of %u", sym, nsyms);
}

static int
walk_crel(const struct gort__obj *o, uint64_t off, uint64_t size,
    uint32_t nsyms, gort__objreloc_fn *fn, void *arg, struct gort_err *e)
{
	uint64_t at = off, end = off + size, head = 0, place = 0, n;
	struct gort__objreloc r = {0}, shown;
	int rc = 0;

	rd_uleb(&o->rd, &at, end, &head);
	r.has_addend = head & CREL_ADDEND;
	for (n = head >> CREL_COUNT_SHIFT; n && rc == 0; n--) {
		off = at;
		if (!next_crel(&o->rd, &at, end, &place, &r))
			return gort__rd_bad(
			    &o->rd, off, e, "a relocation does not end");
		if (r.sym && r.sym >= nsyms)
			return bad_symbol(o, off, r.sym, nsyms, e);
		shown = r;
		shown.has_sym = r.sym != 0;
		shown.offset = place << (head & CREL_OFFSET_SHIFT);
		if (o->bits == 32) {
			shown.offset = (uint32_t)shown.offset;
			shown.addend = (int32_t)r.addend;
		}
		rc = fn(&shown, arg);
	}
	return rc;
}

int
gort__elf_walk_relocs(const struct gort__obj *o, uint32_t type, uint64_t off,
    uint64_t size, uint32_t nsyms, gort__objreloc_fn *fn, void *arg,
    struct gort_err *e)
{
	uint64_t word = gort__elf_layout(o)->word, at;
	uint64_t record = type == SHT_RELA ? 3 * word : 2 * word;
	struct gort__objreloc r = {.has_addend = type == SHT_RELA};
	int rc;

	if (type == SHT_RELR)
		return walk_relr(o, off, size, fn, arg);
	if (type == SHT_CREL)
		return walk_crel(o, off, size, nsyms, fn, arg, e);
	for (at = off; size >= record; at += record, size -= record) {
		r.offset = elf_word(o, at);
		read_info(o, at + word, &r);
		r.has_sym = r.sym != 0;
		if (r.sym && r.sym >= nsyms)
			return bad_symbol(o, at, r.sym, nsyms, e);
		if (r.has_addend && o->bits == 64)
			r.addend = (int64_t)elf_word(o, at + 2 * word);
		else if (r.has_addend)
			r.addend = (int32_t)elf_word(o, at + 2 * word);
		rc = fn(&r, arg);
		if (rc)
			return rc;
	}
	return 0;
}

int
gort__elf_relocs(struct gort__obj *o, uint32_t section, gort__objreloc_fn *fn,
    void *arg, struct gort_err *e)
{
	const struct gort__objsec *s = &o->secs[section];
	bool dynamic =
	    o->kind != OBJ_RELOCATABLE && (s->what & OBJ_SEC_ALLOC) != 0;

	return gort__elf_walk_relocs(o, s->type, s->reloff, s->filesz,
	    dynamic ? o->ndynsyms : o->nsyms, fn, arg, e);
}
