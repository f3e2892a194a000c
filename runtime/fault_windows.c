/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hardware faults as panics, on request: exceptions that an instruction below
 * a boundary raises. How they come here is the machine's matter
 * (gort__fault_is_vectored). The thread then goes on at gort__sigpanic, on the
 * faulting stack. What is not asked for, or not below a boundary, goes on to
 * the next handler.
 *
 * When that stack has overflowed the panic runs on the m's spare one: what the
 * system leaves for handlers is little (6 KiB by wine 8, whatever was asked
 * for). The TEB's bounds hold both until the boundary has been landed on; then
 * the guard page is put back, which the system took away.
 */
#include "runtime.h"
#include "context_windows.h"
#include "teb.h"

#include <malloc.h>
#include <signal.h>

/* What shall be left of a full stack, for handlers. */
#define GUARANTEE 16384
#define SPARE_BYTES (256 << 10)

/* The exception as a signal of C; 0: not one of the hardware. */
static int
signal_of(const EXCEPTION_RECORD *rec)
{
	switch (rec->ExceptionCode) {
	case EXCEPTION_ACCESS_VIOLATION:
	case EXCEPTION_IN_PAGE_ERROR:
	case EXCEPTION_DATATYPE_MISALIGNMENT:
	case EXCEPTION_STACK_OVERFLOW:
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

static void
describe(const EXCEPTION_RECORD *rec, struct gort_error *err)
{
	err->code = GORT_EFAULT;
	err->signo = signal_of(rec);
	err->address = address_of(rec);
	if (rec->ExceptionCode == EXCEPTION_STACK_OVERFLOW)
		gort__copy(err->message, sizeof(err->message),
		    "SIGSEGV: stack overflow");
	else
		snprintf(err->message, sizeof(err->message),
		    "%s (address 0x%llx)", cause(rec),
		    (unsigned long long)err->address);
}

/* For a panic of mp's that is to run on its spare stack. */
static void
widen_teb(struct m *mp)
{
	struct teb *t = teb();

	mp->teb[0] = t->base;
	mp->teb[1] = t->limit;
	mp->teb[2] = *teb_deallocation();
	if ((char *)t->base < mp->spare.hi)
		t->base = mp->spare.hi;
	if ((char *)t->limit > mp->spare.lo)
		t->limit = mp->spare.lo;
	if ((char *)*teb_deallocation() > mp->spare.lo)
		*teb_deallocation() = mp->spare.lo;
	mp->overflowed = true;
	gort__ask(&mp->g0);
}

/* Back on its own stack, far from its end. */
static void
mend_stack(struct m *mp)
{
	struct teb *t = teb();

	t->base = mp->teb[0];
	t->limit = mp->teb[1];
	*teb_deallocation() = mp->teb[2];
	mp->overflowed = false;
	_resetstkoflw();
}

/* Takes little stack where that has overflowed. */
bool
gort__fault_take(const EXCEPTION_RECORD *rec, CONTEXT *context)
{
	bool full = rec->ExceptionCode == EXCEPTION_STACK_OVERFLOW;
	struct g *gp = gort__getg();
	char *spare = NULL;
	struct panic *p;

	if (!signal_of(rec) || !atomic_load(&gort__catching) ||
	    (rec->ExceptionFlags & EXCEPTION_NONCONTINUABLE) ||
	    (full && (!gp->m->spare.lo || gp->m->overflowed)))
		return false;
	p = gort__panic_new(gp);
	describe(rec, &p->err);
	gort__context_get(context, &p->regs);
	if (full) {
		p->elsewhere = true;
		p->from = p->regs;
		widen_teb(gp->m);
		spare = gp->m->spare.hi - 64;
	}
	gort__context_call(context, gort__sigpanic, spare);
	return true;
}

/* First of the process's; what it does not take goes on to the next. */
static LONG WINAPI
on_exception(EXCEPTION_POINTERS *ep)
{
	struct g *gp = gort__getg();

	return gort__fault_is_vectored(ep->ExceptionRecord) && gp &&
		       gort__boundary(gp) &&
		       gort__fault_take(ep->ExceptionRecord, ep->ContextRecord)
		   ? EXCEPTION_CONTINUE_EXECUTION
		   : EXCEPTION_CONTINUE_SEARCH;
}

/* gort_catch_faults' lock held. false: no memory. */
static bool
hook(bool want)
{
	static void *installed;

	if (want && !installed) {
		installed = AddVectoredExceptionHandler(1, on_exception);
		return installed != NULL;
	}
	if (!want && installed) {
		RemoveVectoredExceptionHandler(installed);
		installed = NULL;
	}
	return true;
}

_Noreturn void
gort__sigpanic_c(void *sp)
{
	struct g *gp = gort__getg();
	struct panic *p = gp->ctx.panic;

	(void)sp;
	if (gp->raising) {
		gp->raising = false;
		gort__unwind_broken(gp);
		gort__panic_blame(gp, p);
		gort__panic_land(gort__boundary(gp), p);
	}
	gort__panic_raise(gp, p, &p->regs);
}

/* Every thread that is bound asks for its guarantee at its next boundary. */
static void
make_threads_ready(void)
{
	struct m *mp;

	gort__allm_lock();
	for (mp = gort__allm(); mp; mp = mp->alllink)
		gort__ask(&mp->g0);
	gort__allm_unlock();
}

int
gort_catch_faults(int want)
{
	static struct gort__mutex lock = GORT__MUTEX_INIT;
	bool ok;

	gort__mutex_lock(&lock);
	ok = hook(want != 0);
	atomic_store(&gort__catching, ok && want != 0);
	if (ok && want)
		make_threads_ready();
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

/* The system lets a thread ask for more only. */
static void
ask_guarantee(struct m *mp)
{
	struct gort__bounds *stack = &mp->g0.ctx.stack;
	ULONG n = GUARANTEE;
	size_t more;

	/* n: what it was */
	if (!SetThreadStackGuarantee(&n) || n >= GUARANTEE)
		return;
	more = GUARANTEE - n;
	if (mp->own.lo && stack->lo == mp->own.lo)
		stack->lo += more;
	if (mp->own.lo)
		mp->own.lo += more;
}

/* Without memory a stack overflow ends the process, as without gort. */
void
gort__faults_thread(struct m *mp)
{
	if (mp->overflowed)
		mend_stack(mp);
	ask_guarantee(mp);
	if (!mp->own.lo && !gort__threadstack(&mp->own))
		mp->own.lo = NULL;
	if (!mp->spare.lo &&
	    (mp->spare.lo = gort__sysalloc(SPARE_BYTES)) != NULL)
		mp->spare.hi = mp->spare.lo + SPARE_BYTES;
	/* a record is there, so that an overflow need not map one */
	gort__panic_free(&mp->g0, gort__panic_new(&mp->g0));
}

void
gort__faults_thread_end(struct m *mp)
{
	mp->overflowed = false;
}

void
gort__faults_free(struct m *mp)
{
	if (mp->spare.lo)
		gort__sysfree(mp->spare.lo, SPARE_BYTES);
	mp->spare.lo = NULL;
}
