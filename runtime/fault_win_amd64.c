/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hardware faults as panics, on request: exceptions that an instruction below
 * a boundary raises. They come to gort__catch's language handler, after every
 * handler nearer to the instruction and after the process's vectored ones, so
 * nothing is installed. It makes the thread go on at gort__sigpanic, on the
 * faulting stack, behind a machine frame that says where the fault was. What
 * is not asked for, or not below a boundary, goes on to the next handler.
 */
#include "runtime.h"
#include "seh.h"

#include <signal.h>

static _Atomic bool on;

/* The exception as a signal of C; 0: not one of the hardware. */
static int
signal_of(const EXCEPTION_RECORD *rec)
{
	switch (rec->ExceptionCode) {
	case EXCEPTION_ACCESS_VIOLATION:
	case EXCEPTION_IN_PAGE_ERROR:
	case EXCEPTION_DATATYPE_MISALIGNMENT:
		return SIGSEGV;
	case EXCEPTION_INT_DIVIDE_BY_ZERO:
	case EXCEPTION_INT_OVERFLOW:
	case EXCEPTION_FLT_DENORMAL_OPERAND:
	case EXCEPTION_FLT_DIVIDE_BY_ZERO:
	case EXCEPTION_FLT_INEXACT_RESULT:
	case EXCEPTION_FLT_INVALID_OPERATION:
	case EXCEPTION_FLT_OVERFLOW:
	case EXCEPTION_FLT_UNDERFLOW:
		return SIGFPE;
	case EXCEPTION_ILLEGAL_INSTRUCTION:
	case EXCEPTION_PRIV_INSTRUCTION:
		return SIGILL;
	default:
		return 0;
	}
}

static const char *
cause(const EXCEPTION_RECORD *rec)
{
	switch (rec->ExceptionCode) {
	case EXCEPTION_ACCESS_VIOLATION:
		return rec->ExceptionInformation[0] == 8 ? "SIGSEGV: execution"
		       : rec->ExceptionInformation[0] == 1 ? "SIGSEGV: write"
							   : "SIGSEGV: read";
	case EXCEPTION_IN_PAGE_ERROR:
		return "SIGSEGV: in-page error";
	case EXCEPTION_INT_DIVIDE_BY_ZERO:
		return "SIGFPE: integer divide by zero";
	case EXCEPTION_INT_OVERFLOW:
		return "SIGFPE: integer overflow";
	case EXCEPTION_ILLEGAL_INSTRUCTION:
		return "SIGILL: illegal instruction";
	case EXCEPTION_PRIV_INSTRUCTION:
		return "SIGILL: privileged instruction";
	default:
		return signal_of(rec) == SIGFPE ? "SIGFPE: arithmetic exception"
						: "SIGSEGV: misaligned access";
	}
}

static uintptr_t
address_of(const EXCEPTION_RECORD *rec)
{
	if (rec->ExceptionCode == EXCEPTION_ACCESS_VIOLATION ||
	    rec->ExceptionCode == EXCEPTION_IN_PAGE_ERROR)
		return rec->ExceptionInformation[1];
	return (uintptr_t)rec->ExceptionAddress;
}

/* What the processor pushes for an interrupt. */
struct machine_frame {
	uint64_t ip, cs, flags, sp, ss;
};

static void
go_to_sigpanic(CONTEXT *c)
{
	/* gort__sigpanic takes 40 bytes more and is then 16-aligned */
	uintptr_t at =
	    ((c->Rsp - sizeof(struct machine_frame)) & ~(uintptr_t)15) - 8;
	struct machine_frame *mf = (struct machine_frame *)at;

	mf->ip = c->Rip;
	mf->cs = c->SegCs;
	mf->flags = c->EFlags;
	mf->sp = c->Rsp;
	mf->ss = c->SegSs;
	c->Rsp = at;
	c->Rip = (uintptr_t)&gort__sigpanic;
}

bool
gort__fault_take(const EXCEPTION_RECORD *rec, CONTEXT *context)
{
	struct g *gp = gort__getg();
	int sig = signal_of(rec), i;
	struct panic *p;

	if (!sig || !atomic_load(&on) ||
	    (rec->ExceptionFlags & EXCEPTION_NONCONTINUABLE))
		return false;
	p = gort__panic_new(gp);
	p->err.code = GORT_EFAULT;
	p->err.signo = sig;
	p->err.address = address_of(rec);
	snprintf(p->err.message, sizeof(p->err.message), "%s (address %p)",
	    cause(rec), (void *)p->err.address);
	p->regs.pc = context->Rip;
	p->regs.sp = context->Rsp;
	for (i = 0; i < REGS_KEPT; i++)
		p->regs.r[i] = (&context->Rax)[gort__kept_dwarf(i)];
	go_to_sigpanic(context);
	return true;
}

_Noreturn void
gort__sigpanic_c(void *sp)
{
	struct g *gp = gort__getg();
	struct panic *p = gp->panic;

	(void)sp;
	if (gp->raising) {
		gp->raising = false;
		gort__panic_blame(gp, p);
		gort__panic_land(gp, gort__boundary(gp), p);
	}
	gort__panic_raise(gp, p, &p->regs);
}

int
gort_catch_faults(int want)
{
	atomic_store(&on, want != 0);
	return 0;
}

void
gort__faults_off(void)
{
	atomic_store(&on, false);
}

/* Language handlers take faults there, on the thread's own stack. */
bool
gort__faults_on(void)
{
	return false;
}

void
gort__faults_thread(struct m *mp)
{
	(void)mp;
}

void
gort__faults_thread_end(struct m *mp)
{
	(void)mp;
}

void
gort__faults_free(struct m *mp)
{
	(void)mp;
}
