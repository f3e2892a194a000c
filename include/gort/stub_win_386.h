/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, Windows 386. Every register may hold an argument of some
 * convention, so the export's address goes to gort__entry on the stack, and
 * eax above it. The jump goes through the import table. A C function, as gas
 * for COFF cannot go back to the section that the compiler was in.
 */
#ifndef GORT_STUB_WIN_386_H
#define GORT_STUB_WIN_386_H

/* gort__entry copies no arguments */
#define GORT__EX_WORDS(ret, args) 0u

#define GORT__STUB(ret_, fn, args_) \
	_Pragma("GCC diagnostic push") \
	    _Pragma("GCC diagnostic ignored \"-Wunused-parameter\"") \
		__attribute__((naked)) ret_ fn args_ \
	{ \
		__asm__("pushl $_gort__export_" #fn "\n\t" \
			".cfi_adjust_cfa_offset 4\n\t" \
			"pushl %eax\n\t" \
			".cfi_adjust_cfa_offset 4\n\t" \
			"jmp *__imp__gort__entry"); \
	} \
	_Pragma( \
	    "GCC diagnostic pop") extern struct gort__export gort__export_##fn

#endif
