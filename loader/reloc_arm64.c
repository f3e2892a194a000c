/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arm64: relocation types of objects ("ELF for the Arm 64-bit Architecture",
 * IHI 0056, "Relocation"), the fields of instructions that they change, and the
 * stubs of the linkage table. Leaf, but for what compilers' own run-time has.
 */
#include "reloc.h"
#include "link_crt.h"

#include <stddef.h>
#include <string.h>

/*
 * A field takes bits `shift` and up of the value. Values must be in a range of
 * so many bits; those of scaled fields must be multiples of 1 << shift.
 */
enum form {
	PLAIN,
	SCALED,
	SPLIT,     /* ADR: the two lowest bits lie elsewhere */
	PAGES,     /* ADRP: the same, from page to page */
	MOV_NEGATE /* MOVN for negative values, else MOVZ */
};

enum field {
	F_BYTES,
	F_ADR,
	F_ADRP,
	F_ADRP_NC,
	F_ADD_LO12_NC,
	F_ADD_LO12,
	F_ADD_HI12,
	F_LD8_NC,
	F_LD16_NC,
	F_LD32_NC,
	F_LD64_NC,
	F_LD128_NC,
	F_LD8,
	F_LD16,
	F_LD32,
	F_LD64,
	F_LD128,
	F_LD64_LO15,
	F_LITERAL19,
	F_BRANCH14,
	F_BRANCH26,
	F_MOV_G0,
	F_MOV_G1,
	F_MOV_G2,
	F_MOV_G0_NC,
	F_MOV_G1_NC,
	F_MOV_G2_NC,
	F_MOV_G3,
	F_MOVS_G0,
	F_MOVS_G1,
	F_MOVS_G2,
	F_MOVS_G3,
};

#define SIGNED_BITS(n) (-(n))

static const struct {
	uint8_t form;
	uint8_t at;    /* lowest bit in the instruction */
	uint8_t width; /* bits there */
	uint8_t shift;
	int8_t range; /* bits; SIGNED_BITS; 0: any value */
} fields[] = {
    [F_ADR] = {SPLIT, 5, 21, 0, SIGNED_BITS(21)},
    [F_ADRP] = {PAGES, 5, 21, 12, SIGNED_BITS(33)},
    [F_ADRP_NC] = {PAGES, 5, 21, 12, 0},
    [F_ADD_LO12_NC] = {PLAIN, 10, 12, 0, 0},
    [F_ADD_LO12] = {PLAIN, 10, 12, 0, 12},
    [F_ADD_HI12] = {PLAIN, 10, 12, 12, 24},
    [F_LD8_NC] = {PLAIN, 10, 12, 0, 0},
    [F_LD16_NC] = {SCALED, 10, 11, 1, 0},
    [F_LD32_NC] = {SCALED, 10, 10, 2, 0},
    [F_LD64_NC] = {SCALED, 10, 9, 3, 0},
    [F_LD128_NC] = {SCALED, 10, 8, 4, 0},
    [F_LD8] = {PLAIN, 10, 12, 0, 12},
    [F_LD16] = {SCALED, 10, 11, 1, 12},
    [F_LD32] = {SCALED, 10, 10, 2, 12},
    [F_LD64] = {SCALED, 10, 9, 3, 12},
    [F_LD128] = {SCALED, 10, 8, 4, 12},
    [F_LD64_LO15] = {SCALED, 10, 12, 3, 15},
    [F_LITERAL19] = {SCALED, 5, 19, 2, SIGNED_BITS(21)},
    [F_BRANCH14] = {SCALED, 5, 14, 2, SIGNED_BITS(16)},
    [F_BRANCH26] = {SCALED, 0, 26, 2, SIGNED_BITS(28)},
    [F_MOV_G0] = {PLAIN, 5, 16, 0, 16},
    [F_MOV_G1] = {PLAIN, 5, 16, 16, 32},
    [F_MOV_G2] = {PLAIN, 5, 16, 32, 48},
    [F_MOV_G0_NC] = {PLAIN, 5, 16, 0, 0},
    [F_MOV_G1_NC] = {PLAIN, 5, 16, 16, 0},
    [F_MOV_G2_NC] = {PLAIN, 5, 16, 32, 0},
    [F_MOV_G3] = {PLAIN, 5, 16, 48, 0},
    [F_MOVS_G0] = {MOV_NEGATE, 5, 16, 0, SIGNED_BITS(17)},
    [F_MOVS_G1] = {MOV_NEGATE, 5, 16, 16, SIGNED_BITS(33)},
    [F_MOVS_G2] = {MOV_NEGATE, 5, 16, 32, SIGNED_BITS(49)},
    [F_MOVS_G3] = {MOV_NEGATE, 5, 16, 48, 0},
};

/* Numbers are from 256, 512 and 1024 on; where the rows of each begin. */
enum { ROWS_256 = 1, ROWS_512 = ROWS_256 + 60, ROWS_1024 = ROWS_512 + 62 };
#define ROW_OF(n) \
	((n) < 256       ? (n) \
	    : (n) < 512  ? (n)-256 + ROWS_256 \
	    : (n) < 1024 ? (n)-512 + ROWS_512 \
			 : (n)-1024 + ROWS_1024)

/*
 * X(number, name, kind, width, fit, pcrel, field). FIT_ANY: the value needs no
 * place that is near, or another one sees to it.
 */
#define TYPES(X) \
	X(0, NONE, NONE, 0, ANY, false, F_BYTES) \
	X(256, NONE, NONE, 0, ANY, false, F_BYTES) \
	X(257, ABS64, SYM, 8, ANY, false, F_BYTES) \
	X(258, ABS32, SYM, 4, EITHER, false, F_BYTES) \
	X(259, ABS16, SYM, 2, EITHER, false, F_BYTES) \
	X(260, PREL64, SYM, 8, ANY, true, F_BYTES) \
	X(261, PREL32, SYM, 4, EITHER, true, F_BYTES) \
	X(262, PREL16, SYM, 2, EITHER, true, F_BYTES) \
	X(263, MOVW_UABS_G0, SYM, 4, UNSIGNED, false, F_MOV_G0) \
	X(264, MOVW_UABS_G0_NC, SYM, 4, ANY, false, F_MOV_G0_NC) \
	X(265, MOVW_UABS_G1, SYM, 4, UNSIGNED, false, F_MOV_G1) \
	X(266, MOVW_UABS_G1_NC, SYM, 4, ANY, false, F_MOV_G1_NC) \
	X(267, MOVW_UABS_G2, SYM, 4, ANY, false, F_MOV_G2) \
	X(268, MOVW_UABS_G2_NC, SYM, 4, ANY, false, F_MOV_G2_NC) \
	X(269, MOVW_UABS_G3, SYM, 4, ANY, false, F_MOV_G3) \
	X(270, MOVW_SABS_G0, SYM, 4, SIGNED, false, F_MOVS_G0) \
	X(271, MOVW_SABS_G1, SYM, 4, SIGNED, false, F_MOVS_G1) \
	X(272, MOVW_SABS_G2, SYM, 4, ANY, false, F_MOVS_G2) \
	X(273, LD_PREL_LO19, SYM, 4, NEAR, true, F_LITERAL19) \
	X(274, ADR_PREL_LO21, SYM, 4, NEAR, true, F_ADR) \
	X(275, ADR_PREL_PG_HI21, SYM, 4, SIGNED, true, F_ADRP) \
	X(276, ADR_PREL_PG_HI21_NC, SYM, 4, SIGNED, true, F_ADRP_NC) \
	X(277, ADD_ABS_LO12_NC, SYM, 4, ANY, false, F_ADD_LO12_NC) \
	X(278, LDST8_ABS_LO12_NC, SYM, 4, ANY, false, F_LD8_NC) \
	X(279, TSTBR14, SYM, 4, NEAR, true, F_BRANCH14) \
	X(280, CONDBR19, SYM, 4, NEAR, true, F_LITERAL19) \
	X(282, JUMP26, PLT, 4, SIGNED, true, F_BRANCH26) \
	X(283, CALL26, PLT, 4, SIGNED, true, F_BRANCH26) \
	X(284, LDST16_ABS_LO12_NC, SYM, 4, ANY, false, F_LD16_NC) \
	X(285, LDST32_ABS_LO12_NC, SYM, 4, ANY, false, F_LD32_NC) \
	X(286, LDST64_ABS_LO12_NC, SYM, 4, ANY, false, F_LD64_NC) \
	X(287, MOVW_PREL_G0, SYM, 4, NEAR, true, F_MOVS_G0) \
	X(288, MOVW_PREL_G0_NC, SYM, 4, ANY, true, F_MOV_G0_NC) \
	X(289, MOVW_PREL_G1, SYM, 4, SIGNED, true, F_MOVS_G1) \
	X(290, MOVW_PREL_G1_NC, SYM, 4, ANY, true, F_MOV_G1_NC) \
	X(291, MOVW_PREL_G2, SYM, 4, ANY, true, F_MOVS_G2) \
	X(292, MOVW_PREL_G2_NC, SYM, 4, ANY, true, F_MOV_G2_NC) \
	X(293, MOVW_PREL_G3, SYM, 4, ANY, true, F_MOVS_G3) \
	X(299, LDST128_ABS_LO12_NC, SYM, 4, ANY, false, F_LD128_NC) \
	X(300, MOVW_GOTOFF_G0, GOTOFF, 4, ANY, false, F_MOVS_G0) \
	X(301, MOVW_GOTOFF_G0_NC, GOTOFF, 4, ANY, false, F_MOV_G0_NC) \
	X(302, MOVW_GOTOFF_G1, GOTOFF, 4, ANY, false, F_MOVS_G1) \
	X(303, MOVW_GOTOFF_G1_NC, GOTOFF, 4, ANY, false, F_MOV_G1_NC) \
	X(304, MOVW_GOTOFF_G2, GOTOFF, 4, ANY, false, F_MOVS_G2) \
	X(305, MOVW_GOTOFF_G2_NC, GOTOFF, 4, ANY, false, F_MOV_G2_NC) \
	X(306, MOVW_GOTOFF_G3, GOTOFF, 4, ANY, false, F_MOVS_G3) \
	X(307, GOTREL64, GOTREL, 8, ANY, false, F_BYTES) \
	X(308, GOTREL32, GOTREL, 4, SIGNED, false, F_BYTES) \
	X(309, GOT_LD_PREL19, SLOT, 4, NEAR, true, F_LITERAL19) \
	X(310, LD64_GOTOFF_LO15, GOTOFF, 4, ANY, false, F_LD64_LO15) \
	X(311, ADR_GOT_PAGE, SLOT, 4, SIGNED, true, F_ADRP) \
	X(312, LD64_GOT_LO12_NC, SLOT, 4, ANY, false, F_LD64_NC) \
	X(313, LD64_GOTPAGE_LO15, GOTPAGE, 4, ANY, false, F_LD64_LO15) \
	X(314, PLT32, PLT, 4, SIGNED, true, F_BYTES) \
	X(315, GOTPCREL32, SLOT, 4, SIGNED, true, F_BYTES) \
	X(512, TLSGD_ADR_PREL21, TLS_GD, 4, NEAR, true, F_ADR) \
	X(513, TLSGD_ADR_PAGE21, TLS_GD, 4, SIGNED, true, F_ADRP) \
	X(514, TLSGD_ADD_LO12_NC, TLS_GD, 4, ANY, false, F_ADD_LO12_NC) \
	X(515, TLSGD_MOVW_G1, TLS_GDOFF, 4, ANY, false, F_MOVS_G1) \
	X(516, TLSGD_MOVW_G0_NC, TLS_GDOFF, 4, ANY, false, F_MOV_G0_NC) \
	X(517, TLSLD_ADR_PREL21, TLS_LD, 4, NEAR, true, F_ADR) \
	X(518, TLSLD_ADR_PAGE21, TLS_LD, 4, SIGNED, true, F_ADRP) \
	X(519, TLSLD_ADD_LO12_NC, TLS_LD, 4, ANY, false, F_ADD_LO12_NC) \
	X(520, TLSLD_MOVW_G1, TLS_LDOFF, 4, ANY, false, F_MOVS_G1) \
	X(521, TLSLD_MOVW_G0_NC, TLS_LDOFF, 4, ANY, false, F_MOV_G0_NC) \
	X(522, TLSLD_LD_PREL19, TLS_LD, 4, NEAR, true, F_LITERAL19) \
	X(523, TLSLD_MOVW_DTPREL_G2, TLS_DTP, 4, ANY, false, F_MOVS_G2) \
	X(524, TLSLD_MOVW_DTPREL_G1, TLS_DTP, 4, ANY, false, F_MOVS_G1) \
	X(525, TLSLD_MOVW_DTPREL_G1_NC, TLS_DTP, 4, ANY, false, F_MOV_G1_NC) \
	X(526, TLSLD_MOVW_DTPREL_G0, TLS_DTP, 4, ANY, false, F_MOVS_G0) \
	X(527, TLSLD_MOVW_DTPREL_G0_NC, TLS_DTP, 4, ANY, false, F_MOV_G0_NC) \
	X(528, TLSLD_ADD_DTPREL_HI12, TLS_DTP, 4, ANY, false, F_ADD_HI12) \
	X(529, TLSLD_ADD_DTPREL_LO12, TLS_DTP, 4, ANY, false, F_ADD_LO12) \
	X(530, TLSLD_ADD_DTPREL_LO12_NC, TLS_DTP, 4, ANY, false, \
	    F_ADD_LO12_NC) \
	X(531, TLSLD_LDST8_DTPREL_LO12, TLS_DTP, 4, ANY, false, F_LD8) \
	X(532, TLSLD_LDST8_DTPREL_LO12_NC, TLS_DTP, 4, ANY, false, F_LD8_NC) \
	X(533, TLSLD_LDST16_DTPREL_LO12, TLS_DTP, 4, ANY, false, F_LD16) \
	X(534, TLSLD_LDST16_DTPREL_LO12_NC, TLS_DTP, 4, ANY, false, F_LD16_NC) \
	X(535, TLSLD_LDST32_DTPREL_LO12, TLS_DTP, 4, ANY, false, F_LD32) \
	X(536, TLSLD_LDST32_DTPREL_LO12_NC, TLS_DTP, 4, ANY, false, F_LD32_NC) \
	X(537, TLSLD_LDST64_DTPREL_LO12, TLS_DTP, 4, ANY, false, F_LD64) \
	X(538, TLSLD_LDST64_DTPREL_LO12_NC, TLS_DTP, 4, ANY, false, F_LD64_NC) \
	X(539, TLSIE_MOVW_GOTTPREL_G1, TLS_IEOFF, 4, ANY, false, F_MOVS_G1) \
	X(540, TLSIE_MOVW_GOTTPREL_G0_NC, TLS_IEOFF, 4, ANY, false, \
	    F_MOV_G0_NC) \
	X(541, TLSIE_ADR_GOTTPREL_PAGE21, TLS_IE, 4, SIGNED, true, F_ADRP) \
	X(542, TLSIE_LD64_GOTTPREL_LO12_NC, TLS_IE, 4, ANY, false, F_LD64_NC) \
	X(543, TLSIE_LD_GOTTPREL_PREL19, TLS_IE, 4, NEAR, true, F_LITERAL19) \
	X(544, TLSLE_MOVW_TPREL_G2, TLS_LE, 4, ANY, false, F_MOVS_G2) \
	X(545, TLSLE_MOVW_TPREL_G1, TLS_LE, 4, ANY, false, F_MOVS_G1) \
	X(546, TLSLE_MOVW_TPREL_G1_NC, TLS_LE, 4, ANY, false, F_MOV_G1_NC) \
	X(547, TLSLE_MOVW_TPREL_G0, TLS_LE, 4, ANY, false, F_MOVS_G0) \
	X(548, TLSLE_MOVW_TPREL_G0_NC, TLS_LE, 4, ANY, false, F_MOV_G0_NC) \
	X(549, TLSLE_ADD_TPREL_HI12, TLS_LE, 4, ANY, false, F_ADD_HI12) \
	X(550, TLSLE_ADD_TPREL_LO12, TLS_LE, 4, ANY, false, F_ADD_LO12) \
	X(551, TLSLE_ADD_TPREL_LO12_NC, TLS_LE, 4, ANY, false, F_ADD_LO12_NC) \
	X(552, TLSLE_LDST8_TPREL_LO12, TLS_LE, 4, ANY, false, F_LD8) \
	X(553, TLSLE_LDST8_TPREL_LO12_NC, TLS_LE, 4, ANY, false, F_LD8_NC) \
	X(554, TLSLE_LDST16_TPREL_LO12, TLS_LE, 4, ANY, false, F_LD16) \
	X(555, TLSLE_LDST16_TPREL_LO12_NC, TLS_LE, 4, ANY, false, F_LD16_NC) \
	X(556, TLSLE_LDST32_TPREL_LO12, TLS_LE, 4, ANY, false, F_LD32) \
	X(557, TLSLE_LDST32_TPREL_LO12_NC, TLS_LE, 4, ANY, false, F_LD32_NC) \
	X(558, TLSLE_LDST64_TPREL_LO12, TLS_LE, 4, ANY, false, F_LD64) \
	X(559, TLSLE_LDST64_TPREL_LO12_NC, TLS_LE, 4, ANY, false, F_LD64_NC) \
	X(560, TLSDESC_LD_PREL19, TLS_DESC, 4, NEAR, true, F_LITERAL19) \
	X(561, TLSDESC_ADR_PREL21, TLS_DESC, 4, NEAR, true, F_ADR) \
	X(562, TLSDESC_ADR_PAGE21, TLS_DESC, 4, SIGNED, true, F_ADRP) \
	X(563, TLSDESC_LD64_LO12, TLS_DESC, 4, ANY, false, F_LD64_NC) \
	X(564, TLSDESC_ADD_LO12, TLS_DESC, 4, ANY, false, F_ADD_LO12_NC) \
	X(565, TLSDESC_OFF_G1, TLS_DESCOFF, 4, ANY, false, F_MOVS_G1) \
	X(566, TLSDESC_OFF_G0_NC, TLS_DESCOFF, 4, ANY, false, F_MOV_G0_NC) \
	X(567, TLSDESC_LDR, NONE, 0, ANY, false, F_BYTES) \
	X(568, TLSDESC_ADD, NONE, 0, ANY, false, F_BYTES) \
	X(569, TLSDESC_CALL, NONE, 0, ANY, false, F_BYTES) \
	X(570, TLSLE_LDST128_TPREL_LO12, TLS_LE, 4, ANY, false, F_LD128) \
	X(571, TLSLE_LDST128_TPREL_LO12_NC, TLS_LE, 4, ANY, false, F_LD128_NC) \
	X(572, TLSLD_LDST128_DTPREL_LO12, TLS_DTP, 4, ANY, false, F_LD128) \
	X(573, TLSLD_LDST128_DTPREL_LO12_NC, TLS_DTP, 4, ANY, false, \
	    F_LD128_NC) \
	X(1024, COPY, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1025, GLOB_DAT, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1026, JUMP_SLOT, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1027, RELATIVE, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1028, TLS_DTPMOD, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1029, TLS_DTPREL, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1030, TLS_TPREL, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1031, TLSDESC, UNKNOWN, 0, ANY, false, F_BYTES) \
	X(1032, IRELATIVE, UNKNOWN, 0, ANY, false, F_BYTES)

#define PREFIX "R_AARCH64_"
#define LAST .field =
#include "reltable.h"

static bool
in_range(uint64_t v, int range)
{
	uint64_t half;

	if (range == 0)
		return true;
	if (range > 0)
		return v >> range == 0;
	half = UINT64_C(1) << (-range - 1);
	return v + half < 2 * half;
}

static const char *
set(uint8_t *at, unsigned field, uint64_t v)
{
	const unsigned form = fields[field].form, shift = fields[field].shift;
	const uint64_t place = (uintptr_t)at;
	uint32_t mask = (UINT32_C(1) << fields[field].width) - 1, bits, code;

	if (form == PAGES)
		v = ((v + place) & ~UINT64_C(0xfff)) -
		    (place & ~UINT64_C(0xfff));
	if (!in_range(v, fields[field].range))
		return "out of reach; compile with -fPIC or another -mcmodel";
	if (form == SCALED && v & ((UINT64_C(1) << shift) - 1))
		return "it is not aligned as the instruction needs it";
	memcpy(&code, at, sizeof(code));
	if (form == MOV_NEGATE) {
		bool negative = v >> 63;

		code &= ~(UINT32_C(3) << 29);
		code |= negative ? 0 : UINT32_C(2) << 29;
		v = negative ? ~v : v;
	}
	bits = (uint32_t)(v >> shift) & mask;
	if (form == SPLIT || form == PAGES) {
		code = (code & ~(UINT32_C(3) << 29)) | (bits & 3) << 29;
		mask >>= 2;
		bits >>= 2;
	}
	code = (code & ~(mask << fields[field].at)) | bits << fields[field].at;
	memcpy(at, &code, sizeof(code));
	return NULL;
}

/* Instructions, by the Arm Architecture Reference Manual, C6.2. */
#define BTI_C 0xd503245fu
#define NOP 0xd503201fu
#define ADRP_X16 0x90000010u
#define ADD_X16_X16 0x91000210u
#define LDR_X16_X16 0xf9400210u
#define BR_X16 0xd61f0200u
#define MOV_W0_0 0x52800000u /* + the register */
#define LDR_LITERAL_X0 0x58000000u

#define STUB_SIZE 32
#define DESC_SIZE 64
#define VENEER_SIZE 16

static uint8_t *
put(uint8_t *at, uint32_t code)
{
	memcpy(at, &code, sizeof(code));
	return at + sizeof(code);
}

/* Two instructions that make an address of the image, or load from it. */
static uint8_t *
put_pair(uint8_t *at, uint32_t first, uint32_t second, unsigned field,
    uint64_t target)
{
	uint8_t *end = put(put(at, first), second);

	/* the image is smaller than their reach, slots are aligned */
	set(at, F_ADRP, target - (uintptr_t)at);
	set(at + 4, field, target);
	return end;
}

/* bti c; ldr x16, slot; br x16 */
static void
jump(uint8_t *at, uint64_t slot)
{
	at = put(at, BTI_C);
	at = put_pair(at, ADRP_X16, LDR_X16_X16, F_LD64_NC, slot);
	put(at, BR_X16);
}

/* The same with `ldr xARG, =value`, which is the stub's last 8 bytes. */
static void
jump_with(
    uint8_t *at, uint64_t slot, unsigned arg, unsigned clear, uint64_t value)
{
	uint8_t *literal = at + STUB_SIZE - sizeof(value);

	at = put(at, BTI_C);
	for (; clear < arg; clear++)
		at = put(at, MOV_W0_0 | clear);
	put(at, LDR_LITERAL_X0 | arg);
	set(at, F_LITERAL19, (uint64_t)(literal - at));
	at = put_pair(at + 4, ADRP_X16, LDR_X16_X16, F_LD64_NC, slot);
	put(at, BR_X16);
	memcpy(literal, &value, sizeof(value));
}

/* adrp x16; add x16; br x16: x16 is for veneers (AAPCS64, 6.1.1). */
static void
veneer(uint8_t *at, uint64_t target)
{
	at = put_pair(at, ADRP_X16, ADD_X16_X16, F_ADD_LO12_NC, target);
	put(put(at, BR_X16), NOP);
}

/*
 * x0 is a descriptor's address; x0 and flags only may change. The block's own
 * descriptor tells how far the block is from the thread pointer, and the second
 * word of this one, how far into it the variable lies.
 */
static void
tlsdesc(uint8_t *at, uint64_t carrier)
{
	static const uint32_t code[] = {
	    BTI_C, 0xa9be7be0, /* stp x0, x30, [sp, #-32]! */
	    0xf9000be1,        /* str x1, [sp, #16] */
	    0x580001a0, /* ldr x0, =carrier: DESC_SIZE - 8 less 12 away */
	    0xf9400001, /* ldr x1, [x0] */
	    0xd63f0020, /* blr x1 */
	    0xa9407be1, /* ldp x1, x30, [sp] */
	    0xf9400421, /* ldr x1, [x1, #8] */
	    0x8b010000, /* add x0, x0, x1 */
	    0xf9400be1, /* ldr x1, [sp, #16] */
	    0x910083ff, /* add sp, sp, #32 */
	    0xd65f03c0, /* ret */
	};

	memcpy(at, code, sizeof(code));
	set(at + 12, F_LITERAL19, DESC_SIZE - 8 - 12);
	memcpy(at + DESC_SIZE - 8, &carrier, sizeof(carrier));
}

#define NROWS (sizeof(types) / sizeof(types[0]))
static const struct relblock blocks[] = {{0, ROWS_256},
    {ROWS_256, ROWS_512 - ROWS_256}, {ROWS_512, ROWS_1024 - ROWS_512}, {0, 0},
    {ROWS_1024, NROWS - ROWS_1024}};

const struct reltypes gort__reltypes_elf = {
    types, (const char *)&names, 5, blocks};

const struct relmachine gort__relmachine = {
    .word = 8,
    .stub_size = STUB_SIZE,
    .desc_size = DESC_SIZE,
    .elf = 183, /* EM_AARCH64 */
    .rela = true,
    .dtpmod = 1028,
    .tpoff = 1030,
    .tlsdesc_type = 1031,
    .branch = UINT32_C(128) << 20,
    .veneer_size = VENEER_SIZE,
    .set = set,
    .veneer = veneer,
    .helper = gort__link_helper,
    .jump = jump,
    .jump_with = jump_with,
    .tlsdesc = tlsdesc,
};
