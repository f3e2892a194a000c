/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The floating-point and vector registers, as a list for the clobbers of an
 * asm statement: GORT__FP_REGISTERS. Included by switch_*.h, jmpdefer_*.h.
 */
#ifndef GORT_CLOBBERS_H
#define GORT_CLOBBERS_H

/* clang-format off */
#if defined(__x86_64__) || defined(__i386__)
#define GORT__X87_REGISTERS \
	"st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"
#define GORT__XMM_LOW \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7"
#define GORT__XMM_MIDDLE \
	"xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"
#define GORT__XMM_HIGH \
	"xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", \
	"xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", \
	"xmm30", "xmm31"
#define GORT__MASKS "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#endif

#if defined(__x86_64__) && defined(__AVX512F__)
#define GORT__FP_REGISTERS \
	GORT__X87_REGISTERS, GORT__XMM_LOW, GORT__XMM_MIDDLE, GORT__XMM_HIGH, \
	GORT__MASKS
#elif defined(__x86_64__)
#define GORT__FP_REGISTERS \
	GORT__X87_REGISTERS, GORT__XMM_LOW, GORT__XMM_MIDDLE
#elif defined(__i386__) && defined(__AVX512F__)
#define GORT__FP_REGISTERS GORT__X87_REGISTERS, GORT__XMM_LOW, GORT__MASKS
#elif defined(__i386__) && defined(__SSE__)
#define GORT__FP_REGISTERS GORT__X87_REGISTERS, GORT__XMM_LOW
#elif defined(__i386__)
#define GORT__FP_REGISTERS GORT__X87_REGISTERS
#elif defined(__aarch64__)
/* x18 belongs to Apple's and Microsoft's systems; elsewhere it is scratch */
#if defined(__APPLE__) || defined(_WIN32)
#define GORT__PLATFORM_REGISTER
#else
#define GORT__PLATFORM_REGISTER "x18",
#endif
#define GORT__FP_REGISTERS \
	"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", \
	"v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", \
	"v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", \
	"v29", "v30", "v31"
#endif
/* clang-format on */

#endif
