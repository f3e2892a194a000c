/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Export stub, Windows amd64. %r11 is volatile and no argument (Microsoft,
 * "x64 calling convention"). A leaf without a frame, so it needs no unwind
 * data. The jump goes through the import table, so no thunk of the linker
 * disturbs %r11. A C function, as gas for COFF cannot go back to the section
 * that the compiler was in.
 */
#ifndef GORT_STUB_WIN_AMD64_H
#define GORT_STUB_WIN_AMD64_H

/*
 * Words of arguments on the stack: one for each parameter after the fourth,
 * for at most 64 parameters; where a result in memory goes is the first. Not
 * known of variadic functions.
 */
#define GORT__EX_WORDS(ret, args) \
	(GORT__IS_VARIADIC(#args) \
		? GORT__EX_UNKNOWN \
		: GORT__WORDS(GORT__COUNT args + \
			      ((unsigned)GORT__EX_OF(ret) & GORT__EX_SRET)))
/* "...)" ends it; a space may stand between: what clang folds, too */
#define GORT__IS_VARIADIC(s) \
	(sizeof(s) > 6 && \
	    ((s)[sizeof(s) - 3] == '.' || \
		(s)[sizeof(s) - (sizeof(s) > 6 ? 4 : 1)] == '.'))
#define GORT__WORDS(n) ((n) > 4 ? ((n)-4u) << 8 : 0u)
#define GORT__COUNT(...) \
	GORT__COUNT1(__VA_ARGS__, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, \
	    53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, \
	    37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, \
	    21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, \
	    3, 2, 1, 0)
#define GORT__COUNT1(a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, \
    a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, \
    a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40, a41, a42, a43, \
    a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, \
    a59, a60, a61, a62, a63, a64, n, ...) \
	n##u

#define GORT__STUB(ret_, fn, args_) \
	_Pragma("GCC diagnostic push") \
	    _Pragma("GCC diagnostic ignored \"-Wunused-parameter\"") \
		__attribute__((naked)) ret_ fn args_ \
	{ \
		__asm__("leaq gort__export_" #fn "(%rip), %r11\n\t" \
			"jmp *__imp_gort__entry(%rip)"); \
	} \
	_Pragma( \
	    "GCC diagnostic pop") extern struct gort__export gort__export_##fn

#endif
