/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * libgort_split.a: the names that -fsplit-stack code calls, for linking into
 * the program or plugin that has such code, before libgcc's. They jump
 * through the GOT, as binding on the first call would destroy r10 and r11 and
 * has no stack to run on.
 */
#include "asm.h"

	/* to gold: callable from split code as it is */
	.section .note.GNU-split-stack, "", @progbits
	.section .note.GNU-no-split-stack, "", @progbits

	.text

/* __morestack, __morestack_non_split: see split_sysv_amd64.S. */
HIDDEN_FUNC(__morestack)
	.cfi_startproc
	LANDING
	jmp	*gort__morestack_split@GOTPCREL(%rip)
	.cfi_endproc
END(__morestack)

HIDDEN_FUNC(__morestack_non_split)
	.cfi_startproc
	LANDING
	jmp	*gort__morestack_non_split@GOTPCREL(%rip)
	.cfi_endproc
END(__morestack_non_split)

/*
 * gcc has the linker send pthread_create here, to give each thread's stack a
 * limit. Threads have none with us: only the stacks of contexts do.
 */
	.weak __real_pthread_create
HIDDEN_FUNC(__wrap_pthread_create)
	.cfi_startproc
	LANDING
	jmp	*__real_pthread_create@GOTPCREL(%rip)
	.cfi_endproc
END(__wrap_pthread_create)

	.type split_init, @function
split_init:
	.cfi_startproc
	LANDING
	jmp	*gort__split_init@GOTPCREL(%rip)
	.cfi_endproc
END(split_init)

	.section .init_array, "aw", @init_array
	.p2align 3
	.quad	split_init
