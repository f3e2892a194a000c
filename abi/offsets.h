/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Struct offsets that C and assembly share, in bytes. abi.h and regs.h assert
 * each against the C structs.
 */
#ifndef GORT_ABI_OFFSETS_H
#define GORT_ABI_OFFSETS_H

/* bytes of a pointer */
#if defined(__x86_64__) || defined(__aarch64__)
#define PTR 8
#else
#define PTR 4
#endif

/* struct gort__frame */
#define FRAME_PC 0
#define FRAME_BX (1 * PTR)
#define FRAME_SP (2 * PTR)
#define FRAME_IMAGE (3 * PTR)
#define FRAME_CTX (4 * PTR)
#define FRAME_TARGET (5 * PTR)
#define FRAME_BODY (6 * PTR)
#ifdef __i386__
#define FRAME_SIZE (7 * PTR)
#else
#define FRAME_SIZE (6 * PTR)
#endif

/* struct gort__ctx */
#define CTX_TOP 0
#define CTX_LIMIT (1 * PTR)
#define CTX_CALLS (2 * PTR)
#define CTX_STACK (3 * PTR)
#define CTX_SEG (5 * PTR)
#define CTX_FREESEG (6 * PTR)
#define CTX_PANIC (7 * PTR)
#define CTX_SCOPES (8 * PTR)

/* struct gort__outside */
#define OUTSIDE_FRAME 0
#define OUTSIDE_ERR (1 * PTR)
#define OUTSIDE_SEG (2 * PTR)
#define OUTSIDE_PANIC (3 * PTR)
#define OUTSIDE_SCOPES (4 * PTR)
#define OUTSIDE_SIZE (5 * PTR)

/* struct gort__segment; bounds are two words, lo and hi */
#define SEG_LINK 0
#define SEG_AT (1 * PTR)
#define SEG_FROM (3 * PTR)

/* struct gort__image, head */
#define IMAGE_GATE 0
#define IMAGE_DRAIN 1
#define IMAGE_INDEX 4

/* struct gort__export and a slot */
#define SLOT_TARGET 0
#define SLOT_FLAGS (1 * PTR)

/* struct gort__target */
#define TARGET_IMAGE 0
#define TARGET_BODY (1 * PTR)

/* struct gort__regs: pc, sp, then those that the machine's cpu_*.h lists */
#define REGS_PC 0
#define REGS_SP (1 * PTR)
#define REGS_R (2 * PTR)

/* struct gort_gobuf */
#define GOBUF_PC 0
#define GOBUF_SP (1 * PTR)
#define GOBUF_FP (2 * PTR)
#define GOBUF_SEH (4 * PTR)
#define GOBUF_HI (5 * PTR)
#define GOBUF_LO (6 * PTR)
#define GOBUF_AUX (7 * PTR)

/* the limit of split-stack code is this far above the stack's end */
#define SPLIT_RESERVE 1024

/* struct gort__defer */
#define DEFER_LINK 0
#define DEFER_FN (1 * PTR)
#define DEFER_ARG (2 * PTR)

/* gort__gostart: bytes before its first instruction; room above the stack
   pointer that Windows gives the called; and what lies above all: a return
   address, 0, or two exception registrations (runtime/stacktool_windows.c) */
#ifdef __aarch64__
#define GOSTART_SKIP 4
#else
#define GOSTART_SKIP 1
#endif
#if defined(_WIN32) && defined(__x86_64__)
#define GOSTART_SHADOW 32
#define GOSTART_ABOVE 16
#elif defined(_WIN32)
#define GOSTART_SHADOW 0
#define GOSTART_ABOVE 16
#else
#define GOSTART_SHADOW 0
#define GOSTART_ABOVE 0
#endif

/* struct gort__scope: registers, as in struct gort__regs, then REGS_MORE */
#define SCOPE_NEXT 0
#define SCOPE_REGS (4 * PTR)

/* struct gort__result */
#define RESULT_GPR 0
#define RESULT_FP 16
#define RESULT_ST 32
#define RESULT_X87 48
#define RESULT_MORE (48 + PTR)

/* struct gort__mskept: xmm6 to xmm15, rdi, rsi */
#define MSKEPT_DI 160
#define MSKEPT_SI 168

/* gort__xstate: how the slow path of gort__entry saves vector registers */
#define XSTATE_UNKNOWN 0
#define XSTATE_FXSAVE 1
#define XSTATE_XSAVEC 2

/* values of IMAGE_GATE: anything else takes the slow path */
#define GATE_OPEN 1

/* flags of a slot, GORT__EX_... in gort/module.h */
#define EX_SRET 1
#define EX_ST0 2

#endif
