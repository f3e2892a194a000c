/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, Windows amd64. %r11 is volatile and no argument (Microsoft,
 * "x64 calling convention"). A leaf without a frame, so it needs no unwind
 * data. The jump goes through the import table, so no thunk of the linker
 * disturbs %r11. The linker exports fn by the directive.
 */
#ifndef GORT_STUB_WIN_AMD64_H
#define GORT_STUB_WIN_AMD64_H

#define GORT__STUB(fn) \
	__asm__(".pushsection .text\n\t" \
		".globl " #fn "\n\t" \
		".def " #fn "; .scl 2; .type 32; .endef\n\t" \
		".p2align 4\n" #fn ":\n\t" \
		"leaq gort__export_" #fn "(%rip), %r11\n\t" \
		"jmp *__imp_gort__entry(%rip)\n\t" \
		".popsection\n\t" \
		".pushsection .drectve,\"yn\"\n\t" \
		".ascii \" -export:\\\"" #fn "\\\"\"\n\t" \
		".popsection")

#endif
