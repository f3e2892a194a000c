/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a ucontext, of a signal handler or for libunwind: Linux
 * 386.
 */
#include "ucontext_regs.h"

#include <sys/ucontext.h>

static const int greg[REGS_KEPT] = {REG_EBX, REG_EBP, REG_ESI, REG_EDI};

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	const greg_t *g = uc->uc_mcontext.gregs;
	int i;

	regs->pc = (uintptr_t)g[REG_EIP];
	regs->sp = (uintptr_t)g[REG_ESP];
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = (uintptr_t)g[greg[i]];
}

void
gort__ucontext_set(void *ucontext, const struct gort__regs *regs)
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;
	int i;

	g[REG_EIP] = (greg_t)regs->pc;
	g[REG_ESP] = (greg_t)regs->sp;
	for (i = 0; i < REGS_KEPT; i++)
		g[greg[i]] = (greg_t)regs->r[i];
}

/* 386 has no red zone: what lies below esp is nobody's. */
void
gort__ucontext_call(void *ucontext, void (*fn)(void))
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;

	g[REG_ESP] -= 4;
	*(greg_t *)g[REG_ESP] = g[REG_EIP];
	g[REG_EIP] = (greg_t)(uintptr_t)fn;
}

/* Returning restores what else the kernel has saved. */
void
gort__ucontext_leave(const void *ucontext, const void *caller)
{
	(void)ucontext;
	(void)caller;
}
