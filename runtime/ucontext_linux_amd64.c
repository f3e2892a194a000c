/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a signal handler's ucontext: Linux amd64.
 */
#include "ucontext_regs.h"

#include <stdint.h>
#include <sys/ucontext.h>

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	const greg_t *g = uc->uc_mcontext.gregs;

	regs->pc = (uintptr_t)g[REG_RIP];
	regs->sp = (uintptr_t)g[REG_RSP];
	regs->bp = (uintptr_t)g[REG_RBP];
	regs->bx = (uintptr_t)g[REG_RBX];
	regs->r12 = (uintptr_t)g[REG_R12];
	regs->r13 = (uintptr_t)g[REG_R13];
	regs->r14 = (uintptr_t)g[REG_R14];
	regs->r15 = (uintptr_t)g[REG_R15];
}

/*
 * The word lies in the red zone (psABI 3.2.2): only a leaf function uses
 * that, and the instruction that faulted is not run again. So the frame of
 * the faulting function is just as its unwind data says.
 */
void
gort__ucontext_call(void *ucontext, void (*fn)(void))
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;

	g[REG_RSP] -= 8;
	*(greg_t *)g[REG_RSP] = g[REG_RIP];
	g[REG_RIP] = (greg_t)(uintptr_t)fn;
}
