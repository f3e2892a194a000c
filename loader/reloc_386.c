/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 386: the stubs of the linkage table. The image's address is known when they
 * are written, so they hold addresses. Leaf.
 */
#include "reloc.h"

#include <string.h>

/* Instructions, by Intel's manual, volume 2. */
#define STUB_SIZE 48

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

/*
 * Arguments lie on the stack, so it is a call with others: endbr32, what
 * aligns esp, push $value, push $0 ..., push 4*(arg+1)(%esp) ..., call *slot,
 * add to esp, ret.
 */
static void
jump_with(
    uint8_t *at, uint64_t slot, unsigned arg, unsigned clear, uint64_t value)
{
	const uint8_t old = (uint8_t)(4 * (arg + 1)), pad = (2 - arg) % 4 * 4;
	const uint8_t total = (uint8_t)(old + pad);
	unsigned i;

	at = put(at, "\xf3\x0f\x1e\xfb", 4);
	if (pad) {
		at = put(at, "\x83\xec", 2);
		*at++ = pad;
	}
	at = put_word(put(at, "\x68", 1), value);
	for (i = clear; i < arg; i++)
		at = put(at, "\x6a\x00", 2);
	for (i = 0; i < clear; i++) {
		at = put(at, "\xff\x74\x24", 3);
		*at++ = total;
	}
	at = put_word(put(at, "\xff\x15", 2), slot);
	at = put(at, "\x83\xc4", 2);
	*at++ = total;
	put(at, "\xc3", 1);
}

/* mov 4(%eax), %eax; ret */
static void
tlsdesc(uint8_t *at, uint64_t carrier)
{
	(void)carrier;
	put(at, "\xf3\x0f\x1e\xfb\x8b\x40\x04\xc3", 8);
}

const struct relmachine gort__relmachine = {
    .word = 4,
    .stub_size = STUB_SIZE,
    .desc_size = 16,
    .elf = 3, /* EM_386 */
    .dtpmod = 35,
    .tpoff = 14,
    .jump = jump,
    .jump_with = jump_with,
    .jump_handle = jump_handle,
    .tlsdesc = tlsdesc,
};
