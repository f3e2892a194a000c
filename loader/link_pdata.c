/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unwind data of Windows amd64 for unwinders that know DWARF's only
 * (Microsoft, "x64 exception handling"; LSB Core, "Exception Frames").
 *
 * Note [Frames of Windows' code]
 * Each function with an entry in .pdata gets an FDE that says the same of rsp
 * and of what it has saved: rbx, rbp and r12 to r15, which are all that callers
 * of System V's convention expect back, and rdi, rsi and xmm6 to xmm15, which
 * callers of its own do (Note [Landing in Windows' code]); gcc describes ms_abi
 * functions so. So panics and backtraces pass through such frames. They do so at
 * calls; in an epilogue, which the original does not describe, they do not.
 *
 * Note [No handlers of other compilers]
 * gcc's handlers (mingw's g++, clang for windows-gnu) are __gxx_personality_seh0
 * and __gcc_personality_seh0, and what stands behind them in UNWIND_INFO is the
 * table that gcc makes on Linux, too: the FDE gets that and a personality routine
 * of ours. Objects with other handlers are refused by the names of those: MSVC's
 * tables say in other words what is to be done, and SEH's filters are functions
 * that nobody here would call.
 *
 * What C++ throws has classes, whose virtual functions and destructors would be
 * called by the convention of whoever calls, and there is no symbol to put a
 * bridge at. So those of the process are refused by the names of their type
 * information; of the objects' own the process's run-time calls only the
 * destructor, which link_thrown.c sees to.
 */
#include "../include/small.h"
#include "link.h"
#include "link_crt.h"
#include "../runtime/runtime.h"

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

#define UNW_FLAG_HANDLERS 3u /* EHANDLER, UHANDLER */
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

/* One for each personality routine, whose address is put in. */
static const uint8_t cie[] = {32, 0, 0, 0, 0, 0, 0, 0, /* length, id */
    1, 'z', 'P', 'L', 'R', 0, 1, 0x78, 16,             /* code 1, data -8 */
    11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1b, 0x1b, DW_CFA_def_cfa, 7, 8,
    DW_CFA_offset | 16, 1, 0, 0};
#define CIE_ROUTINE 19

#define HANDLERS 2 /* of C++, of C */

#define FDE_HEADER 21
#define CODE_MAX 16 /* bytes of one code: advance, a new CFA, a register */
#define FDE_MAX(codes) (FDE_HEADER + CODE_MAX * (codes) + 3)

/* One operation of a prologue. */
struct op {
	uint8_t at; /* offset in the function behind its instruction */
	uint8_t code, info;
	uint32_t arg;
};

struct function {
	uint32_t begin, end; /* from the image's start */
	uint32_t handler;    /* there, too; 0: none */
	uint32_t lsda;       /* the handler's data */
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
	return HANDLERS * sizeof(cie) + n * FDE_MAX(0) + CODE_MAX * codes;
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
			if (p[0] >> 3 & UNW_FLAG_HANDLERS) {
				f->handler = u32(p + 4 + 2 * ((n + 1) & ~1u));
				f->lsda = rva + 8 + 2 * ((n + 1) & ~1u);
			}
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
	const uint8_t *end; /* CODE_MAX before the end of the room */
};

static void
put_uleb(struct out *o, uint32_t v)
{
	do {
		*o->p++ = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
}

/* DWARF's number of what an operation saves; -1: no register that is kept. */
static int
saved_register(const struct op *op)
{
	if (op->code == UWOP_SAVE_XMM128 || op->code == UWOP_SAVE_XMM128_FAR)
		return op->info >= 6 ? 17 + op->info : -1;
	if (op->info == 3 || (op->info >= 5 && op->info <= 7) || op->info >= 12)
		return dwarf[op->info];
	return -1;
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
	int reg;

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
		case UWOP_SAVE_XMM128:
		case UWOP_SAVE_XMM128_FAR:
			off = op->arg < whole ? whole - op->arg : 0;
			break;
		default:
			continue;
		}
		if (!by_frame && op->code <= UWOP_ALLOC_SMALL) {
			*o->p++ = DW_CFA_def_cfa_offset;
			put_uleb(o, size);
		}
		reg = saved_register(op);
		if (off && off % 8 == 0 && reg >= 0) {
			*o->p++ = (uint8_t)(DW_CFA_offset | reg);
			put_uleb(o, off / 8);
		}
	}
	return true;
}

/* Which of handlers it has; HANDLERS: none of them, or none. */
static unsigned
handler_of(const struct function *f, const uint32_t stubs[HANDLERS])
{
	unsigned i = 0;

	while (i < HANDLERS && (!f->handler || f->handler != stubs[i]))
		i++;
	return i;
}

/* The distance from a place to another of the image. */
static void
put_rel(uint8_t *at, const uint8_t *to)
{
	int32_t rel = (int32_t)((intptr_t)to - (intptr_t)at);

	memcpy(at, &rel, sizeof(rel));
}

/* Its length, or 0: there is no room, or nothing to say. */
static uint64_t
put_fde(const struct gort_link *lk, const struct function *f, unsigned handler,
    uint64_t at, uint64_t room)
{
	uint8_t *start = lk->part[PART_RO] + lk->made_at + at;
	struct out o = {start + FDE_HEADER, start + room - CODE_MAX};
	uint32_t len, cie_distance = (uint32_t)at + 4;

	if (room < FDE_MAX(1) || !put_program(f, &o))
		return 0;
	while ((o.p - start) % 4)
		*o.p++ = 0; /* DW_CFA_nop */
	len = (uint32_t)(o.p - start) - 4;
	memcpy(start, &len, 4);
	if (handler < HANDLERS)
		cie_distance -= handler * (uint32_t)sizeof(cie);
	memcpy(start + 4, &cie_distance, 4);
	put_rel(start + 8, lk->image + f->begin);
	len = f->end - f->begin;
	memcpy(start + 12, &len, 4);
	start[16] = 4; /* bytes of augmentation data */
	memset(start + 17, 0, 4);
	if (handler < HANDLERS)
		put_rel(start + 17, lk->image + f->lsda);
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
	f->handler = f->lsda = 0;
	return f->begin < f->end && f->end <= text &&
	       read_info(lk, u32(entry + 8), f);
}

static inline _Unwind_Personality_Fn
routine(unsigned handler)
{
	return handler ? gort__msframe_c : gort__msframe_cxx;
}

/* Handlers lie outside; the image says the places of their stubs. */
static void
find_handlers(const struct gort_link *lk, uint32_t stubs[HANDLERS])
{
	const struct linksym *s;
	uint32_t i, k;

	memset(stubs, 0, HANDLERS * sizeof(*stubs));
	for (i = 1; i < lk->nsyms; i++) {
		s = &lk->syms[i];
		for (k = 0; k < HANDLERS; k++)
			if (s->state == SYM_IMPORT && s->stub &&
			    s->value == (uintptr_t)routine(k))
				stubs[k] = (uint32_t)(gort__link_stub(
							  lk, s->stub - 1) -
						      (uintptr_t)lk->image);
	}
}

uint64_t
gort__link_pdata_make(struct gort_link *lk)
{
	uint8_t *to = lk->part[PART_RO] + lk->made_at;
	uint64_t at = HANDLERS * sizeof(cie), k;
	uint32_t i, s, stubs[HANDLERS];
	_Unwind_Personality_Fn fn;
	struct function f;

	if (lk->made_size < at)
		return 0;
	find_handlers(lk, stubs);
	for (i = 0; i < HANDLERS; i++, to += sizeof(cie)) {
		memcpy(to, cie, sizeof(cie));
		fn = routine(i);
		memcpy(to + CIE_ROUTINE, &fn, sizeof(fn));
	}
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (s = 1; s < ob->o.nsecs; s++) {
			if (!is_pdata(ob, s))
				continue;
			for (k = 0; k + 12 <= ob->secs[s].size; k += 12)
				if (read_function(lk,
					gort__link_at(lk, &ob->secs[s]) + k,
					&f))
					at += put_fde(lk, &f,
					    handler_of(&f, stubs), at,
					    lk->made_size - at);
		}
	}
	return at;
}
