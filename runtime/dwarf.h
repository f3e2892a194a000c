/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading the numbers of DWARF and of the LSB's exception tables. The tables
 * are those of code that is loaded and runs. Private; for cfi*.c and lsda.c.
 */
#ifndef GORT_DWARF_H
#define GORT_DWARF_H

#include <stdint.h>
#include <string.h>

#include "../abi/offsets.h"

/* pointer encodings, LSB Core 10.5.1 */
#define DW_EH_PE_omit 0xff
#define DW_EH_PE_indirect 0x80
#define DW_EH_PE_pcrel 0x10
#define DW_EH_PE_datarel 0x30
#define DW_EH_PE_aligned 0x50

static inline uint64_t
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

static inline int64_t
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
	static inline type name(const uint8_t **p) \
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
static inline uintptr_t
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

#endif
