/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, macOS amd64: as System V's, in the words of Mach-O.
 */
#ifndef GORT_STUB_DARWIN_AMD64_H
#define GORT_STUB_DARWIN_AMD64_H

/* gort__entry copies no arguments */
#define GORT__EX_WORDS(ret, args) 0u

#define GORT__STUB(ret, fn, args) \
	__asm__(".text\n\t" \
		".globl _" #fn "\n\t" \
		".p2align 4, 0x90\n_" #fn ":\n\t" \
		".cfi_startproc\n\t" \
		"leaq _gort__export_" #fn "(%rip), %r11\n\t" \
		"jmpq *_gort__entry@GOTPCREL(%rip)\n\t" \
		".cfi_endproc")

#endif
