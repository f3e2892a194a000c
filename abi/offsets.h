/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Struct offsets that C and assembly share, in bytes, for targets with
 * 8-byte pointers. abi.h asserts each against the C structs.
 */
#ifndef GORT_ABI_OFFSETS_H
#define GORT_ABI_OFFSETS_H

/* struct gort__frame */
#define FRAME_PC 0
#define FRAME_BX 8
#define FRAME_SP 16
#define FRAME_IMAGE 24
#define FRAME_CTX 32
#define FRAME_TARGET 40
#define FRAME_SIZE 48

/* struct gort__ctx */
#define CTX_TOP 0
#define CTX_LIMIT 8
#define CTX_CALLS 16

/* struct gort__image, head */
#define IMAGE_GATE 0
#define IMAGE_DRAIN 1
#define IMAGE_INDEX 4

/* struct gort__export and a slot */
#define SLOT_TARGET 0

/* struct gort__target */
#define TARGET_IMAGE 0
#define TARGET_BODY 8

/* struct gort__regs */
#define REGS_PC 0
#define REGS_SP 8
#define REGS_BP 16
#define REGS_BX 24
#define REGS_R12 32
#define REGS_R15 56

/* gort__xstate: how the slow path of gort__entry saves vector registers */
#define XSTATE_UNKNOWN 0
#define XSTATE_FXSAVE 1
#define XSTATE_XSAVEC 2

/* values of IMAGE_GATE: anything else takes the slow path */
#define GATE_OPEN 1

#endif
