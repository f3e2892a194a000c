/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What MSVC's compilers call to guard a frame (/GS) and an indirect call
 * (/guard:cf), in place of their C run-time's; loader/link_msvc.c.
 */
#include "asm.h"

#ifdef _WIN32
#define FUNCTION_BEGIN
#define FUNCTION_END
#else
#define FUNCTION_BEGIN .cfi_startproc
#define FUNCTION_END .cfi_endproc
#endif

	/* uintptr_t gort__msguard_cookie */
	.data
	.p2align 3
	PRIVATE(gort__msguard_cookie)
SYM(gort__msguard_cookie):
	.quad	0
	END(gort__msguard_cookie)

	.text

/*
 * __security_check_cookie
 * In: rcx, the cookie that the caller's frame has kept. No register changes
 * but flags: rax is the caller's result. Does not return if it is another.
 */
HIDDEN_FUNC(gort__msguard_check)
	FUNCTION_BEGIN
	LANDING
	cmpq	SYM(gort__msguard_cookie)(%rip), %rcx
	jne	1f
	ret
1:
#ifdef _WIN32
	movq	(%rsp), %rcx
	subq	$40, %rsp	/* 32 are the function's, 8 align */
#else
	movq	(%rsp), %rdi
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
#endif
	call	SYM(gort__msguard_smashed)
	hlt
	FUNCTION_END
END(gort__msguard_check)

/* __guard_check_icall_fptr: may rcx be called? No register changes. */
HIDDEN_FUNC(gort__msguard_icall)
	FUNCTION_BEGIN
	LANDING
	ret
	FUNCTION_END
END(gort__msguard_icall)

/* __guard_dispatch_icall_fptr: the same with rax, and calls it. */
HIDDEN_FUNC(gort__msguard_dispatch)
	FUNCTION_BEGIN
	LANDING
	jmp	*%rax
	FUNCTION_END
END(gort__msguard_dispatch)

#ifdef __ELF__
	.section .note.GNU-stack, "", @progbits
#endif
