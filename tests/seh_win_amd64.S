/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * void seh_call(void (*fn)(void *), void *arg): call fn(arg) in a frame whose
 * handler is seh_handler, a language handler. Windows amd64.
 */
#include "../abi/asm.h"

	.text
FUNC(seh_call)
	.seh_proc seh_call
	.seh_handler seh_handler, @except
	subq	$40, %rsp
	.seh_stackalloc 40
	.seh_endprologue
	movq	%rcx, %rax
	movq	%rdx, %rcx
	call	*%rax
	nop
	addq	$40, %rsp
	ret
	.seh_endproc
END(seh_call)
