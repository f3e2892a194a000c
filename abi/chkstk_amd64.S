/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Windows' compilers call before they make a frame of more than a page.
 */
#include "asm.h"

#ifdef _WIN32
#define CFA_OFFSET(n)
#else
#define CFA_OFFSET(n) .cfi_adjust_cfa_offset n
#endif

	.text

/*
 * ___chkstk_ms and __chkstk: touch each page of the rax bytes below the
 * caller's frame, from the top, as guard pages want it. No register changes,
 * nor does rsp: the caller subtracts rax itself.
 */
HIDDEN_FUNC(gort__chkstk)
#ifndef _WIN32
	.cfi_startproc
	endbr64
#endif
	pushq %rax
	CFA_OFFSET(8)
	pushq %r11
	CFA_OFFSET(8)
	leaq 24(%rsp), %r11
1:	subq $4096, %rax
	jbe 2f
	subq $4096, %r11
	testb %al, (%r11)
	jmp 1b
2:	addq $4096, %rax
	subq %rax, %r11
	testb %al, (%r11)
	popq %r11
	CFA_OFFSET(-8)
	popq %rax
	CFA_OFFSET(-8)
	ret
#ifndef _WIN32
	.cfi_endproc
#endif
END(gort__chkstk)

#ifdef __ELF__
	.section .note.GNU-stack, "", @progbits
#endif
