/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a signal handler's ucontext: macOS amd64.
 */
#include "ucontext_regs.h"

#include <sys/ucontext.h>

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	const _STRUCT_X86_THREAD_STATE64 *s = &uc->uc_mcontext->__ss;

	regs->pc = s->__rip;
	regs->sp = s->__rsp;
	regs->r[K_BX] = s->__rbx;
	regs->r[K_BP] = s->__rbp;
	regs->r[K_R12] = s->__r12;
	regs->r[K_R13] = s->__r13;
	regs->r[K_R14] = s->__r14;
	regs->r[K_R15] = s->__r15;
}

void
gort__ucontext_set(void *ucontext, const struct gort__regs *regs)
{
	ucontext_t *uc = ucontext;
	_STRUCT_X86_THREAD_STATE64 *s = &uc->uc_mcontext->__ss;

	s->__rip = regs->pc;
	s->__rsp = regs->sp;
	s->__rbx = regs->r[K_BX];
	s->__rbp = regs->r[K_BP];
	s->__r12 = regs->r[K_R12];
	s->__r13 = regs->r[K_R13];
	s->__r14 = regs->r[K_R14];
	s->__r15 = regs->r[K_R15];
}

/* As on Linux: the word lies in the red zone of a leaf that is not gone on. */
void
gort__ucontext_call(void *ucontext, void (*fn)(void))
{
	ucontext_t *uc = ucontext;
	_STRUCT_X86_THREAD_STATE64 *s = &uc->uc_mcontext->__ss;

	s->__rsp -= 8;
	*(uint64_t *)s->__rsp = s->__rip;
	s->__rip = (uintptr_t)fn;
}

/* The kernel's return restores more than registers. */
void
gort__ucontext_leave(const void *ucontext, const void *caller)
{
	(void)ucontext;
	(void)caller;
}
