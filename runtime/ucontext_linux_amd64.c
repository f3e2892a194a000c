/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a ucontext, of a signal handler or for libunwind: Linux
 * amd64.
 */
#include "ucontext_regs.h"

#include <sys/ucontext.h>

static const int greg[REGS_KEPT] = {
    REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15};

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	const greg_t *g = uc->uc_mcontext.gregs;
	int i;

	regs->pc = (uintptr_t)g[REG_RIP];
	regs->sp = (uintptr_t)g[REG_RSP];
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = (uintptr_t)g[greg[i]];
}

void
gort__ucontext_set(void *ucontext, const struct gort__regs *regs)
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;
	int i;

	g[REG_RIP] = (greg_t)regs->pc;
	g[REG_RSP] = (greg_t)regs->sp;
	for (i = 0; i < REGS_KEPT; i++)
		g[greg[i]] = (greg_t)regs->r[i];
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
