/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stubs made at run time: arm64 (Arm ARM, C6.2).
 *	d503245f		bti c
 *	90000011		adrp x17, slot
 *	91000231		add x17, x17, :lo12:slot
 *	90000010		adrp x16, entry
 *	f9400210		ldr x16, [x16, :lo12:entry]
 *	d61f0200		br x16
 */
#include "stubpage.h"

#include <string.h>

/* adrp's immediate: the distance in pages, 2 low bits at 29, 19 at 5. */
static uint32_t
adrp_imm(const uint8_t *at, const void *to)
{
	intptr_t pages = ((intptr_t)to >> 12) - ((intptr_t)at >> 12);
	uint32_t imm = (uint32_t)pages;

	return (imm & 3) << 29 | (imm >> 2 & 0x7ffff) << 5;
}

static uint32_t
low12(const void *to)
{
	return (uint32_t)((uintptr_t)to & 0xfff);
}

void
gort__stub_emit(uint8_t *code, const void *slot, void *const *entry)
{
	uint32_t insn[GORT_STUB_SIZE / 4];

	insn[0] = 0xd503245f;
	insn[1] = 0x90000011 | adrp_imm(code + 4, slot);
	insn[2] = 0x91000231 | low12(slot) << 10;
	insn[3] = 0x90000010 | adrp_imm(code + 12, entry);
	/* the offset of a load is in units of 8 bytes */
	insn[4] = 0xf9400210 | (low12(entry) >> 3) << 10;
	insn[5] = 0xd61f0200;
	/* udf #0 up to the next stub */
	insn[6] = insn[7] = 0;
	memcpy(code, insn, sizeof(insn));
}
