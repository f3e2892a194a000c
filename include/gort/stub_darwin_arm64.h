/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, macOS arm64: as System V's, in the words of Mach-O.
 */
#ifndef GORT_STUB_DARWIN_ARM64_H
#define GORT_STUB_DARWIN_ARM64_H

/* gort__entry copies no arguments */
#define GORT__EX_WORDS(ret, args) 0u

#define GORT__STUB(ret, fn, args) \
	__asm__(".text\n\t" \
		".globl _" #fn "\n\t" \
		".p2align 4\n_" #fn ":\n\t" \
		".cfi_startproc\n\t" \
		"adrp x17, _gort__export_" #fn "@PAGE\n\t" \
		"add x17, x17, _gort__export_" #fn "@PAGEOFF\n\t" \
		"adrp x16, _gort__entry@GOTPAGE\n\t" \
		"ldr x16, [x16, _gort__entry@GOTPAGEOFF]\n\t" \
		"br x16\n\t" \
		".cfi_endproc")

#endif
