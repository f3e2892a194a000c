/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stubs made at run time: Windows amd64. Leaves, so without unwind data.
 *	4c 8d 1d rel32		leaq slot(%rip), %r11
 *	ff 25 rel32		jmp *entry(%rip)
 */
#include "stubpage.h"

#include <string.h>

static uint8_t *
put_bytes(uint8_t *p, const void *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

/* A displacement from the end of the field, little endian. */
static uint8_t *
put_rel32(uint8_t *p, const void *to)
{
	int32_t rel = (int32_t)((intptr_t)to - (intptr_t)(p + 4));

	return put_bytes(p, &rel, sizeof(rel));
}

void
gort__stub_emit(uint8_t *code, const void *slot, void *const *entry)
{
	uint8_t *p = code;

	p = put_bytes(p, "\x4c\x8d\x1d", 3);
	p = put_rel32(p, slot);
	p = put_bytes(p, "\xff\x25", 2);
	p = put_rel32(p, entry);
	/* int3 up to the next stub */
	memset(p, 0xcc, (size_t)(code + GORT_STUB_SIZE - p));
}
