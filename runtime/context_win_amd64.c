/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a CONTEXT: Windows amd64. Faults come through gort__catch's
 * language handler, after every handler nearer to the instruction and after
 * the process's vectored ones; only of stack overflow does a vectored one take
 * care.
 */
#include "context_windows.h"

void
gort__context_get(const CONTEXT *c, struct gort__regs *regs)
{
	int i;

	regs->pc = c->Rip;
	regs->sp = c->Rsp;
	/* CONTEXT has them in the order of their numbers */
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = (&c->Rax)[gort__kept_dwarf(i)];
}

/* What the processor pushes for an interrupt; fn's unwind data says so. */
struct machine_frame {
	uint64_t ip, cs, flags, sp, ss;
};

void
gort__context_call(CONTEXT *c, void (*fn)(void), char *hi)
{
	uintptr_t from = hi ? (uintptr_t)hi : c->Rsp;
	/* fn takes 40 bytes more and is then 16-aligned */
	uintptr_t at =
	    ((from - sizeof(struct machine_frame)) & ~(uintptr_t)15) - 8;
	struct machine_frame *mf = (struct machine_frame *)at;

	mf->ip = c->Rip;
	mf->cs = c->SegCs;
	mf->flags = c->EFlags;
	mf->sp = c->Rsp;
	mf->ss = c->SegSs;
	c->Rsp = at;
	c->Rip = (uintptr_t)fn;
}

/* The dispatcher would not get to a frame's handler on what is left then. */
bool
gort__fault_is_vectored(const EXCEPTION_RECORD *rec)
{
	return rec->ExceptionCode == EXCEPTION_STACK_OVERFLOW;
}

bool
gort__thread_regs(HANDLE thread, struct gort__thread_regs *regs)
{
	CONTEXT c;

	c.ContextFlags = CONTEXT_CONTROL | CONTEXT_INTEGER;
	if (!GetThreadContext(thread, &c))
		return false;
	regs->sp = c.Rsp;
	regs->pc = c.Rip;
	/* Rax to R15 lie in a row */
	regs->nwords = 16;
	memcpy(regs->word, &c.Rax, 16 * sizeof(regs->word[0]));
	return true;
}
