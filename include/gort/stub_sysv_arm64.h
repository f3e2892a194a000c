/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, arm64. x16 and x17 are the scratch registers of AAPCS64
 * (6.1.1): neither arguments nor preserved, and a branch by them may land on
 * a `bti c`. gort__entry's address comes from the GOT, so no lazy-binding
 * stub disturbs x17.
 */
#ifndef GORT_STUB_SYSV_ARM64_H
#define GORT_STUB_SYSV_ARM64_H

/* hint 34 is bti c, by its number for assemblers that do not know it */
/* gort__entry copies no arguments */
#define GORT__EX_WORDS(ret, args) 0u

#define GORT__STUB(ret, fn, args) \
	__asm__(".pushsection .text\n\t" \
		".globl " #fn "\n\t" \
		".type " #fn ", %function\n\t" \
		".p2align 4\n" #fn ":\n\t" \
		".cfi_startproc\n\t" \
		"hint #34\n\t" \
		"adrp x17, gort__export_" #fn "\n\t" \
		"adrp x16, :got:gort__entry\n\t" \
		"add x17, x17, :lo12:gort__export_" #fn "\n\t" \
		"ldr x16, [x16, :got_lo12:gort__entry]\n\t" \
		"br x16\n\t" \
		".cfi_endproc\n\t" \
		".size " #fn ", . - " #fn "\n\t" \
		".popsection")

#endif
