/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What position-independent 386 code compiled with -fstack-protector calls
 * when it finds its stack smashed. glibc has it in the part that is linked
 * statically (libc_nonshared.a); who links without that, as a loader or
 * -nostdlib, has this one.
 */
#include "asm.h"

	.text

/*
 * void __stack_chk_fail_local(void)
 * In: any stack, aligned or not; ebx need not be the GOT. Does not return:
 * libc's __stack_chk_fail ends the process.
 */
HIDDEN_FUNC(__stack_chk_fail_local)
	.cfi_startproc
	LANDING
	andl	$-16, %esp
	.cfi_undefined %eip
	call	1f
1:	popl	%ebx
	addl	$_GLOBAL_OFFSET_TABLE_+[.-1b], %ebx
	call	__stack_chk_fail@PLT
	hlt
	.cfi_endproc
END(__stack_chk_fail_local)
