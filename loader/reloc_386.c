/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386: the stubs of the linkage table. The image's address is known when they
 * are written, so they hold addresses. Leaf.
 */
#include "reloc.h"

#include <string.h>

/* Instructions, by Intel's manual, volume 2. */
#define STUB_SIZE 16

static uint8_t *
put(uint8_t *at, const char *code, size_t n)
{
	memcpy(at, code, n);
	return at + n;
}

static uint8_t *
put_word(uint8_t *at, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	memcpy(at, &v, sizeof(v));
	return at + sizeof(v);
}

/* endbr32; jmp *slot */
static void
jump(uint8_t *at, uint64_t slot)
{
	put_word(put(at, "\xf3\x0f\x1e\xfb\xff\x25", 6), slot);
}

/* endbr32; mov $value, %eax; jmp *slot: regparm(1) and the rest as in cdecl */
static void
jump_handle(uint8_t *at, uint64_t slot, uint64_t value)
{
	at = put_word(put(at, "\xf3\x0f\x1e\xfb\xb8", 5), value);
	put_word(put(at, "\xff\x25", 2), slot);
}

static void
no_tlsdesc(uint8_t *at, uint64_t carrier)
{
	(void)at;
	(void)carrier;
}

const struct relmachine gort__relmachine = {
    .word = 4,
    .stub_size = STUB_SIZE,
    .elf = 3, /* EM_386 */
    .jump = jump,
    .jump_handle = jump_handle,
    .tlsdesc = no_tlsdesc,
};
