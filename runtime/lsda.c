/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Landing pads: what the language-specific data of a function says of a call
 * in it, as gcc, clang and rustc emit it (Itanium C++ ABI, "Exception Handling
 * Tables"; a call-site table, actions, types).
 *
 * Note [Landing without the personality]
 * A panic looks to every language like a foreign exception: no catch of a type
 * takes it, catch (...) does. What a personality routine answers for one is in
 * the tables: the first action of a call that is a cleanup or catches all, and
 * the landing pad. That is kept in the row, so a panic goes to the pad
 * itself. Where an answer would need the language (exception specifications, a
 * call that may not throw and ends the program), the personality is asked.
 *
 * A hardware fault is not asked about there: compilers do not take a load, or
 * strlen(3), for something that throws, so the tables do not have them, and for
 * a personality that is what may not throw. Nothing is known of what such a
 * frame would have cleaned up: it is passed, and counted as skipped.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dwarf.h"

/* The tables of one function. */
struct tables {
	uintptr_t lpstart;      /* landing pads are relative to it */
	const uint8_t *actions; /* the first action record */
	const uint8_t *types;   /* the end of the type table, or NULL */
	uint8_t type_enc;       /* how its entries are written */
};

/* Bytes of an encoded type; 0: they have no fixed size. */
static unsigned
type_size(uint8_t enc)
{
	switch (enc & 0x0f) {
	case 0x00:
		return PTR;
	case 0x02:
	case 0x0a:
		return 2;
	case 0x03:
	case 0x0b:
		return 4;
	case 0x04:
	case 0x0c:
		return 8;
	default:
		return 0;
	}
}

/* Does the type with this number stand for all? */
static bool
catches_all(const struct tables *t, uint64_t number)
{
	unsigned size = type_size(t->type_enc), i;
	const uint8_t *at;

	if (!t->types || !size)
		return false;
	at = t->types - number * size;
	for (i = 0; i < size; i++)
		if (at[i])
			return false;
	return true;
}

/* What the actions from p on do with a foreign exception. */
static enum pad
run_actions(const struct tables *t, const uint8_t *p, int32_t *selector)
{
	enum pad found = PAD_NONE;
	const uint8_t *next;
	int64_t filter, step;

	for (;;) {
		filter = get_sleb(&p);
		next = p;
		step = get_sleb(&p);
		if (filter < 0)
			return PAD_ASK;
		if (filter == 0)
			found = PAD_AT;
		if (filter > 0 && catches_all(t, (uint64_t)filter)) {
			*selector = (int32_t)filter;
			return PAD_AT;
		}
		if (step == 0)
			return found;
		p = next + step;
	}
}

void
gort__lsda_pad(
    uintptr_t lsda, uintptr_t start, uintptr_t pc, struct cfirow *row)
{
	const uint8_t *p = (const uint8_t *)lsda, *end;
	struct tables t = {.lpstart = start};
	uint64_t len;
	uint8_t enc;

	enc = *p++; /* @LPStart */
	if (enc != DW_EH_PE_omit)
		t.lpstart = get_encoded(&p, enc, 0);
	t.type_enc = *p++;
	if (t.type_enc != DW_EH_PE_omit) {
		len = get_uleb(&p);
		t.types = p + len;
	}
	enc = *p++; /* call sites */
	len = get_uleb(&p);
	end = t.actions = p + len;
	row->pad = PAD_HOLE;
	while (p < end) {
		uintptr_t at = start + get_encoded(&p, enc & 0x0f, 0);
		uintptr_t size = get_encoded(&p, enc & 0x0f, 0);
		uintptr_t pad = get_encoded(&p, enc & 0x0f, 0);
		uint64_t action = get_uleb(&p);

		if (pc < at)
			return;
		if (pc >= at + size)
			continue;
		row->pad = pad ? PAD_AT : PAD_NONE;
		row->lp = t.lpstart + pad;
		row->selector = 0;
		if (pad && action)
			row->pad = (uint8_t)run_actions(
			    &t, t.actions + action - 1, &row->selector);
		return;
	}
}
