/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Call frame information: finds the FDE of a pc by the object's
 * .eh_frame_hdr table, runs its program up to the pc, and reduces the result
 * to a row that the walker can apply fast (DWARF 5, 6.4; LSB Core, "Exception
 * Frames"). Landing pads are lsda.c's. Anything that a row cannot express is
 * marked hard, for libunwind.
 *
 * The tables are those of code that is loaded and runs; they are trusted as
 * that code is. No allocation, no lock beyond that of objbounds.
 */
#include "runtime.h"
#include "dwarf.h"
#include "objbounds.h"

#include <string.h>

/* A CIE and the FDE that uses it, as far as a walk needs them. */
struct fde {
	uintptr_t start, end;  /* the code it covers */
	uintptr_t lsda;        /* 0: none */
	uintptr_t personality; /* 0: none */
	uintptr_t code_align;
	int64_t data_align;
	uint64_t ra;  /* DWARF number of the return address column */
	bool signal;  /* augmentation S */
	bool handled; /* augmentation P: there is a personality */
	uint8_t code_enc, lsda_enc; /* how addresses are said */
	bool sized; /* augmentation z: FDEs have data of a length */
	const uint8_t *cie_prog, *cie_end;
	const uint8_t *fde_prog, *fde_end;
};

/* false: an augmentation that is not understood. */
static bool
parse_cie(const uint8_t *p, struct fde *f)
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
	f->sized = true;
	len = (uint32_t)get_uleb(&p);
	aug_end = p + len;
	for (; *aug; aug++) {
		uint8_t enc;

		switch (*aug) {
		case 'R':
			f->code_enc = *p++;
			break;
		case 'L':
			f->lsda_enc = *p++;
			break;
		case 'P':
			enc = *p++;
			f->personality = get_encoded(&p, enc, 0);
			f->handled = true;
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
	const uint8_t *id_at;
	uint32_t len = get_u32(&p), id;
	uint64_t aug_len;

	memset(f, 0, sizeof(*f));
	f->lsda_enc = DW_EH_PE_omit;
	if (len == 0xffffffff || len == 0)
		return false;
	f->fde_end = p + len;
	id_at = p;
	id = get_u32(&p);
	if (!parse_cie(id_at - id, f))
		return false;
	f->start = get_encoded(&p, f->code_enc, 0);
	f->end = f->start + get_encoded(&p, f->code_enc & 0x0f, 0);
	aug_len = f->sized ? get_uleb(&p) : 0;
	f->fde_prog = p + aug_len;
	if (aug_len && f->lsda_enc != DW_EH_PE_omit)
		f->lsda = get_encoded(&p, f->lsda_enc, 0);
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

/* Of few frames: small rather than fast. */
#define COLD __attribute__((cold))

/* Arrays of none are not C. */
#define MORE (MORE_RULES + !MORE_RULES)
#define DEEPEST 8 /* remember_state */

/* The state of a CFI program. */
struct state {
	struct cfirow row;
	struct cfirule more[MORE];         /* of what rows leave out; by */
					   /* gort__more_column() */
	int32_t off;                       /* the CFA's last as such */
	struct cfirule initial[ROW_RULES]; /* after the CIE, for restore */
	struct cfirow stack[DEEPEST];
	struct cfirule more_stack[DEEPEST][MORE];
	int32_t off_stack[DEEPEST];
	unsigned depth;
	uintptr_t loc; /* the code address it describes */
	uintptr_t pc;  /* the one it is run for */
	int32_t args;  /* GNU_args_size */
};

__attribute__((noinline)) static void
copy_more(struct cfirule *to, const struct cfirule *from)
{
	int i;

	for (i = 0; i < MORE_RULES; i++)
		to[i] = from[i];
}

/* NULL: it is followed by nobody. */
__attribute__((noinline)) static struct cfirule *
more_rule(struct state *s, uint64_t reg)
{
	int c = gort__more_column(reg);

	return c < 0 ? NULL : &s->more[c];
}

static void
set_rule(struct state *s, uint64_t reg, uint8_t kind, uint8_t base, int64_t off)
{
	int c = column(reg);
	struct cfirule *r;

	if (reg == DWARF_SP && kind != CFI_SAME) {
		/* a signal frame says of the sp what it says of the CFA */
		if (kind != CFI_REG || !s->row.cfa_mem || s->row.cfa_add ||
		    base != s->row.cfa_reg || off != s->row.cfa_off)
			s->row.hard |=
			    HARD_ROW; /* the caller's sp is not the CFA */
		return;
	}
	r = c < 0 ? more_rule(s, reg) : &s->row.rule[c];
	if (!r)
		return;
	if (off != (int32_t)off)
		s->row.hard |= HARD_ROW;
	r->kind = kind;
	r->reg = base;
	r->off = (int32_t)off;
}

static void
restore_rule(struct state *s, uint64_t reg)
{
	int c = column(reg);
	struct cfirule *r;

	if (c >= 0)
		s->row.rule[c] = s->initial[c];
	else if (reg == DWARF_SP)
		s->row.sp_rel = 0;
	else if ((r = more_rule(s, reg)) != NULL)
		r->kind = CFI_SAME; /* no CIE has another */
}

/*
 * A function that aligns its stack has its CFA in a scratch register for the
 * first instructions, which is as hard as an expression that has no row.
 */
static void
set_cfa(struct state *s, uint64_t reg, int64_t off)
{
	bool hard = !is_kept(reg) || off != (int32_t)off;

	s->row.hard &= (uint8_t)~HARD_CFA;
	s->row.hard |= hard ? HARD_CFA : 0;
	s->row.cfa_reg = is_kept(reg) ? (uint8_t)reg : UINT8_MAX;
	s->row.cfa_off = (int32_t)off;
	s->row.cfa_mem = 0;
	s->row.cfa_add = 0;
}

/*
 * What an expression has made: a number; one over a register's value; one
 * over the word that lies at a register's value and `at`.
 */
struct value {
	int reg;  /* DWARF number; -1: none */
	bool mem; /* of the word */
	int64_t n, at;
};

/*
 * One operation (DWARF 5, 2.5.1) of those that compilers, ld (for .plt) and C
 * libraries (for signal frames) use. top points behind the stack's last value.
 * false: another one, or of values that are not numbers.
 */
COLD static bool
operate(
    const struct state *s, uint8_t op, const uint8_t **p, struct value **top)
{
	struct value *v = *top, *a = v - 2, *b = v - 1;

	*v = (struct value){.reg = -1};
	if (op >= 0x70 && op <= 0x8f) { /* breg0... */
		v->reg = op - 0x70;
		v->n = get_sleb(p);
		if ((unsigned)v->reg == DWARF_RA) {
			v->reg = -1;
			v->n += (int64_t)s->pc;
		}
		*top = v + 1;
		return true;
	}
	if ((op >= 0x30 && op <= 0x4f) || op == 0x08) { /* lit0..., const1u */
		v->n = op == 0x08 ? *(*p)++ : op - 0x30;
		*top = v + 1;
		return true;
	}
	if (op == 0x23) { /* plus_uconst */
		b->n += (int64_t)get_uleb(p);
		return true;
	}
	if (op == 0x06 && b->reg >= 0 && !b->mem) { /* deref */
		*b = (struct value){.reg = b->reg, .mem = true, .at = b->n};
		return true;
	}
	if (b->reg >= 0 || (a->reg >= 0 && op != 0x22))
		return false;
	*top = b;
	switch (op) {
	case 0x1a: /* and */
		a->n &= b->n;
		return true;
	case 0x22: /* plus */
		a->n += b->n;
		return true;
	case 0x24: /* shl */
		a->n = b->n < 64 ? (int64_t)((uint64_t)a->n << b->n) : 0;
		return true;
	case 0x2a: /* ge */
		a->n = a->n >= b->n;
		return true;
	default:
		return false;
	}
}

/* DW_CFA_def_cfa_expression */
COLD static void
set_cfa_expression(struct state *s, const uint8_t *p, const uint8_t *end)
{
	/* below the first value two that no operation takes */
	struct value stack[2 + 6 + 1] = {{.reg = 0}, {.reg = 0}};
	struct value *top = stack + 2, *v = top;

	while (p < end)
		if (top == stack + 8 || !operate(s, *p++, &p, &top))
			break;
	if (p < end || top != v + 1 || v->reg < 0 || v->n != (int32_t)v->n) {
		set_cfa(s, UINT8_MAX, 0);
		return;
	}
	set_cfa(s, (uint64_t)v->reg, v->mem ? v->at : v->n);
	s->row.cfa_mem = v->mem;
	s->row.cfa_add = v->mem ? (int32_t)v->n : 0;
}

/*
 * reg is where no rule says it: in a scratch register (DW_CFA_register), or
 * where another expression says. All else of the row holds.
 */
COLD static void
set_elsewhere(struct state *s, uint64_t reg)
{
	int c = column(reg);

	if (reg == DWARF_SP || c >= REGS_KEPT || c == s->row.ra)
		s->row.hard |= HARD_ROW;
	else if (c >= 0)
		s->row.hard |= HARD_REG;
}

/* DW_CFA_expression: only "register + offset" (DW_OP_bregN) has a rule. */
COLD static void
set_expression(struct state *s, uint64_t reg, const uint8_t *p, uint64_t len)
{
	const uint8_t *end = p + len;
	uint8_t op = len ? *p++ : 0;
	int64_t off = 0;
	bool rule = op >= 0x70 && op <= 0x8f && is_kept(op - 0x70u);

	if (rule)
		off = get_sleb(&p);
	if (rule && p == end)
		set_rule(s, reg, CFI_REG, (uint8_t)(op - 0x70), off);
	else
		set_elsewhere(s, reg);
}

/* DW_CFA_val_expression: only the sp, as "sp + offset". */
COLD static void
set_val_expression(
    struct state *s, uint64_t reg, const uint8_t *p, uint64_t len)
{
	const uint8_t *end = p + len;
	int64_t off;

	if (reg != DWARF_SP || !len || *p++ != 0x70 + DWARF_SP) {
		set_elsewhere(s, reg);
		return;
	}
	off = get_sleb(&p);
	if (p != end || off != (int32_t)off)
		s->row.hard |= HARD_ROW;
	s->row.sp_rel = 1;
	s->row.sp_off = (int32_t)off;
}

static void
remember(struct state *s)
{
	if (s->depth < DEEPEST) {
		s->stack[s->depth] = s->row;
		copy_more(s->more_stack[s->depth], s->more);
		s->off_stack[s->depth] = s->off;
	} else {
		s->row.hard |= HARD_ROW;
	}
	s->depth++;
}

static void
restore(struct state *s)
{
	if (s->depth && --s->depth < DEEPEST) {
		s->row = s->stack[s->depth];
		copy_more(s->more, s->more_stack[s->depth]);
		s->off = s->off_stack[s->depth];
	} else {
		s->row.hard |= HARD_ROW;
	}
}

/* An opcode of where the next rows begin. false: it is another kind. */
static bool
advance(struct state *s, const struct fde *f, uint8_t op, const uint8_t **p)
{
	switch (op) {
	case 0x01: /* set_loc */
		s->loc = get_encoded(p, f->code_enc, 0);
		return true;
	case 0x02: /* advance_loc1 */
		s->loc += *(*p)++ * f->code_align;
		return true;
	case 0x03:
		s->loc += get_u16(p) * f->code_align;
		return true;
	case 0x04:
		s->loc += get_u32(p) * f->code_align;
		return true;
	default:
		return false;
	}
}

/*
 * The same: of what the CFA is. After an expression a register goes on with the
 * offset from before it, as with libgcc: OpenSSL's assembly (in libgcrypt)
 * counts on that.
 */
static bool
define_cfa(struct state *s, const struct fde *f, uint8_t op, const uint8_t **p)
{
	uint64_t reg = s->row.cfa_reg, n;
	int64_t off = s->off;

	switch (op) {
	case 0x0c: /* def_cfa */
		reg = get_uleb(p);
		off = (int64_t)get_uleb(p);
		break;
	case 0x0d: /* def_cfa_register */
		reg = get_uleb(p);
		break;
	case 0x0e: /* def_cfa_offset */
		off = (int64_t)get_uleb(p);
		break;
	case 0x0f: /* def_cfa_expression */
		n = get_uleb(p);
		set_cfa_expression(s, *p, *p + n);
		*p += n;
		return true;
	case 0x12: /* def_cfa_sf */
		reg = get_uleb(p);
		off = get_sleb(p) * f->data_align;
		break;
	case 0x13: /* def_cfa_offset_sf */
		off = get_sleb(p) * f->data_align;
		break;
	default:
		return false;
	}
	set_cfa(s, reg, off);
	s->off = s->row.cfa_off;
	return true;
}

/* The same: of where a register is. */
static bool
define_rule(struct state *s, const struct fde *f, uint8_t op, const uint8_t **p)
{
	uint64_t reg, n;

	if ((op < 0x05 || op > 0x09) && op != 0x10 && op != 0x11 && op != 0x16)
		return false;
	reg = get_uleb(p);
	switch (op) {
	case 0x05: /* offset_extended */
		set_rule(
		    s, reg, CFI_CFA, 0, (int64_t)get_uleb(p) * f->data_align);
		break;
	case 0x06: /* restore_extended */
		restore_rule(s, reg);
		break;
	case 0x07: /* undefined */
		set_rule(s, reg, CFI_UNDEF, 0, 0);
		break;
	case 0x08: /* same_value */
		set_rule(s, reg, CFI_SAME, 0, 0);
		break;
	case 0x09: /* register */
		set_elsewhere(s, reg);
		get_uleb(p);
		break;
	case 0x11: /* offset_extended_sf */
		set_rule(s, reg, CFI_CFA, 0, get_sleb(p) * f->data_align);
		break;
	default: /* expression, val_expression */
		n = get_uleb(p);
		if (op == 0x10)
			set_expression(s, reg, *p, n);
		else
			set_val_expression(s, reg, *p, n);
		*p += n;
		break;
	}
	return true;
}

/* The opcodes without an operand in their low bits; false: past the pc. */
static bool
run_extended(struct state *s, const struct fde *f, uint8_t op,
    const uint8_t **p, uintptr_t pc)
{
	if (advance(s, f, op, p))
		return s->loc <= pc;
	if (define_rule(s, f, op, p) || define_cfa(s, f, op, p))
		return true;
	switch (op) {
	case 0x00: /* nop */
	case 0x2d: /* AARCH64_negate_ra_state: gort__strip_pc does it always */
		return true;
	case 0x0a: /* remember_state */
		remember(s);
		return true;
	case 0x0b: /* restore_state */
		restore(s);
		return true;
	case 0x2e: /* GNU_args_size: for landing pads only */
		s->args = (int32_t)get_uleb(p);
		return true;
	default: /* also val_offset, 0x14 and 0x15 */
		s->row.hard |= HARD_ROW;
		return false;
	}
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

/* The same without a table, one after the other. 1 found, 0 no FDE. */
COLD static int
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

/* What runs when the frame is left by a panic. */
static void
set_pad(const struct fde *f, uintptr_t pc, struct cfirow *row)
{
	if (f->personality == (uintptr_t)gort__entry_personality)
		row->owner = OWNER_ENTRY;
	else if (f->personality == (uintptr_t)gort__morestack_personality)
		row->owner = OWNER_SEGMENT;
	else if (f->personality == (uintptr_t)gort__catch_personality)
		row->owner = OWNER_CATCH;
	else if (f->personality && f->lsda)
		gort__lsda_pad(f->lsda, f->start, pc, row);
	if (gort__is_msframe(f->personality))
		row->owner = OWNER_MS;
}

bool
gort__cfi_more(uintptr_t pc, struct cfirow *row, struct cfirule *more)
{
	const uint8_t *hdr = gort__object_eh_frame_hdr((const void *)pc);
	const uint8_t *at;
	struct state s;
	struct fde f;
	int rc;

	memset(&s, 0, offsetof(struct state, initial));
	rc = hdr ? find_fde(hdr, pc, &at) : scan_fdes(pc, &at);
	if (rc == 0)
		return false;
	if (rc < 0 || !parse_fde(at, &f)) {
		s.row.hard |= HARD_ROW;
		*row = s.row;
		return true;
	}
	if (pc < f.start || pc >= f.end)
		return false;
	s.depth = 0;
	s.loc = f.start;
	s.pc = pc;
	s.args = 0;
	s.row.cfa_reg = DWARF_SP;
	s.row.ra = ROW_PC;
	if (f.ra == DWARF_SIGNAL_RA)
		s.row.ra = ROW_SIGNAL_PC;
	else if (f.ra != DWARF_RA)
		s.row.hard |= HARD_ROW;
	run(&s, &f, f.cie_prog, f.cie_end, pc);
	memcpy(s.initial, s.row.rule, sizeof(s.initial));
	run(&s, &f, f.fde_prog, f.fde_end, pc);
	s.row.signal = f.signal;
	s.row.args = s.args;
	s.row.fde = f.handled ? NULL : at;
	set_pad(&f, pc, &s.row);
	*row = s.row;
	if (more)
		copy_more(more, s.more);
	return true;
}

bool
gort__cfi_row(uintptr_t pc, struct cfirow *row)
{
	return gort__cfi_more(pc, row, NULL);
}
