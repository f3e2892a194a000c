/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a CONTEXT: Windows 386. Faults come to a vectored handler,
 * as gort__catch has no record in the list of frame handlers.
 */
#include "context_windows.h"

void
gort__context_get(const CONTEXT *c, struct gort__regs *regs)
{
	regs->pc = c->Eip;
	regs->sp = c->Esp;
	regs->r[K_BX] = c->Ebx;
	regs->r[K_BP] = c->Ebp;
	regs->r[K_SI] = c->Esi;
	regs->r[K_DI] = c->Edi;
}

/* 386 has no red zone: what lies below esp is nobody's. */
void
gort__context_call(CONTEXT *c, void (*fn)(void), char *hi)
{
	c->Esp = (hi ? (uintptr_t)hi : c->Esp) - 4;
	*(uint32_t *)c->Esp = c->Eip;
	c->Eip = (uintptr_t)fn;
}

/* All of them, before the handlers of frames nearer to the fault are asked. */
bool
gort__fault_is_vectored(const EXCEPTION_RECORD *rec)
{
	(void)rec;
	return true;
}

bool
gort__thread_regs(HANDLE thread, struct gort__thread_regs *regs)
{
	CONTEXT c;

	c.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
	if (!GetThreadContext(thread, &c))
		return false;
	regs->sp = c.Esp;
	regs->pc = c.Eip;
	/* Edi to Ebp lie in a row */
	regs->nwords = 7;
	memcpy(regs->word, &c.Edi, 7 * sizeof(regs->word[0]));
	return true;
}
