/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stubs made at run time: System V 386. Also what a stub leaves for
 * gort__entry: eax and the slot on the stack.
 *	f3 0f 1e fb		endbr32
 *	68 imm32		pushl $slot
 *	50			pushl %eax
 *	ff 25 abs32		jmp *entry
 */
#include "stubpage.h"

#include <string.h>

static uint8_t *
put(uint8_t *p, const void *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

void
gort__stub_emit(uint8_t *code, const void *slot, void *const *entry)
{
	uint8_t *p = code;

	p = put(p, "\xf3\x0f\x1e\xfb\x68", 5);
	p = put(p, &slot, sizeof(slot));
	p = put(p, "\x50\xff\x25", 3);
	p = put(p, &entry, sizeof(entry));
	/* int3 up to the next stub */
	memset(p, 0xcc, (size_t)(code + GORT_STUB_SIZE - p));
}
