/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contexts as Windows sees them: the stack that the TEB names, and who takes
 * the exceptions that happen there.
 */
#include "check.h"
#include "plat.h"

#include <gort.h>
#include <gort/switch.h>
#include <stdint.h>

#define STACK 65536
#define CODE 0xe0001234u /* an application's own; may be gone on from */

static char stack[STACK] __attribute__((aligned(4096)));
static struct gort_gobuf self, task;
static const char *program;

/* ---- the TEB ------------------------------------------------------------- */

struct teb_words {
	void *base, *limit, *deallocation, *seh;
};

static struct teb_words
teb_words(void)
{
	struct teb_words w;
	NT_TIB *tib;

	/* (gcc 12 warns of what NtCurrentTeb() is made of) */
#ifdef __i386__
	__asm__ volatile("movl %%fs:0x18, %0" : "=r"(tib));
#else
	__asm__ volatile("movq %%gs:0x30, %0" : "=r"(tib));
#endif
	w.base = tib->StackBase;
	w.limit = tib->StackLimit;
	w.seh = tib->ExceptionList;
	memcpy(&w.deallocation,
	    (char *)tib + (sizeof(void *) == 8 ? 0x1478 : 0xe0c),
	    sizeof(void *));
	return w;
}

static int
same(struct teb_words a, struct teb_words b)
{
	return a.base == b.base && a.limit == b.limit &&
	       a.deallocation == b.deallocation && a.seh == b.seh;
}

/* Does it name our stack, and do registrations lie there? */
static int
names_stack(struct teb_words w)
{
	if (sizeof(void *) == 4 &&
	    ((char *)w.seh < stack || (char *)w.seh >= stack + STACK))
		return 0;
	return w.base == stack + STACK && w.limit == stack &&
	       w.deallocation == stack;
}

static int seen[3];

static void
in_mcall(void *arg)
{
	(void)arg;
	/* on the main context's stack again */
	seen[2] = !names_stack(teb_words());
	gort_gogo(&task);
}

static void
looks(void *arg)
{
	(void)arg;
	seen[0] = names_stack(teb_words());
	gort_switch(&task, &self);
	seen[1] = names_stack(teb_words());
	gort_switch_inline(&task, &self);
	seen[1] &= names_stack(teb_words());
	gort_mcall(&task, &self, in_mcall, NULL);
	seen[1] &= names_stack(teb_words());
	gort_gogo(&self);
}

static void
teb_follows(void)
{
	struct teb_words before = teb_words();

	memset(seen, 0, sizeof(seen));
	REQUIRE(gort_stack_init(&task, stack, STACK, looks, NULL) == 0);
	CHECK(!names_stack(before));
	gort_switch(&self, &task);
	CHECK(same(teb_words(), before));
	gort_switch_inline(&self, &task);
	CHECK(same(teb_words(), before));
	gort_switch(&self, &task);
	CHECK(same(teb_words(), before));
	CHECK(seen[0] && seen[1] && seen[2]);
	gort_stack_fini(&task);
}

static struct teb_words on_segment;

static void
looks_on_segment(void *arg)
{
	on_segment = teb_words();
	if (arg)
		gort_panic("%s", (char *)arg);
}

static void
grows(void *arg)
{
	gort_stack_grow(20000, looks_on_segment, arg);
}

/* Both the segment and the stack that it continues. */
static void
teb_spans_segment(void)
{
	struct teb_words before = teb_words();
	char word[] = "away";

	grows(NULL);
	CHECK(same(teb_words(), before));
	CHECK((char *)on_segment.limit <= (char *)before.limit);
	CHECK((char *)on_segment.base >= (char *)before.base);
	CHECK((char *)on_segment.base - (char *)on_segment.limit >
	      (char *)before.base - (char *)before.limit);
	CHECK(gort_try(grows, word, NULL) == -GORT_EPANIC);
	CHECK(same(teb_words(), before));
}

static int kept;

static void
parks_on_segment(void *inlined)
{
	struct teb_words words = teb_words();

	kept &= !names_stack(words);
	if (inlined)
		gort_switch_inline(&task, &self);
	else
		gort_switch(&task, &self);
	kept &= same(teb_words(), words);
}

static void
parks_everywhere(void *inlined)
{
	gort_stack_grow(20000, parks_on_segment, inlined);
	/* what was noted on the segment holds no longer */
	kept &= names_stack(teb_words());
	gort_switch_inline(&task, &self);
	kept &= names_stack(teb_words());
	gort_stack_grow(90000, parks_on_segment, inlined);
	gort_gogo(&self);
}

/* What changed since the context was last gone on with is noted again. */
static void
segment_parked(int inlined)
{
	struct teb_words before = teb_words();
	int i;

	kept = 1;
	REQUIRE(gort_stack_init(&task, stack, STACK, parks_everywhere,
		    inlined ? &kept : NULL) == 0);
	for (i = 0; i < 4; i++) {
		gort_switch_inline(&self, &task);
		CHECK(same(teb_words(), before));
	}
	CHECK(kept);
	gort_stack_fini(&task);
}

static void
teb_follows_segment(void)
{
	segment_parked(0);
	segment_parked(1);
}

/* ---- exceptions ---------------------------------------------------------- */

static void
writes_nowhere(void *arg)
{
	volatile int *volatile nowhere = (volatile int *)8;

	(void)arg;
	*nowhere = 1;
}

static int tried;

static void
tries(void *arg)
{
	tried = gort_try(writes_nowhere, arg, NULL);
	gort_gogo(&self);
}

static void
fault_in_context(void)
{
	int i;

	REQUIRE(gort_catch_faults(1) == 0);
	for (i = 0; i < 100; i++) {
		tried = 0;
		REQUIRE(gort_stack_init(&task, stack, STACK, tries, NULL) == 0);
		gort_switch(&self, &task);
		CHECK(tried == -GORT_EFAULT);
		gort_stack_fini(&task);
	}
	CHECK(gort_catch_faults(0) == 0);
}

#ifdef __i386__
/* winnt.h's EXCEPTION_REGISTRATION_RECORD, with our handler */
struct registration {
	void *next;
	EXCEPTION_DISPOSITION(__cdecl *handler)
	(EXCEPTION_RECORD *, void *, CONTEXT *, void *);
};

static int handled;

static EXCEPTION_DISPOSITION __cdecl goes_on(
    EXCEPTION_RECORD *rec, void *frame, CONTEXT *context, void *dispatcher)
{
	(void)frame;
	(void)context;
	(void)dispatcher;
	if (rec->ExceptionCode != CODE)
		return ExceptionContinueSearch;
	handled++;
	return ExceptionContinueExecution;
}

/* A frame handler, parked with its context and taken off at the end. */
static void
registers(void *arg)
{
	struct registration r = {teb_words().seh, goes_on};

	(void)arg;
	__asm__ volatile("movl %0, %%fs:0" : : "r"(&r) : "memory");
	gort_switch(&task, &self);
	RaiseException(CODE, 0, 0, NULL);
	gort_switch(&task, &self);
	__asm__ volatile("movl %0, %%fs:0" : : "r"(r.next) : "memory");
	gort_gogo(&self);
}

static void
registrations_follow(void)
{
	struct teb_words before = teb_words();
	int i;

	handled = 0;
	REQUIRE(gort_stack_init(&task, stack, STACK, registers, NULL) == 0);
	for (i = 0; i < 3; i++) {
		CHECK(handled == (i == 2));
		gort_switch(&self, &task);
		CHECK(same(teb_words(), before));
	}
	gort_stack_fini(&task);
}
#endif

/* Runs fn(arg) in a context; back when that goes to self. */
static void
in_context(gort_func *fn, void *arg)
{
	if (gort_stack_init(&task, stack, STACK, fn, arg) != 0)
		exit(90);
	gort_switch(&self, &task);
}

static LONG WINAPI
exits(EXCEPTION_POINTERS *ep)
{
	_exit(ep->ExceptionRecord->ExceptionCode ==
		      (DWORD)EXCEPTION_ACCESS_VIOLATION
		  ? 33
		  : 34);
}

static LONG WINAPI
continues(EXCEPTION_POINTERS *ep)
{
	return ep->ExceptionRecord->ExceptionCode == CODE
		   ? EXCEPTION_CONTINUE_EXECUTION
		   : EXCEPTION_CONTINUE_SEARCH;
}

static void
raises(void *arg)
{
	RaiseException(CODE, 0, 0, NULL);
	*(int *)arg = 35;
	gort_gogo(&self);
}

/* In a process of its own, which one of them may end. */
static int
part(const char *name)
{
	int status = 91;

	/* no box and no debugger for what is about to happen */
	SetErrorMode(SEM_NOGPFAULTERRORBOX);
	if (strcmp(name, "filter") == 0) {
		SetUnhandledExceptionFilter(exits);
		in_context(writes_nowhere, NULL);
	} else if (strcmp(name, "go-on") == 0) {
		SetUnhandledExceptionFilter(continues);
		in_context(raises, &status);
	} else if (strcmp(name, "none") == 0) {
		SetUnhandledExceptionFilter(NULL);
		in_context(writes_nowhere, NULL);
	}
	return status;
}

static void
unhandled(void)
{
	CHECK(run_self(program, "filter") == 33);
	CHECK(run_self(program, "go-on") == 35);
	CHECK(run_self(program, "none") == (int)EXCEPTION_ACCESS_VIOLATION);
}

int
main(int argc, char **argv)
{
	static const struct test tests[] = {
	    {"the TEB's bounds and registrations go with a switch",
		teb_follows},
	    {"on a segment the TEB's bounds hold both stacks",
		teb_spans_segment},
	    {"parked on a segment, it is the same afterwards",
		teb_follows_segment},
	    {"a fault below a boundary in a context is caught",
		fault_in_context},
#ifdef __i386__
	    {"a frame handler is asked in its own context only",
		registrations_follow},
#endif
	    {"what nobody in a context handles goes to the process's filter",
		unhandled},
	};

	program = argv[0];
	if (argc > 1)
		return part(argv[1]);
	return RUN_TESTS("stack_win", tests);
}
