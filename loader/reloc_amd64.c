/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * amd64: relocation types of objects (System V psABI for AMD64 1.0, 4.4, table
 * 4.9; 4.11 for TLS) and the stubs of the linkage table. Leaf.
 */
#include "../include/small.h"
#include "reloc.h"

#include <string.h>

/* X(number, name, kind, width, fit, pcrel) */
#define TYPES(X) \
	X(0, NONE, NONE, 0, ANY, false) \
	X(1, 64, SYM, 8, ANY, false) \
	X(2, PC32, SYM, 4, SIGNED, true) \
	X(3, GOT32, GOTOFF, 4, SIGNED, false) \
	X(4, PLT32, PLT, 4, SIGNED, true) \
	X(5, COPY, UNKNOWN, 0, ANY, false) \
	X(6, GLOB_DAT, UNKNOWN, 0, ANY, false) \
	X(7, JUMP_SLOT, UNKNOWN, 0, ANY, false) \
	X(8, RELATIVE, UNKNOWN, 0, ANY, false) \
	X(9, GOTPCREL, SLOT, 4, SIGNED, true) \
	X(10, 32, SYM, 4, UNSIGNED, false) \
	X(11, 32S, SYM, 4, SIGNED, false) \
	X(12, 16, SYM, 2, EITHER, false) \
	X(13, PC16, SYM, 2, SIGNED, true) \
	X(14, 8, SYM, 1, EITHER, false) \
	X(15, PC8, SYM, 1, SIGNED, true) \
	X(16, DTPMOD64, UNKNOWN, 0, ANY, false) \
	X(17, DTPOFF64, TLS_DTP, 8, ANY, false) \
	X(18, TPOFF64, TLS_LE, 8, ANY, false) \
	X(19, TLSGD, TLS_GD, 4, SIGNED, true) \
	X(20, TLSLD, TLS_LD, 4, SIGNED, true) \
	X(21, DTPOFF32, TLS_DTP, 4, SIGNED, false) \
	X(22, GOTTPOFF, TLS_IE, 4, SIGNED, true) \
	X(23, TPOFF32, TLS_LE, 4, SIGNED, false) \
	X(24, PC64, SYM, 8, ANY, true) \
	X(25, GOTOFF64, GOTREL, 8, ANY, false) \
	X(26, GOTPC32, GOTBASE, 4, SIGNED, true) \
	X(27, GOT64, GOTOFF, 8, ANY, false) \
	X(28, GOTPCREL64, SLOT, 8, ANY, true) \
	X(29, GOTPC64, GOTBASE, 8, ANY, true) \
	X(30, GOTPLT64, GOTOFF, 8, ANY, false) \
	X(31, PLTOFF64, PLTREL, 8, ANY, false) \
	X(32, SIZE32, SIZE, 4, UNSIGNED, false) \
	X(33, SIZE64, SIZE, 8, ANY, false) \
	X(34, GOTPC32_TLSDESC, TLS_DESC, 4, SIGNED, true) \
	X(35, TLSDESC_CALL, NONE, 0, ANY, false) \
	X(36, TLSDESC, UNKNOWN, 0, ANY, false) \
	X(37, IRELATIVE, UNKNOWN, 0, ANY, false) \
	X(38, RELATIVE64, UNKNOWN, 0, ANY, false) \
	X(39, PC32_BND, UNKNOWN, 0, ANY, false) \
	X(40, PLT32_BND, UNKNOWN, 0, ANY, false) \
	X(41, GOTPCRELX, SLOT, 4, SIGNED, true) \
	X(42, REX_GOTPCRELX, SLOT, 4, SIGNED, true)

#define PREFIX "R_X86_64_"
#include "reltable.h"

/* Instructions, by the AMD64 manual's volume 3. */
#define STUB_SIZE 32

static uint8_t *
put(uint8_t *at, const char *code, size_t n)
{
	memcpy(at, code, n);
	return at + n;
}

/* endbr64; jmp *slot(%rip) */
static void
jump(uint8_t *at, uint64_t slot)
{
	int32_t rel;

	at = put(at, "\xf3\x0f\x1e\xfa\xff\x25", 6);
	rel = (int32_t)(slot - ((uintptr_t)at + 4));
	memcpy(at, &rel, sizeof(rel));
}

/* Arguments 0 to 3 are rdi, rsi, rdx, rcx. */
static void
jump_with(
    uint8_t *at, uint64_t slot, unsigned arg, unsigned clear, uint64_t value)
{
	static const char zero[4][3] = {
	    "\x31\xff", "\x31\xf6", "\x31\xd2", "\x31\xc9"};
	static const char load[4][3] = {
	    "\x48\xbf", "\x48\xbe", "\x48\xba", "\x48\xb9"};
	int32_t rel;

	at = put(at, "\xf3\x0f\x1e\xfa", 4);
	for (; clear < arg; clear++)
		at = put(at, zero[clear], 2);
	at = put(at, load[arg], 2);
	memcpy(at, &value, sizeof(value));
	at = put(at + sizeof(value), "\xff\x25", 2);
	rel = (int32_t)(slot - ((uintptr_t)at + 4));
	memcpy(at, &rel, sizeof(rel));
}

/* The second argument of Windows' convention is rdx. */
static void
jump_handle(uint8_t *at, uint64_t slot, uint64_t value)
{
	jump_with(at, slot, 2, 2, value);
}

/* endbr64; mov slot(%rip), %rax; jmp *via(%rip) */
static void
jump_via(uint8_t *at, uint64_t slot, uint64_t via)
{
	int32_t rel;

	at = put(at, "\xf3\x0f\x1e\xfa\x48\x8b\x05", 7);
	rel = (int32_t)(slot - ((uintptr_t)at + 4));
	memcpy(at, &rel, sizeof(rel));
	at = put(at + sizeof(rel), "\xff\x25", 2);
	rel = (int32_t)(via - ((uintptr_t)at + 4));
	memcpy(at, &rel, sizeof(rel));
}

/* mov 8(%rax), %rax; ret */
static void
tlsdesc(uint8_t *at, uint64_t carrier)
{
	(void)carrier;
	put(at, "\xf3\x0f\x1e\xfa\x48\x8b\x40\x08\xc3", 9);
}

const struct reltypes gort__reltypes_elf = {
    types, (const char *)&names, sizeof(types) / sizeof(types[0]), NULL};

const struct relmachine gort__relmachine = {
    .elf = 62, /* EM_X86_64 */
    .word = 8,
    .stub_size = STUB_SIZE,
    .desc_size = STUB_SIZE,
    .rela = true,
    .dtpmod = 16,
    .tpoff = 18,
    .jump = jump,
    .jump_with = jump_with,
    .jump_handle = jump_handle,
    .jump_via = jump_via,
    .tlsdesc = tlsdesc,
};
