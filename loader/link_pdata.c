/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unwind data of Windows amd64 for unwinders that know DWARF's only
 * (Microsoft, "x64 exception handling"; LSB Core, "Exception Frames").
 *
 * Note [Frames of Windows' code]
 * Each function with an entry in .pdata gets an FDE that says the same of rsp,
 * rbx, rbp and r12 to r15, which are all that callers of System V's convention
 * expect back. So panics and backtraces pass through such frames. They do so at
 * calls; in an epilogue, which the original does not describe, they do not.
 *
 * Note [No handlers in Windows' frames]
 * Objects with handlers of exceptions are refused by the names of those, though
 * gcc's have the same tables there as here. A landing pad may find values in
 * rdi, rsi and xmm6 to xmm15, which Windows' functions keep: libgcc's unwinder
 * does not know xmm registers nor hand the others over, gort's own walk follows
 * neither, and code of the process on the way has not kept them. And what C++
 * throws has classes: their virtual functions and destructors would be called
 * by the convention of whoever calls, and there is no symbol to put a bridge
 * at.
 */
#include "../include/small.h"
#include "link.h"

#define MAX_CODES 256
#define MAX_CHAIN 8

enum {
	UWOP_PUSH_NONVOL,
	UWOP_ALLOC_LARGE,
	UWOP_ALLOC_SMALL,
	UWOP_SET_FPREG,
	UWOP_SAVE_NONVOL,
	UWOP_SAVE_NONVOL_FAR,
	UWOP_EPILOG,
	UWOP_SPARE,
	UWOP_SAVE_XMM128,
	UWOP_SAVE_XMM128_FAR,
};

#define UNW_FLAG_CHAININFO 4u

enum {
	DW_CFA_advance_loc1 = 0x02,
	DW_CFA_def_cfa = 0x0c,
	DW_CFA_def_cfa_offset = 0x0e,
	DW_CFA_offset = 0x80,
};

/* DWARF's numbers of the registers. */
static const uint8_t dwarf[16] = {
    0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};

static const uint8_t cie[] = {20, 0, 0, 0, 0, 0, 0, 0, /* length, id */
    1, 'z', 'R', 0, 1, 0x78, 16, 1, 0x1b,              /* code 1, data -8 */
    DW_CFA_def_cfa, 7, 8, DW_CFA_offset | 16, 1, 0, 0};

#define FDE_HEADER 17
#define FDE_MAX(codes) (FDE_HEADER + 12 * (codes) + 3)

/* One operation of a prologue. */
struct op {
	uint8_t at; /* offset in the function behind its instruction */
	uint8_t code, info;
	uint32_t arg;
};

struct function {
	uint32_t begin, end; /* from the image's start */
	unsigned frame;      /* register, or 0 */
	uint32_t frame_offset;
	struct op ops[MAX_CODES]; /* the last of the prologue first */
	unsigned nops;
};

static bool
is_pdata(const struct linkobj *ob, uint32_t sec)
{
	return ob->secs[sec].kept &&
	       strncmp(ob->o.secs[sec].name, ".pdata", 6) == 0 &&
	       !(ob->o.secs[sec].what & OBJ_SEC_NOBITS);
}

uint64_t
gort__link_pdata_room(struct gort_link *lk, uint32_t *nfdes)
{
	uint64_t n = 0, codes = 0;
	uint32_t i, k;

	if (gort__link_format(lk)->reader != &gort__objcoff)
		return 0;
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++) {
			if (is_pdata(ob, k))
				n += ob->secs[k].size / 12;
			else if (ob->secs[k].kept &&
				 strncmp(ob->o.secs[k].name, ".xdata", 6) == 0)
				codes += ob->secs[k].size / 2;
		}
	}
	if (n == 0 || n > UINT32_MAX / 2 - *nfdes)
		return 0;
	*nfdes += (uint32_t)n;
	return sizeof(cie) + n * FDE_MAX(0) + 12 * codes;
}

static uint32_t
u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* n bytes of the image at an offset, or NULL. */
static const uint8_t *
image_at(const struct gort_link *lk, uint64_t off, uint64_t n)
{
	return off <= lk->image_size && n <= lk->image_size - off
		   ? lk->image + off
		   : NULL;
}

/* The operand of a code, and how many slots it takes; -1: not understood. */
static int
operand(const uint8_t *slot, unsigned left, struct op *op)
{
	unsigned scale = op->code == UWOP_SAVE_NONVOL ? 8 : 16;

	switch (op->code) {
	case UWOP_PUSH_NONVOL:
	case UWOP_SET_FPREG:
	case UWOP_EPILOG:
		return 1;
	case UWOP_ALLOC_SMALL:
		op->arg = op->info * 8u + 8;
		return 1;
	case UWOP_ALLOC_LARGE:
		if (left < 3 - !op->info)
			return -1;
		op->arg = op->info ? u32(slot + 2)
				   : (uint32_t)(slot[2] | slot[3] << 8) * 8;
		return op->info ? 3 : 2;
	case UWOP_SAVE_NONVOL:
	case UWOP_SAVE_XMM128:
		if (left < 2)
			return -1;
		op->arg = (uint32_t)(slot[2] | slot[3] << 8) * scale;
		return 2;
	case UWOP_SAVE_NONVOL_FAR:
	case UWOP_SAVE_XMM128_FAR:
		if (left < 3)
			return -1;
		op->arg = u32(slot + 2);
		return 3;
	default:
		return -1;
	}
}

/* The codes of an UNWIND_INFO, and of those it is chained to. */
static bool
read_info(const struct gort_link *lk, uint32_t rva, struct function *f)
{
	unsigned depth, n, i;
	const uint8_t *p;

	for (depth = 0; depth < MAX_CHAIN; depth++) {
		p = image_at(lk, rva, 4);
		n = p ? p[2] : 0;
		if (!p || (p[0] & 7) < 1 || (p[0] & 7) > 2 ||
		    !image_at(lk, rva, 4 + 2 * (uint64_t)n + 14))
			return false;
		if (depth == 0) {
			f->frame = p[3] & 15;
			f->frame_offset = (p[3] >> 4) * 16u;
		}
		for (i = 0; i < n && f->nops < MAX_CODES;) {
			const uint8_t *slot = p + 4 + 2 * i;
			struct op *op = &f->ops[f->nops];
			int slots;

			op->at = depth ? 0 : slot[0];
			op->code = slot[1] & 15;
			op->info = slot[1] >> 4;
			op->arg = 0;
			slots = operand(slot, n - i, op);
			if (slots < 0)
				return false;
			f->nops += op->code != UWOP_EPILOG;
			i += (unsigned)slots;
		}
		if (!(p[0] >> 3 & UNW_FLAG_CHAININFO))
			return f->nops < MAX_CODES;
		rva = u32(p + 4 + 2 * ((n + 1) & ~1u) + 8);
	}
	return false;
}

/* An FDE being written. */
struct out {
	uint8_t *p;
	const uint8_t *end; /* 12 bytes before the end of the room */
};

static void
put_uleb(struct out *o, uint32_t v)
{
	do {
		*o->p++ = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
}

static bool
is_kept(unsigned reg)
{
	return reg == 3 || reg == 5 || reg >= 12;
}

/* rsp's distance from the CFA when the frame is complete. */
static uint32_t
frame_size(const struct function *f)
{
	uint32_t size = 8;
	unsigned i = f->nops;

	while (i-- > 0) {
		if (f->ops[i].code == UWOP_PUSH_NONVOL)
			size += 8;
		else if (f->ops[i].code == UWOP_ALLOC_SMALL ||
			 f->ops[i].code == UWOP_ALLOC_LARGE)
			size += f->ops[i].arg;
		else if (f->ops[i].code == UWOP_SET_FPREG)
			break;
	}
	return size;
}

/* The prologue's operations in their order. */
static bool
put_program(const struct function *f, struct out *o)
{
	uint32_t size = 8, whole = frame_size(f), at = 0, off;
	unsigned i = f->nops;
	bool by_frame = false;

	while (i-- > 0) {
		const struct op *op = &f->ops[i];

		if (o->p >= o->end)
			return false;
		if (op->at > at) {
			*o->p++ = DW_CFA_advance_loc1;
			*o->p++ = (uint8_t)(op->at - at);
			at = op->at;
		}
		off = 0;
		switch (op->code) {
		case UWOP_PUSH_NONVOL:
			off = size += 8;
			break;
		case UWOP_ALLOC_SMALL:
		case UWOP_ALLOC_LARGE:
			size += op->arg;
			break;
		case UWOP_SET_FPREG:
			by_frame = true;
			*o->p++ = DW_CFA_def_cfa;
			*o->p++ = dwarf[f->frame];
			put_uleb(o, size - f->frame_offset);
			continue;
		case UWOP_SAVE_NONVOL:
		case UWOP_SAVE_NONVOL_FAR:
			off = op->arg < whole ? whole - op->arg : 0;
			break;
		default:
			continue;
		}
		if (!by_frame && op->code <= UWOP_ALLOC_SMALL) {
			*o->p++ = DW_CFA_def_cfa_offset;
			put_uleb(o, size);
		}
		if (off && off % 8 == 0 && is_kept(op->info)) {
			*o->p++ = (uint8_t)(DW_CFA_offset | dwarf[op->info]);
			put_uleb(o, off / 8);
		}
	}
	return true;
}

/* Its length, or 0: there is no room, or nothing to say. */
static uint64_t
put_fde(const struct gort_link *lk, const struct function *f, uint64_t at,
    uint64_t room)
{
	uint8_t *start = lk->part[PART_RO] + lk->made_at + at;
	struct out o = {start + FDE_HEADER, start + room - 12};
	uint32_t len, cie_distance = (uint32_t)at + 4;
	int32_t rel;

	if (room < FDE_MAX(1) || !put_program(f, &o))
		return 0;
	while ((o.p - start) % 4)
		*o.p++ = 0; /* DW_CFA_nop */
	len = (uint32_t)(o.p - start) - 4;
	rel =
	    (int32_t)((intptr_t)(lk->image + f->begin) - (intptr_t)(start + 8));
	memcpy(start, &len, 4);
	memcpy(start + 4, &cie_distance, 4);
	memcpy(start + 8, &rel, 4);
	len = f->end - f->begin;
	memcpy(start + 12, &len, 4);
	start[16] = 0; /* no augmentation data */
	return (uint64_t)(o.p - start);
}

static bool
read_function(
    const struct gort_link *lk, const uint8_t *entry, struct function *f)
{
	uint64_t text = lk->part_size[PART_TEXT];

	f->begin = u32(entry);
	f->end = u32(entry + 4);
	f->nops = 0;
	return f->begin < f->end && f->end <= text &&
	       read_info(lk, u32(entry + 8), f);
}

uint64_t
gort__link_pdata_make(struct gort_link *lk)
{
	uint64_t at = sizeof(cie), k;
	struct function f;
	uint32_t i, s;

	if (lk->made_size < sizeof(cie))
		return 0;
	memcpy(lk->part[PART_RO] + lk->made_at, cie, sizeof(cie));
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (s = 1; s < ob->o.nsecs; s++) {
			if (!is_pdata(ob, s))
				continue;
			for (k = 0; k + 12 <= ob->secs[s].size; k += 12)
				if (read_function(lk, ob->secs[s].at + k, &f))
					at += put_fde(
					    lk, &f, at, lk->made_size - at);
		}
	}
	return at;
}
