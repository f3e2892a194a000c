/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What MSVC's compilers call to guard a frame (/GS) and an indirect call
 * (/guard:cf), in place of their C run-time's; loader/link_msvc.c.
 */
#include "asm.h"

	/* uintptr_t gort__msguard_cookie */
	.data
	.p2align 2
	PRIVATE(gort__msguard_cookie)
SYM(gort__msguard_cookie):
	.long	0
	END(gort__msguard_cookie)

	.text

/*
 * __security_check_cookie, fastcall
 * In: ecx, the cookie that the caller's frame has kept. No register changes
 * but flags: eax and edx are the caller's result. Does not return if it is
 * another.
 */
HIDDEN_FUNC(gort__msguard_check)
	.cfi_startproc
#ifdef _WIN32
	cmpl	SYM(gort__msguard_cookie), %ecx
#else
	LANDING
	pushl	%eax
	.cfi_adjust_cfa_offset 4
	call	1f
	.cfi_adjust_cfa_offset 4
1:	popl	%eax
	.cfi_adjust_cfa_offset -4
	cmpl	gort__msguard_cookie-1b(%eax), %ecx
	popl	%eax
	.cfi_adjust_cfa_offset -4
#endif
	jne	2f
	ret
2:	movl	(%esp), %eax
	movl	%esp, %ecx
	.cfi_def_cfa_register %ecx
	andl	$-16, %esp
	subl	$16, %esp
	movl	%eax, (%esp)
	call	SYM(gort__msguard_smashed)
	hlt
	.cfi_endproc
END(gort__msguard_check)

/* __guard_check_icall_fptr, fastcall: may ecx be called? It changes nothing. */
HIDDEN_FUNC(gort__msguard_icall)
	.cfi_startproc
	LANDING
	ret
	.cfi_endproc
END(gort__msguard_icall)

#ifdef __ELF__
	.section .note.GNU-stack, "", @progbits
#endif
