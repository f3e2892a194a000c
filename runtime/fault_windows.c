/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hardware faults as panics, on request: exceptions that an instruction below
 * a boundary raises. How they come here is the machine's matter
 * (gort__fault_hook). The thread then goes on at gort__sigpanic, on the
 * faulting stack. What is not asked for, or not below a boundary, goes on to
 * the next handler.
 */
#include "runtime.h"
#include "context_windows.h"

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

bool
gort__fault_take(const EXCEPTION_RECORD *rec, CONTEXT *context)
{
	struct g *gp = gort__getg();
	int sig = signal_of(rec);
	struct panic *p;

	if (!sig || !atomic_load(&on) ||
	    (rec->ExceptionFlags & EXCEPTION_NONCONTINUABLE))
		return false;
	p = gort__panic_new(gp);
	p->err.code = GORT_EFAULT;
	p->err.signo = sig;
	p->err.address = address_of(rec);
	snprintf(p->err.message, sizeof(p->err.message), "%s (address 0x%llx)",
	    cause(rec), (unsigned long long)p->err.address);
	gort__context_get(context, &p->regs);
	gort__context_call(context, gort__sigpanic);
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
		gort__unwind_broken(gp);
		gort__panic_blame(gp, p);
		gort__panic_land(gp, gort__boundary(gp), p);
	}
	gort__panic_raise(gp, p, &p->regs);
}

int
gort_catch_faults(int want)
{
	static struct gort__mutex lock = GORT__MUTEX_INIT;
	bool ok;

	gort__mutex_lock(&lock);
	ok = gort__fault_hook(want != 0);
	atomic_store(&on, ok && want != 0);
	gort__mutex_unlock(&lock);
	return ok ? 0
		  : gort__seterrf(
			GORT_ENOMEM, "no memory for an exception handler");
}

void
gort__faults_off(void)
{
	gort_catch_faults(0);
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
