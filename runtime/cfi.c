/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Call frame information: finds the FDE of a pc by the object's
 * .eh_frame_hdr table, runs its program up to the pc, and reduces the result
 * to a row that the walker can apply fast (DWARF 5, 6.4; LSB Core, "Exception
 * Frames"). Whether a landing pad covers the pc is read from the LSDA.
 * Anything that a row cannot express is marked hard, for libunwind.
 *
 * The tables are those of code that is loaded and runs; they are trusted as
 * that code is. No allocation, no lock beyond that of objbounds.
 */
#include "runtime.h"
#include "objbounds.h"

#include <string.h>

/* pointer encodings, LSB Core 10.5.1 */
#define DW_EH_PE_omit 0xff
#define DW_EH_PE_indirect 0x80
#define DW_EH_PE_pcrel 0x10
#define DW_EH_PE_datarel 0x30
#define DW_EH_PE_aligned 0x50

static uint64_t
get_uleb(const uint8_t **p)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t b;

	do {
		b = *(*p)++;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80);
	return v;
}

static int64_t
get_sleb(const uint8_t **p)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t b;

	do {
		b = *(*p)++;
		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		shift += 7;
	} while (b & 0x80);
	if (shift < 64 && (b & 0x40))
		v |= ~UINT64_C(0) << shift;
	return (int64_t)v;
}

#define GET(name, type) \
	static type name(const uint8_t **p) \
	{ \
		type v; \
		memcpy(&v, *p, sizeof(v)); \
		*p += sizeof(v); \
		return v; \
	}
GET(get_u16, uint16_t)
GET(get_u32, uint32_t)
GET(get_u64, uint64_t)
GET(get_ptr, uintptr_t)
GET(get_s16, int16_t)
GET(get_s32, int32_t)

/* An encoded pointer; base is for datarel. */
static uintptr_t
get_encoded(const uint8_t **p, uint8_t enc, uintptr_t base)
{
	uintptr_t at = (uintptr_t)*p, v;

	if (enc == DW_EH_PE_omit)
		return 0;
	if (enc == DW_EH_PE_aligned) {
		*p = (const uint8_t *)((at + PTR - 1) & ~(uintptr_t)(PTR - 1));
		return get_ptr(p);
	}
	switch (enc & 0x0f) {
	case 0x01:
		v = (uintptr_t)get_uleb(p);
		break;
	case 0x02:
		v = get_u16(p);
		break;
	case 0x03:
		v = get_u32(p);
		break;
	case 0x09:
		v = (uintptr_t)get_sleb(p);
		break;
	case 0x0a:
		v = (uintptr_t)(intptr_t)get_s16(p);
		break;
	case 0x0b:
		v = (uintptr_t)(intptr_t)get_s32(p);
		break;
	case 0x04:
	case 0x0c:
		v = (uintptr_t)get_u64(p);
		break;
	default: /* absptr */
		v = get_ptr(p);
		break;
	}
	if (v == 0)
		return 0;
	if ((enc & 0x70) == DW_EH_PE_pcrel)
		v += at;
	else if ((enc & 0x70) == DW_EH_PE_datarel)
		v += base;
	if (enc & DW_EH_PE_indirect)
		v = *(const uintptr_t *)v;
	return v;
}

/* A CIE and the FDE that uses it, as far as a walk needs them. */
struct fde {
	uintptr_t start, end;  /* the code it covers */
	uintptr_t lsda;        /* 0: none */
	uintptr_t personality; /* 0: none */
	uintptr_t code_align;
	int64_t data_align;
	uint64_t ra; /* DWARF number of the return address column */
	bool signal; /* augmentation S */
	const uint8_t *cie_prog, *cie_end;
	const uint8_t *fde_prog, *fde_end;
};

/* false: an augmentation that is not understood. */
static bool
parse_cie(const uint8_t *p, struct fde *f, uint8_t *fde_enc, uint8_t *lsda_enc)
{
	uint32_t len = get_u32(&p);
	const uint8_t *end, *aug_end;
	const char *aug;
	uint8_t version;

	if (len == 0xffffffff)
		return false;
	end = p + len;
	p += 4; /* CIE id */
	version = *p++;
	aug = (const char *)p;
	p += strlen(aug) + 1;
	f->code_align = (uintptr_t)get_uleb(&p);
	f->data_align = get_sleb(&p);
	f->ra = version == 1 ? *p++ : get_uleb(&p);
	f->cie_prog = p;
	f->cie_end = end;
	if (*aug == '\0')
		return true;
	if (*aug++ != 'z')
		return false;
	len = (uint32_t)get_uleb(&p);
	aug_end = p + len;
	for (; *aug; aug++) {
		uint8_t enc;

		switch (*aug) {
		case 'R':
			*fde_enc = *p++;
			break;
		case 'L':
			*lsda_enc = *p++;
			break;
		case 'P':
			enc = *p++;
			f->personality = get_encoded(&p, enc, 0);
			break;
		case 'S':
			f->signal = true;
			break;
		case 'B':
			break;
		default:
			return false;
		}
	}
	f->cie_prog = aug_end;
	return true;
}

static bool
parse_fde(const uint8_t *p, struct fde *f)
{
	uint8_t fde_enc = 0, lsda_enc = DW_EH_PE_omit;
	const uint8_t *id_at;
	uint32_t len = get_u32(&p), id;
	uint64_t aug_len;

	memset(f, 0, sizeof(*f));
	if (len == 0xffffffff || len == 0)
		return false;
	f->fde_end = p + len;
	id_at = p;
	id = get_u32(&p);
	if (!parse_cie(id_at - id, f, &fde_enc, &lsda_enc))
		return false;
	f->start = get_encoded(&p, fde_enc, 0);
	f->end = f->start + get_encoded(&p, fde_enc & 0x0f, 0);
	aug_len = get_uleb(&p);
	f->fde_prog = p + aug_len;
	if (aug_len && lsda_enc != DW_EH_PE_omit)
		f->lsda = get_encoded(&p, lsda_enc, 0);
	return true;
}

/* Binary search in .eh_frame_hdr. 1 found, 0 no FDE, -1 no usable table. */
static int
find_fde(const uint8_t *hdr, uintptr_t pc, const uint8_t **fde)
{
	const uint8_t *p = hdr + 4;
	uintptr_t base = (uintptr_t)hdr, count;
	const int32_t *table;
	size_t lo = 0, hi;
	int32_t rel;

	/* the form every linker emits: sdata4, relative to the header */
	if (hdr[0] != 1 || hdr[3] != 0x3b || hdr[2] == DW_EH_PE_omit)
		return -1;
	get_encoded(&p, hdr[1], base);
	count = get_encoded(&p, hdr[2], base);
	table = (const int32_t *)(const void *)p;
	rel = (int32_t)((intptr_t)pc - (intptr_t)base);
	hi = count;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (table[2 * mid] <= rel)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == 0)
		return 0;
	*fde = (const uint8_t *)(base + (uintptr_t)(intptr_t)table[2 * lo - 1]);
	return 1;
}

/* The column that a row keeps for a register, or -1. */
static int
column(uint64_t reg)
{
	return reg == DWARF_RA          ? ROW_PC
	       : reg == DWARF_SIGNAL_RA ? ROW_SIGNAL_PC
					: gort__kept_column(reg);
}

static bool
is_kept(uint64_t reg)
{
	return reg == DWARF_SP || gort__kept_column(reg) >= 0;
}

/* A bit of cfirow.hard: only the CFA is, until it gets a plain rule again. */
#define HARD_CFA 2

/* The state of a CFI program. */
struct state {
	struct cfirow row;
	struct cfirule initial[ROW_RULES]; /* after the CIE, for restore */
	struct cfirow stack[8];            /* remember_state */
	unsigned depth;
	uintptr_t loc; /* the code address it describes */
};

static void
set_rule(struct state *s, uint64_t reg, uint8_t kind, uint8_t base, int64_t off)
{
	int c = column(reg);

	if (reg == DWARF_SP && kind != CFI_SAME) {
		s->row.hard = 1; /* the caller's sp is not the CFA */
		return;
	}
	if (c < 0)
		return;
	if (off != (int32_t)off)
		s->row.hard = 1;
	s->row.rule[c].kind = kind;
	s->row.rule[c].reg = base;
	s->row.rule[c].off = (int32_t)off;
}

static void
restore_rule(struct state *s, uint64_t reg)
{
	int c = column(reg);

	if (c >= 0)
		s->row.rule[c] = s->initial[c];
	else if (reg == DWARF_SP)
		s->row.sp_rel = 0;
}

static void
set_cfa(struct state *s, uint64_t reg, int64_t off)
{
	if (!is_kept(reg) || off != (int32_t)off) {
		s->row.hard = 1;
		return;
	}
	s->row.hard &= (uint8_t)~HARD_CFA;
	s->row.cfa_reg = (uint8_t)reg;
	s->row.cfa_off = (int32_t)off;
}

/* DW_CFA_expression: only "register + offset" (DW_OP_bregN) has a rule. */
static void
set_expression(struct state *s, uint64_t reg, const uint8_t *p, uint64_t len)
{
	const uint8_t *end = p + len;
	uint8_t op = len ? *p++ : 0;
	int64_t off;

	if (op < 0x70 || op > 0x8f || !is_kept(op - 0x70u)) {
		if (column(reg) >= 0 || reg == DWARF_SP)
			s->row.hard = 1;
		return;
	}
	off = get_sleb(&p);
	if (p != end)
		s->row.hard = 1;
	else
		set_rule(s, reg, CFI_REG, (uint8_t)(op - 0x70), off);
}

/* DW_CFA_val_expression: only the sp, as "sp + offset". */
static void
set_val_expression(
    struct state *s, uint64_t reg, const uint8_t *p, uint64_t len)
{
	const uint8_t *end = p + len;
	int64_t off;

	if (reg != DWARF_SP || !len || *p++ != 0x70 + DWARF_SP) {
		s->row.hard = 1;
		return;
	}
	off = get_sleb(&p);
	if (p != end || off != (int32_t)off)
		s->row.hard = 1;
	s->row.sp_rel = 1;
	s->row.sp_off = (int32_t)off;
}

static void
skip_block(const uint8_t **p)
{
	uint64_t n = get_uleb(p);

	*p += n;
}

/* The opcodes without an operand in their low bits; false: past the pc. */
static bool
run_extended(struct state *s, const struct fde *f, uint8_t op,
    const uint8_t **p, uintptr_t pc)
{
	uint64_t reg, n;

	switch (op) {
	case 0x00: /* nop */
		break;
	case 0x01: /* set_loc */
		s->loc = get_encoded(p, 0, 0);
		break;
	case 0x02: /* advance_loc1 */
		s->loc += *(*p)++ * f->code_align;
		break;
	case 0x03:
		s->loc += get_u16(p) * f->code_align;
		break;
	case 0x04:
		s->loc += get_u32(p) * f->code_align;
		break;
	case 0x05: /* offset_extended */
		reg = get_uleb(p);
		set_rule(
		    s, reg, CFI_CFA, 0, (int64_t)get_uleb(p) * f->data_align);
		break;
	case 0x06: /* restore_extended */
		restore_rule(s, get_uleb(p));
		break;
	case 0x07: /* undefined */
		set_rule(s, get_uleb(p), CFI_UNDEF, 0, 0);
		break;
	case 0x08: /* same_value */
		set_rule(s, get_uleb(p), CFI_SAME, 0, 0);
		break;
	case 0x09: /* register */
		if (column(get_uleb(p)) >= 0)
			s->row.hard = 1;
		get_uleb(p);
		break;
	case 0x0a: /* remember_state */
		if (s->depth < sizeof(s->stack) / sizeof(s->stack[0]))
			s->stack[s->depth] = s->row;
		else
			s->row.hard = 1;
		s->depth++;
		break;
	case 0x0b: /* restore_state */
		if (s->depth &&
		    --s->depth < sizeof(s->stack) / sizeof(s->stack[0]))
			s->row = s->stack[s->depth];
		else
			s->row.hard = 1;
		break;
	case 0x0c: /* def_cfa */
		reg = get_uleb(p);
		set_cfa(s, reg, (int64_t)get_uleb(p));
		break;
	case 0x0d: /* def_cfa_register */
		set_cfa(s, get_uleb(p), s->row.cfa_off);
		break;
	case 0x0e: /* def_cfa_offset */
		set_cfa(s, s->row.cfa_reg, (int64_t)get_uleb(p));
		break;
	case 0x0f: /* def_cfa_expression */
		skip_block(p);
		s->row.hard |= HARD_CFA;
		break;
	case 0x10: /* expression */
		reg = get_uleb(p);
		n = get_uleb(p);
		set_expression(s, reg, *p, n);
		*p += n;
		break;
	case 0x11: /* offset_extended_sf */
		reg = get_uleb(p);
		set_rule(s, reg, CFI_CFA, 0, get_sleb(p) * f->data_align);
		break;
	case 0x12: /* def_cfa_sf */
		reg = get_uleb(p);
		set_cfa(s, reg, get_sleb(p) * f->data_align);
		break;
	case 0x13: /* def_cfa_offset_sf */
		set_cfa(s, s->row.cfa_reg, get_sleb(p) * f->data_align);
		break;
	case 0x2e: /* GNU_args_size: for landing pads only */
		get_uleb(p);
		break;
	case 0x16: /* val_expression */
		reg = get_uleb(p);
		n = get_uleb(p);
		set_val_expression(s, reg, *p, n);
		*p += n;
		break;
	case 0x2d: /* AARCH64_negate_ra_state: gort__strip_pc does it always */
		break;
	case 0x14: /* val_offset */
	case 0x15:
	default:
		s->row.hard = 1;
		return false;
	}
	return s->loc <= pc;
}

static void
run(struct state *s, const struct fde *f, const uint8_t *p, const uint8_t *end,
    uintptr_t pc)
{
	while (p < end) {
		uint8_t op = *p++, low = op & 0x3f;

		switch (op & 0xc0) {
		case 0x40: /* advance_loc */
			s->loc += low * f->code_align;
			if (s->loc > pc)
				return;
			break;
		case 0x80: /* offset */
			set_rule(s, low, CFI_CFA, 0,
			    (int64_t)get_uleb(&p) * f->data_align);
			break;
		case 0xc0: /* restore */
			restore_rule(s, low);
			break;
		default:
			if (!run_extended(s, f, op, &p, pc))
				return;
			break;
		}
	}
}

/*
 * Does a landing pad, or a hole that means terminate, cover pc? The call-site
 * table of the LSDA as gcc, clang and rustc emit it; other personalities'
 * tables look the same or get the benefit of the doubt.
 */
static bool
has_pad(const struct fde *f, uintptr_t pc)
{
	const uint8_t *p = (const uint8_t *)f->lsda, *end;
	uint64_t len;
	uint8_t enc;

	if (!f->personality ||
	    f->personality == (uintptr_t)gort__entry_personality ||
	    f->personality == (uintptr_t)gort__catch_personality ||
	    f->personality == (uintptr_t)gort__morestack_personality)
		return false;
	if (!p)
		return false;
	enc = *p++; /* @LPStart */
	get_encoded(&p, enc, 0);
	enc = *p++; /* @TType */
	if (enc != DW_EH_PE_omit)
		get_uleb(&p);
	enc = *p++; /* call sites */
	len = get_uleb(&p);
	end = p + len;
	while (p < end) {
		uintptr_t start = f->start + get_encoded(&p, enc & 0x0f, 0);
		uintptr_t size = get_encoded(&p, enc & 0x0f, 0);
		uintptr_t pad = get_encoded(&p, enc & 0x0f, 0);

		get_uleb(&p); /* action */
		if (pc < start)
			return true;
		if (pc < start + size)
			return pad != 0;
	}
	return true;
}

/* The same without a table, one after the other. 1 found, 0 no FDE. */
static int
scan_fdes(uintptr_t pc, const uint8_t **fde)
{
	const uint8_t *p, *q, *end;
	uint32_t len;
	struct fde f;

	if (!gort__object_eh_frame((const void *)pc, &p, &end))
		return 0;
	for (; end - p >= 8; p = q + len) {
		q = p;
		len = get_u32(&q);
		if (len == 0 || len > (size_t)(end - q))
			return 0;
		/* a CIE has zero where an FDE says where its CIE is */
		if (get_u32(&(const uint8_t *){q}) == 0 || !parse_fde(p, &f))
			continue;
		if (pc >= f.start && pc < f.end) {
			*fde = p;
			return 1;
		}
	}
	return 0;
}

bool
gort__cfi_row(uintptr_t pc, struct cfirow *row)
{
	const uint8_t *hdr = gort__object_eh_frame_hdr((const void *)pc);
	const uint8_t *at;
	struct state s;
	struct fde f;
	int rc;

	memset(&s.row, 0, sizeof(s.row));
	rc = hdr ? find_fde(hdr, pc, &at) : scan_fdes(pc, &at);
	if (rc == 0)
		return false;
	if (rc < 0 || !parse_fde(at, &f)) {
		s.row.hard = 1;
		*row = s.row;
		return true;
	}
	if (pc < f.start || pc >= f.end)
		return false;
	s.depth = 0;
	s.loc = f.start;
	s.row.cfa_reg = DWARF_SP;
	s.row.ra = ROW_PC;
	if (f.ra == DWARF_SIGNAL_RA)
		s.row.ra = ROW_SIGNAL_PC;
	else if (f.ra != DWARF_RA)
		s.row.hard = 1;
	run(&s, &f, f.cie_prog, f.cie_end, pc);
	memcpy(s.initial, s.row.rule, sizeof(s.initial));
	run(&s, &f, f.fde_prog, f.fde_end, pc);
	s.row.signal = f.signal;
	s.row.pad = has_pad(&f, pc);
	*row = s.row;
	return true;
}
