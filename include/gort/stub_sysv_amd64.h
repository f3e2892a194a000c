/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, System V amd64. %r11 is the scratch register of the psABI
 * (3.2.3, "Parameter Passing"): neither an argument nor preserved. The jump
 * goes through the GOT, so no lazy-binding stub disturbs %r11.
 */
#ifndef GORT_STUB_SYSV_AMD64_H
#define GORT_STUB_SYSV_AMD64_H

/* gort__entry copies no arguments */
#define GORT__EX_WORDS(ret, args) 0u

#define GORT__STUB(ret, fn, args) \
	__asm__(".pushsection .text\n\t" \
		".globl " #fn "\n\t" \
		".type " #fn ", @function\n\t" \
		".p2align 4\n" #fn ":\n\t" \
		".cfi_startproc\n\t" \
		"endbr64\n\t" \
		"leaq gort__export_" #fn "(%rip), %r11\n\t" \
		"jmp *gort__entry@GOTPCREL(%rip)\n\t" \
		".cfi_endproc\n\t" \
		".size " #fn ", . - " #fn "\n\t" \
		".popsection")

#endif
