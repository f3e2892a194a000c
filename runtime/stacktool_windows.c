/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Windows must know of stacks: the bounds in the TEB, and who takes
 * exceptions last. The assembly of a switch keeps them; here are a new
 * stack's, and those of a segment, which are widened to hold both stacks: an
 * exception may be handled on the old one. No sanitizer is told anything.
 */
#include "runtime.h"
#include "teb.h"

bool
gort__tool_watches(void)
{
	return false;
}

/* The process's filter first, then the end with the exception's code. */
int
gort__stack_unhandled(
    void *record, void *frame, void *context, void *dispatcher)
{
	EXCEPTION_POINTERS ep = {record, context};
	LONG rc;

	(void)frame;
	(void)dispatcher;
	if (ep.ExceptionRecord->ExceptionFlags &
	    (EXCEPTION_UNWINDING | EXCEPTION_EXIT_UNWIND))
		return ExceptionContinueSearch;
	rc = UnhandledExceptionFilter(&ep);
	if (rc == EXCEPTION_EXECUTE_HANDLER)
		TerminateProcess(
		    GetCurrentProcess(), ep.ExceptionRecord->ExceptionCode);
	return rc == EXCEPTION_CONTINUE_EXECUTION ? ExceptionContinueExecution
						  : ExceptionContinueSearch;
}

/*
 * The list of registrations on a new stack. 386: it starts with our handler
 * and ends, as the system demands (SEHOP), with the one that the thread's own
 * ends with.
 */
static void
first_registrations(struct gort_gobuf *buf)
{
#ifdef __i386__
	struct seh_registration *last = teb()->seh;
	struct seh_registration *own = (void *)((char *)buf->sp + 16);

	while (last->next != SEH_END)
		last = last->next;
	own[1] = (struct seh_registration){SEH_END, last->handler};
	own[0] = (struct seh_registration){&own[1], gort__stack_unhandled};
	buf->seh = own;
#else
	buf->seh = SEH_END;
#endif
}

void
gort__tool_new(struct gort_gobuf *buf)
{
	buf->aux = buf->lo;
	first_registrations(buf);
}

void
gort__tool_free(struct gort_gobuf *buf)
{
	(void)buf;
}

void
gort__tool_clean(struct gort__bounds b)
{
	(void)b;
}

void
gort__tool_new_segment(struct gort__segment *s)
{
	(void)s;
}

void
gort__tool_free_segment(struct gort__segment *s)
{
	(void)s;
}

void
gort__tool_enter_segment(struct gort__segment *s)
{
	struct teb *t = teb();

	s->system[0] = t->base;
	s->system[1] = t->limit;
	s->system[2] = *teb_deallocation();
	if ((char *)t->base < s->at.hi)
		t->base = s->at.hi;
	if ((char *)t->limit > s->at.lo)
		t->limit = s->at.lo;
	if ((char *)*teb_deallocation() > s->at.lo)
		*teb_deallocation() = s->at.lo;
}

void
gort__tool_leave_segment(struct gort__segment *s)
{
	struct teb *t = teb();

	t->base = s->system[0];
	t->limit = s->system[1];
	*teb_deallocation() = s->system[2];
}

void
gort__tool_leave(struct tool_state *st, struct gort_gobuf *from,
    const struct gort_gobuf *to, struct gort__bounds b)
{
	(void)st;
	(void)from;
	(void)to;
	(void)b;
}

void
gort__tool_arrive(const struct tool_state *st)
{
	(void)st;
}
