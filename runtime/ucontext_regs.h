/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a signal handler's ucontext. Private; one variant of the
 * .c file an operating system and machine.
 */
#ifndef GORT_UCONTEXT_REGS_H
#define GORT_UCONTEXT_REGS_H

#include "../abi/regs.h"

/* What the interrupted code would give back to a caller; pc is exact. */
void gort__ucontext_get(const void *ucontext, struct gort__regs *regs);

/* The other way: for libunwind, in a cleared ucontext. */
void gort__ucontext_set(void *ucontext, const struct gort__regs *regs);

/*
 * Make the handler return to fn as if the interrupted instruction had called
 * it: its pc stands at the top of the stack as return address.
 */
void gort__ucontext_call(void *ucontext, void (*fn)(void));

/*
 * After that: leave the handler as its return would, cheaper. caller: the
 * return address of the handler. Returns where the kernel did not call it, or
 * more is to be restored than registers and the mask: then the handler's return
 * has to do it.
 */
void gort__ucontext_leave(const void *ucontext, const void *caller);

/*
 * Linux: is the word at `at` of a signal handler's stack a register that the
 * kernel has saved without a ucontext (386, where the handler has no
 * SA_SIGINFO)? Then the stack pointer of what was interrupted, else 0. The stack
 * may be any thread's.
 */
uintptr_t gort__oldframe_sp(uintptr_t at, uintptr_t word);

#endif
