/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rows from the unwind data of Windows amd64 (Microsoft, "x64 exception
 * handling", "Unwind data definitions in C"). They hold at calls: behind the
 * prologue, before the epilogue. What a row cannot say is hard.
 */
#include "runtime.h"
#include "seh.h"

#include <string.h>

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
	UWOP_PUSH_MACHFRAME,
};

struct unwind_info {
	uint8_t version_flags; /* version: 3 bits; flags: 5 */
	uint8_t prologue;      /* bytes */
	uint8_t ncodes;        /* slots of code[] */
	uint8_t frame;         /* register: 4 bits; offset / 16: 4 */
	uint16_t code[];       /* prologue offset: 8 bits; op: 4; info: 4 */
};

/* A frame while its codes are undone. */
struct undo {
	struct cfirow *row;
	int32_t at;          /* rsp, from the frame's base */
	int32_t off[16];     /* of saved registers, from the base */
	bool saved[16];      /* by number */
	const uint16_t *arg; /* operands of the code */
	unsigned info;       /* its 4 bits */
};

static int32_t
operand32(const uint16_t *p)
{
	return (int32_t)(p[0] | (uint32_t)p[1] << 16);
}

static void
save(struct undo *u, int32_t off)
{
	u->saved[u->info] = true;
	u->off[u->info] = off;
}

/* Undo one code; how many slots its operands take, or -1: hard. */
static int
undo_code(struct undo *u, unsigned op)
{
	switch (op) {
	case UWOP_PUSH_NONVOL:
		save(u, u->at);
		u->at += 8;
		return 0;
	case UWOP_ALLOC_LARGE:
		u->at += u->info ? operand32(u->arg) : u->arg[0] * 8;
		return u->info ? 2 : 1;
	case UWOP_ALLOC_SMALL:
		u->at += (int32_t)u->info * 8 + 8;
		return 0;
	case UWOP_SET_FPREG:
		u->at = 0;
		return 0;
	case UWOP_SAVE_NONVOL:
		save(u, u->arg[0] * 8);
		return 1;
	case UWOP_SAVE_NONVOL_FAR:
		save(u, operand32(u->arg));
		return 2;
	case UWOP_SAVE_XMM128:
		return 1;
	case UWOP_SAVE_XMM128_FAR:
		return 2;
	case UWOP_PUSH_MACHFRAME:
		u->row->signal = true;
		return -1;
	default:
		return -1;
	}
}

static bool
undo_codes(struct undo *u, const struct unwind_info *ui)
{
	unsigned i = 0;
	int more;

	while (i < ui->ncodes) {
		u->info = ui->code[i] >> 12;
		u->arg = &ui->code[i + 1];
		more = undo_code(u, ui->code[i] >> 8 & 15);
		if (more < 0)
			return false;
		i += 1 + (unsigned)more;
	}
	return true;
}

/* What follows the codes: a handler's address, or the chained entry. */
static const void *
behind_codes(const struct unwind_info *ui)
{
	return &ui->code[(ui->ncodes + 1) & ~1];
}

/* Does a frame with this unwind data have something to run? */
static bool
has_pad(const char *base, const struct unwind_info *ui)
{
	const char *handler;

	if (!(ui->version_flags >> 3 & (UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER)))
		return false;
	handler = base + *(const uint32_t *)behind_codes(ui);
	return handler != (const char *)(uintptr_t)&gort__catch_handler &&
	       handler != (const char *)(uintptr_t)&gort__entry_handler;
}

static void
fill(struct cfirow *row, const struct undo *u, unsigned frame)
{
	int32_t base = frame & 15 ? -16 * (int32_t)(frame >> 4) : 0;
	int i, n;

	row->cfa_reg = frame & 15 ? (uint8_t)(frame & 15) : DWARF_SP;
	row->cfa_off = base + u->at + 8;
	for (i = 0; i < REGS_KEPT; i++) {
		n = gort__kept_dwarf(i);
		if (!u->saved[n])
			continue;
		row->rule[i].kind = CFI_CFA;
		row->rule[i].off = u->off[n] - u->at - 8;
	}
	row->ra = ROW_PC;
	row->rule[ROW_PC].kind = CFI_CFA;
	row->rule[ROW_PC].off = -8;
}

bool
gort__cfi_row(uintptr_t pc, struct cfirow *row)
{
	struct undo u = {.row = row};
	const struct unwind_info *ui;
	const RUNTIME_FUNCTION *fn;
	DWORD64 image;
	const char *base;
	unsigned frame;

	fn = RtlLookupFunctionEntry(pc, &image, NULL);
	if (!fn)
		return false;
	memset(row, 0, sizeof(*row));
	base = (const char *)image;
	ui = (const void *)(base + fn->UnwindData);
	frame = ui->frame;
	row->pad = has_pad(base, ui);
	row->hard = pc - image - fn->BeginAddress < ui->prologue ||
		    (frame && gort__kept_column(frame & 15) < 0);
	while (undo_codes(&u, ui)) {
		if (!(ui->version_flags >> 3 & UNW_FLAG_CHAININFO)) {
			fill(row, &u, frame);
			return true;
		}
		fn = behind_codes(ui);
		ui = (const void *)(base + fn->UnwindData);
		if (ui->frame != frame)
			break;
	}
	row->hard = true;
	return true;
}
