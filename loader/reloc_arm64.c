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

#define BYTES(n, name, kind, width, fit, pcrel) \
	[n] = {"R_AARCH64_" #name, REL_##kind, width, FIT_##fit, pcrel, 0, 0}
#define CODE(n, name, kind, field, fit, pcrel) \
	[n] = { \
	    "R_AARCH64_" #name, REL_##kind, 4, FIT_##fit, pcrel, 0, F_##field}
#define NOT(n, name) BYTES(n, name, UNKNOWN, 0, ANY, false)

/* FIT_ANY: the value needs no place that is near, or another one sees to it */
static const struct reltype types[] = {
    BYTES(0, NONE, NONE, 0, ANY, false),
    BYTES(256, NONE, NONE, 0, ANY, false),
    BYTES(257, ABS64, SYM, 8, ANY, false),
    BYTES(258, ABS32, SYM, 4, EITHER, false),
    BYTES(259, ABS16, SYM, 2, EITHER, false),
    BYTES(260, PREL64, SYM, 8, ANY, true),
    BYTES(261, PREL32, SYM, 4, EITHER, true),
    BYTES(262, PREL16, SYM, 2, EITHER, true),
    CODE(263, MOVW_UABS_G0, SYM, MOV_G0, UNSIGNED, false),
    CODE(264, MOVW_UABS_G0_NC, SYM, MOV_G0_NC, ANY, false),
    CODE(265, MOVW_UABS_G1, SYM, MOV_G1, UNSIGNED, false),
    CODE(266, MOVW_UABS_G1_NC, SYM, MOV_G1_NC, ANY, false),
    CODE(267, MOVW_UABS_G2, SYM, MOV_G2, ANY, false),
    CODE(268, MOVW_UABS_G2_NC, SYM, MOV_G2_NC, ANY, false),
    CODE(269, MOVW_UABS_G3, SYM, MOV_G3, ANY, false),
    CODE(270, MOVW_SABS_G0, SYM, MOVS_G0, SIGNED, false),
    CODE(271, MOVW_SABS_G1, SYM, MOVS_G1, SIGNED, false),
    CODE(272, MOVW_SABS_G2, SYM, MOVS_G2, ANY, false),
    CODE(273, LD_PREL_LO19, SYM, LITERAL19, NEAR, true),
    CODE(274, ADR_PREL_LO21, SYM, ADR, NEAR, true),
    CODE(275, ADR_PREL_PG_HI21, SYM, ADRP, SIGNED, true),
    CODE(276, ADR_PREL_PG_HI21_NC, SYM, ADRP_NC, SIGNED, true),
    CODE(277, ADD_ABS_LO12_NC, SYM, ADD_LO12_NC, ANY, false),
    CODE(278, LDST8_ABS_LO12_NC, SYM, LD8_NC, ANY, false),
    CODE(279, TSTBR14, SYM, BRANCH14, NEAR, true),
    CODE(280, CONDBR19, SYM, LITERAL19, NEAR, true),
    CODE(282, JUMP26, PLT, BRANCH26, SIGNED, true),
    CODE(283, CALL26, PLT, BRANCH26, SIGNED, true),
    CODE(284, LDST16_ABS_LO12_NC, SYM, LD16_NC, ANY, false),
    CODE(285, LDST32_ABS_LO12_NC, SYM, LD32_NC, ANY, false),
    CODE(286, LDST64_ABS_LO12_NC, SYM, LD64_NC, ANY, false),
    CODE(287, MOVW_PREL_G0, SYM, MOVS_G0, NEAR, true),
    CODE(288, MOVW_PREL_G0_NC, SYM, MOV_G0_NC, ANY, true),
    CODE(289, MOVW_PREL_G1, SYM, MOVS_G1, SIGNED, true),
    CODE(290, MOVW_PREL_G1_NC, SYM, MOV_G1_NC, ANY, true),
    CODE(291, MOVW_PREL_G2, SYM, MOVS_G2, ANY, true),
    CODE(292, MOVW_PREL_G2_NC, SYM, MOV_G2_NC, ANY, true),
    CODE(293, MOVW_PREL_G3, SYM, MOVS_G3, ANY, true),
    CODE(299, LDST128_ABS_LO12_NC, SYM, LD128_NC, ANY, false),
    CODE(300, MOVW_GOTOFF_G0, GOTOFF, MOVS_G0, ANY, false),
    CODE(301, MOVW_GOTOFF_G0_NC, GOTOFF, MOV_G0_NC, ANY, false),
    CODE(302, MOVW_GOTOFF_G1, GOTOFF, MOVS_G1, ANY, false),
    CODE(303, MOVW_GOTOFF_G1_NC, GOTOFF, MOV_G1_NC, ANY, false),
    CODE(304, MOVW_GOTOFF_G2, GOTOFF, MOVS_G2, ANY, false),
    CODE(305, MOVW_GOTOFF_G2_NC, GOTOFF, MOV_G2_NC, ANY, false),
    CODE(306, MOVW_GOTOFF_G3, GOTOFF, MOVS_G3, ANY, false),
    BYTES(307, GOTREL64, GOTREL, 8, ANY, false),
    BYTES(308, GOTREL32, GOTREL, 4, SIGNED, false),
    CODE(309, GOT_LD_PREL19, SLOT, LITERAL19, NEAR, true),
    CODE(310, LD64_GOTOFF_LO15, GOTOFF, LD64_LO15, ANY, false),
    CODE(311, ADR_GOT_PAGE, SLOT, ADRP, SIGNED, true),
    CODE(312, LD64_GOT_LO12_NC, SLOT, LD64_NC, ANY, false),
    CODE(313, LD64_GOTPAGE_LO15, GOTPAGE, LD64_LO15, ANY, false),
    BYTES(314, PLT32, PLT, 4, SIGNED, true),
    BYTES(315, GOTPCREL32, SLOT, 4, SIGNED, true),
    CODE(512, TLSGD_ADR_PREL21, TLS_GD, ADR, NEAR, true),
    CODE(513, TLSGD_ADR_PAGE21, TLS_GD, ADRP, SIGNED, true),
    CODE(514, TLSGD_ADD_LO12_NC, TLS_GD, ADD_LO12_NC, ANY, false),
    NOT(515, TLSGD_MOVW_G1),
    NOT(516, TLSGD_MOVW_G0_NC),
    CODE(517, TLSLD_ADR_PREL21, TLS_LD, ADR, NEAR, true),
    CODE(518, TLSLD_ADR_PAGE21, TLS_LD, ADRP, SIGNED, true),
    CODE(519, TLSLD_ADD_LO12_NC, TLS_LD, ADD_LO12_NC, ANY, false),
    NOT(520, TLSLD_MOVW_G1),
    NOT(521, TLSLD_MOVW_G0_NC),
    CODE(522, TLSLD_LD_PREL19, TLS_LD, LITERAL19, NEAR, true),
    CODE(523, TLSLD_MOVW_DTPREL_G2, TLS_DTP, MOVS_G2, ANY, false),
    CODE(524, TLSLD_MOVW_DTPREL_G1, TLS_DTP, MOVS_G1, ANY, false),
    CODE(525, TLSLD_MOVW_DTPREL_G1_NC, TLS_DTP, MOV_G1_NC, ANY, false),
    CODE(526, TLSLD_MOVW_DTPREL_G0, TLS_DTP, MOVS_G0, ANY, false),
    CODE(527, TLSLD_MOVW_DTPREL_G0_NC, TLS_DTP, MOV_G0_NC, ANY, false),
    CODE(528, TLSLD_ADD_DTPREL_HI12, TLS_DTP, ADD_HI12, ANY, false),
    CODE(529, TLSLD_ADD_DTPREL_LO12, TLS_DTP, ADD_LO12, ANY, false),
    CODE(530, TLSLD_ADD_DTPREL_LO12_NC, TLS_DTP, ADD_LO12_NC, ANY, false),
    CODE(531, TLSLD_LDST8_DTPREL_LO12, TLS_DTP, LD8, ANY, false),
    CODE(532, TLSLD_LDST8_DTPREL_LO12_NC, TLS_DTP, LD8_NC, ANY, false),
    CODE(533, TLSLD_LDST16_DTPREL_LO12, TLS_DTP, LD16, ANY, false),
    CODE(534, TLSLD_LDST16_DTPREL_LO12_NC, TLS_DTP, LD16_NC, ANY, false),
    CODE(535, TLSLD_LDST32_DTPREL_LO12, TLS_DTP, LD32, ANY, false),
    CODE(536, TLSLD_LDST32_DTPREL_LO12_NC, TLS_DTP, LD32_NC, ANY, false),
    CODE(537, TLSLD_LDST64_DTPREL_LO12, TLS_DTP, LD64, ANY, false),
    CODE(538, TLSLD_LDST64_DTPREL_LO12_NC, TLS_DTP, LD64_NC, ANY, false),
    NOT(539, TLSIE_MOVW_GOTTPREL_G1),
    NOT(540, TLSIE_MOVW_GOTTPREL_G0_NC),
    CODE(541, TLSIE_ADR_GOTTPREL_PAGE21, TLS_IE, ADRP, SIGNED, true),
    CODE(542, TLSIE_LD64_GOTTPREL_LO12_NC, TLS_IE, LD64_NC, ANY, false),
    CODE(543, TLSIE_LD_GOTTPREL_PREL19, TLS_IE, LITERAL19, NEAR, true),
    CODE(544, TLSLE_MOVW_TPREL_G2, TLS_LE, MOVS_G2, ANY, false),
    CODE(545, TLSLE_MOVW_TPREL_G1, TLS_LE, MOVS_G1, ANY, false),
    CODE(546, TLSLE_MOVW_TPREL_G1_NC, TLS_LE, MOV_G1_NC, ANY, false),
    CODE(547, TLSLE_MOVW_TPREL_G0, TLS_LE, MOVS_G0, ANY, false),
    CODE(548, TLSLE_MOVW_TPREL_G0_NC, TLS_LE, MOV_G0_NC, ANY, false),
    CODE(549, TLSLE_ADD_TPREL_HI12, TLS_LE, ADD_HI12, ANY, false),
    CODE(550, TLSLE_ADD_TPREL_LO12, TLS_LE, ADD_LO12, ANY, false),
    CODE(551, TLSLE_ADD_TPREL_LO12_NC, TLS_LE, ADD_LO12_NC, ANY, false),
    CODE(552, TLSLE_LDST8_TPREL_LO12, TLS_LE, LD8, ANY, false),
    CODE(553, TLSLE_LDST8_TPREL_LO12_NC, TLS_LE, LD8_NC, ANY, false),
    CODE(554, TLSLE_LDST16_TPREL_LO12, TLS_LE, LD16, ANY, false),
    CODE(555, TLSLE_LDST16_TPREL_LO12_NC, TLS_LE, LD16_NC, ANY, false),
    CODE(556, TLSLE_LDST32_TPREL_LO12, TLS_LE, LD32, ANY, false),
    CODE(557, TLSLE_LDST32_TPREL_LO12_NC, TLS_LE, LD32_NC, ANY, false),
    CODE(558, TLSLE_LDST64_TPREL_LO12, TLS_LE, LD64, ANY, false),
    CODE(559, TLSLE_LDST64_TPREL_LO12_NC, TLS_LE, LD64_NC, ANY, false),
    CODE(560, TLSDESC_LD_PREL19, TLS_DESC, LITERAL19, NEAR, true),
    CODE(561, TLSDESC_ADR_PREL21, TLS_DESC, ADR, NEAR, true),
    CODE(562, TLSDESC_ADR_PAGE21, TLS_DESC, ADRP, SIGNED, true),
    CODE(563, TLSDESC_LD64_LO12, TLS_DESC, LD64_NC, ANY, false),
    CODE(564, TLSDESC_ADD_LO12, TLS_DESC, ADD_LO12_NC, ANY, false),
    NOT(565, TLSDESC_OFF_G1),
    NOT(566, TLSDESC_OFF_G0_NC),
    BYTES(567, TLSDESC_LDR, NONE, 0, ANY, false),
    BYTES(568, TLSDESC_ADD, NONE, 0, ANY, false),
    BYTES(569, TLSDESC_CALL, NONE, 0, ANY, false),
    CODE(570, TLSLE_LDST128_TPREL_LO12, TLS_LE, LD128, ANY, false),
    CODE(571, TLSLE_LDST128_TPREL_LO12_NC, TLS_LE, LD128_NC, ANY, false),
    CODE(572, TLSLD_LDST128_DTPREL_LO12, TLS_DTP, LD128, ANY, false),
    CODE(573, TLSLD_LDST128_DTPREL_LO12_NC, TLS_DTP, LD128_NC, ANY, false),
    NOT(1024, COPY),
    NOT(1025, GLOB_DAT),
    NOT(1026, JUMP_SLOT),
    NOT(1027, RELATIVE),
    NOT(1028, TLS_DTPMOD),
    NOT(1029, TLS_DTPREL),
    NOT(1030, TLS_TPREL),
    NOT(1031, TLSDESC),
    NOT(1032, IRELATIVE),
};

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
#define ADRP_X17 0x90000011u
#define ADD_X16_X16 0x91000210u
#define LDR_X16_X16 0xf9400210u
#define LDR_X17_X17 0xf9400231u
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

const struct reltypes gort__reltypes_elf = {
    types, sizeof(types) / sizeof(types[0])};

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
