/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, System V 386. Every register may hold an argument of some
 * convention, so the export's address goes to gort__entry on the stack, and
 * eax above it. The jump goes through the GOT: no lazy-binding stub.
 */
#ifndef GORT_STUB_SYSV_386_H
#define GORT_STUB_SYSV_386_H

/* gort__entry copies no arguments */
#define GORT__EX_WORDS(ret, args) 0u

#define GORT__STUB(ret, fn, args) \
	__asm__(".pushsection .text.gort__pc_to_eax,\"axG\",@progbits," \
		"gort__pc_to_eax,comdat\n\t" \
		".globl gort__pc_to_eax\n\t" \
		".hidden gort__pc_to_eax\n\t" \
		".type gort__pc_to_eax, @function\n" \
		".ifndef gort__pc_to_eax\n" \
		"gort__pc_to_eax:\n\t" \
		".cfi_startproc\n\t" \
		"movl (%esp), %eax\n\t" \
		"ret\n\t" \
		".cfi_endproc\n" \
		".endif\n\t" \
		".popsection\n\t" \
		".pushsection .text\n\t" \
		".globl " #fn "\n\t" \
		".type " #fn ", @function\n\t" \
		".p2align 4\n" #fn ":\n\t" \
		".cfi_startproc\n\t" \
		"endbr32\n\t" \
		"pushl %eax\n\t" \
		".cfi_adjust_cfa_offset 4\n\t" \
		"pushl %eax\n\t" \
		".cfi_adjust_cfa_offset 4\n\t" \
		"call gort__pc_to_eax\n\t" \
		"addl $_GLOBAL_OFFSET_TABLE_, %eax\n\t" \
		"addl $gort__export_" #fn "@GOTOFF, %eax\n\t" \
		"movl %eax, 4(%esp)\n\t" \
		"subl $gort__export_" #fn "@GOTOFF, %eax\n\t" \
		"jmp *gort__entry@GOT(%eax)\n\t" \
		".cfi_endproc\n\t" \
		".size " #fn ", . - " #fn "\n\t" \
		".popsection")

#endif
