/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exceptions that are not gort's to take, while gort_catch_faults() is on: a
 * host's vectored handler and its frame handler each see one exactly once. Of
 * those that are, what they leave of the x87.
 */
#include "check.h"
#include "plat.h"

#include <gort.h>
#include <signal.h>

#define CODE 0xe0001234u /* an application's own */

/* Call fn(arg) in a frame that seh_handler is the handler of. */
void seh_call(gort_func *fn, void *arg);
EXCEPTION_DISPOSITION seh_handler(
    EXCEPTION_RECORD *rec, void *frame, CONTEXT *context, void *dispatcher);

static int vectored, framed; /* how often each was asked */
static char *page;           /* that a fault is at */

/* What was wrong is made right, and the instruction runs again. */
static void
make_right(void)
{
	DWORD old;

	VirtualProtect(page, 4096, PAGE_READWRITE, &old);
}

EXCEPTION_DISPOSITION
seh_handler(
    EXCEPTION_RECORD *rec, void *frame, CONTEXT *context, void *dispatcher)
{
	(void)frame;
	(void)context;
	(void)dispatcher;
	if (rec->ExceptionFlags & (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND))
		return ExceptionContinueSearch;
	framed++;
	make_right();
	return ExceptionContinueExecution;
}

static LONG WINAPI
on_vectored(EXCEPTION_POINTERS *ep)
{
	(void)ep;
	vectored++;
	return EXCEPTION_CONTINUE_SEARCH;
}

static void
raises(void *arg)
{
	RaiseException(CODE, 0, 0, NULL);
	++*(int *)arg;
}

static void
faults(void *arg)
{
	*(volatile char *)page = 1;
	++*(int *)arg;
}

/* The host's handler lies outside of the boundary. */
static void
raises_below(void *arg)
{
	CHECK(gort_try(raises, arg, NULL) == 0);
}

static void
handler_below(void *arg)
{
	seh_call(raises, arg);
}

static void
fault_handler_below(void *arg)
{
	seh_call(faults, arg);
}

/* How often each was asked when fn(&done) ran, and whether it went on. */
static int done;

static void
ask(gort_func *fn, int in_frame)
{
	DWORD old;

	vectored = framed = done = 0;
	VirtualProtect(page, 4096, PAGE_NOACCESS, &old);
	if (in_frame)
		seh_call(fn, &done);
	else
		fn(&done);
}

static void
raised_outside(void)
{
	ask(raises, 1);
	CHECK(vectored == 1 && framed == 1 && done == 1);
}

static void
raised_below(void)
{
	ask(raises_below, 1);
	CHECK(vectored == 1 && framed == 1 && done == 1);
}

static void
tries_handler(void *arg)
{
	CHECK(gort_try(handler_below, arg, NULL) == 0);
}

static void
raised_to_nearer(void)
{
	ask(tries_handler, 0);
	CHECK(vectored == 1 && framed == 1 && done == 1);
}

static void
fault_outside(void)
{
	ask(faults, 1);
	CHECK(vectored == 1 && framed == 1 && done == 1);
}

static int status;
static struct gort_error err;

static void
tries_faults(void *arg)
{
	status = gort_try(faults, arg, &err);
}

/* amd64: the vectored one comes first everywhere. 386: gort's is before it. */
static void
fault_below(void)
{
	ask(tries_faults, 1);
	CHECK(status == -GORT_EFAULT && err.signo == SIGSEGV);
	CHECK(err.address == (uintptr_t)page);
	CHECK(vectored == (sizeof(void *) == 8) && framed == 0 && done == 0);
}

static void
tries_fault_handler(void *arg)
{
	status = gort_try(fault_handler_below, arg, &err);
}

/* A handler between the boundary and the fault; on 386 it is not asked. */
static void
fault_to_nearer(void)
{
	ask(tries_fault_handler, 0);
	if (sizeof(void *) == 8)
		CHECK(status == 0 && vectored == 1 && framed == 1 && done == 1);
	else
		CHECK(status == -GORT_EFAULT && framed == 0 && done == 0);
}

static void
without_asking(void)
{
	CHECK(gort_catch_faults(0) == 0);
	fault_outside();
	raised_below();
	ask(tries_faults, 1);
	CHECK(status == 0 && vectored == 1 && framed == 1 && done == 1);
	CHECK(gort_catch_faults(1) == 0);
}

/* ---- the x87 -------------------------------------------------------------- */

/* As compiled code does that has loaded an operand when the next one faults. */
static void
faults_in_x87(void *arg)
{
	(void)arg;
	__asm__ volatile("fld1\n\tmovb $1, (%0)" : : "r"(page) : "memory");
}

static volatile double two = 2;

static double
x87_square(void)
{
	long double square = (long double)two * two;

	return (double)square;
}

/* Eight words are all there are. */
static void
x87_empty(void)
{
	DWORD old;
	int i;

	VirtualProtect(page, 4096, PAGE_NOACCESS, &old);
	for (i = 0; i < 9; i++) {
		CHECK(gort_try(faults_in_x87, NULL, &err) == -GORT_EFAULT);
		CHECK(x87_square() == 4);
	}
}

#define ZERO_DIVIDE 4 /* in the control word: masked */

static uint16_t
x87_control(void)
{
	uint16_t word;

	__asm__ volatile("fnstcw %0" : "=m"(word));
	return word;
}

static void
set_x87_control(uint16_t word)
{
	__asm__ volatile("fldcw %0" : : "m"(word));
}

static void
divides_by_zero(void *arg)
{
	(void)arg;
	__asm__ volatile("fld1\n\tfldz\n\tfdivrp\n\tfwait");
}

/* The instruction after the one that faulted would say it again. */
static void
x87_exception(void)
{
	uint16_t before = x87_control();
	uint16_t unmasked = before & (uint16_t)~ZERO_DIVIDE;
	int i;

	set_x87_control(unmasked);
	for (i = 0; i < 9; i++) {
		CHECK(gort_try(divides_by_zero, NULL, &err) == -GORT_EFAULT);
		CHECK(err.signo == SIGFPE);
		CHECK(x87_square() == 4 && x87_control() == unmasked);
	}
	set_x87_control(before);
}

int
main(void)
{
	static const struct test tests[] = {
	    {"one raised outside of boundaries", raised_outside},
	    {"one raised below a boundary", raised_below},
	    {"one raised below a boundary, with a handler nearer",
		raised_to_nearer},
	    {"a fault outside of boundaries", fault_outside},
	    {"a fault below a boundary is gort's", fault_below},
	    {"such a fault with a handler nearer: amd64 asks that",
		fault_to_nearer},
	    {"without asking for faults all are the host's", without_asking},
	    {"a fault leaves nothing in the x87", x87_empty},
	    {"nor an exception of the x87 that is pending", x87_exception},
	};

	page =
	    VirtualAlloc(NULL, 4096, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
	if (!page || !AddVectoredExceptionHandler(0, on_vectored) ||
	    gort_catch_faults(1) != 0)
		return 99;
	return RUN_TESTS("exception_win", tests);
}
