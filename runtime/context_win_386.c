/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a CONTEXT: Windows 386. Faults come to a vectored handler,
 * as gort__catch has no record in the list of frame handlers.
 */
#include "context_windows.h"

static void *hook; /* what is installed; gort_catch_faults' lock */

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
gort__context_call(CONTEXT *c, void (*fn)(void))
{
	c->Esp -= 4;
	*(uint32_t *)c->Esp = c->Eip;
	c->Eip = (uintptr_t)fn;
}

static LONG WINAPI
on_exception(EXCEPTION_POINTERS *ep)
{
	struct g *gp = gort__getg();

	return gp && gort__boundary(gp) &&
		       gort__fault_take(ep->ExceptionRecord, ep->ContextRecord)
		   ? EXCEPTION_CONTINUE_EXECUTION
		   : EXCEPTION_CONTINUE_SEARCH;
}

/* First: the handlers of frames nearer to the fault are not asked. */
bool
gort__fault_hook(bool on)
{
	if (on && !hook)
		return (hook = AddVectoredExceptionHandler(1, on_exception)) !=
		       NULL;
	if (!on && hook) {
		RemoveVectoredExceptionHandler(hook);
		hook = NULL;
	}
	return true;
}

bool
gort__thread_regs(HANDLE thread, struct gort__regs *regs)
{
	CONTEXT c;

	c.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
	if (!GetThreadContext(thread, &c))
		return false;
	gort__context_get(&c, regs);
	return true;
}
