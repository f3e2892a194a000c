/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a call preserves, when the function that was called recovers from a
 * panic of code that has destroyed it. Rows of the table in defer.h.
 */
#include "defer.h"
#include "wreck.h"

/* Registers that the return of a recovering function brings back. */
#ifdef __aarch64__
#define BROUGHT_BACK 11 /* d8 to d15 are as the frames between left them */
#else
#define BROUGHT_BACK WRECK_KEPT
#endif

/* It saves what calls preserve, destroys it, and does not come back. */
NOINLINE static void
destroys(void)
{
#if defined(__x86_64__) && defined(_WIN32)
	__asm__ volatile(
	    "pcmpeqd %%xmm6, %%xmm6\n\tmovaps %%xmm6, %%xmm7\n\t"
	    "movaps %%xmm6, %%xmm8\n\tmovaps %%xmm6, %%xmm9\n\t"
	    "movaps %%xmm6, %%xmm10\n\tmovaps %%xmm6, %%xmm11\n\t"
	    "movaps %%xmm6, %%xmm12\n\tmovaps %%xmm6, %%xmm13\n\t"
	    "movaps %%xmm6, %%xmm14\n\tmovaps %%xmm6, %%xmm15\n\t"
	    "movq $-1, %%rbx\n\tmovq $-1, %%rsi\n\tmovq $-1, %%rdi\n\t"
	    "movq $-1, %%r12\n\tmovq $-1, %%r13\n\tmovq $-1, %%r14\n\t"
	    "movq $-1, %%r15"
	    :
	    :
	    : "rbx", "rsi", "rdi", "r12", "r13", "r14", "r15", "xmm6", "xmm7",
	    "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
	    "xmm15");
#elif defined(__x86_64__)
	__asm__ volatile("movq $-1, %%rbx\n\tmovq $-1, %%r12\n\t"
			 "movq $-1, %%r13\n\tmovq $-1, %%r14\n\t"
			 "movq $-1, %%r15"
			 :
			 :
			 : "rbx", "r12", "r13", "r14", "r15");
#elif defined(__i386__)
	__asm__ volatile("movl $-1, %%esi\n\tmovl $-1, %%edi"
			 :
			 :
			 : "esi", "edi");
#else
	__asm__ volatile("mov x19, #-1\n\tmov x20, #-1\n\tmov x28, #-1"
			 :
			 :
			 : "x19", "x20", "x28");
#endif
	gort_panic("p");
}

static void
recovers_via(void (*fn)(void *), void *arg)
{
	GORT_DEFERS;

	(void)fn;
	(void)arg;
	gort_defer(recover_it, NULL);
	destroys();
}

/* The recovering function has saved and changed them before it defers. */
static void
changes_first(void (*fn)(void *), void *arg)
{
	GORT_DEFERS;
	double x = sink;
	int i;

	for (i = 0; i < 3; i++) {
		traced("");
		x = x * 1.5 + sink;
	}
	gort_defer(recover_it, NULL);
	if (x >= 0)
		destroys();
	fn(arg);
}

static void
returns_all(wreck_via *via)
{
	uintptr_t before[WRECK_KEPT], after[WRECK_KEPT];
	int i;

	for (i = 0; i < WRECK_KEPT; i++) {
		before[i] = 1000 + (uintptr_t)i;
		after[i] = 0;
	}
	wreck_call(via, before, after);
	for (i = 0; i < BROUGHT_BACK; i++)
		CHECK(after[i] == before[i]);
	CHECK(traced("R"));
}

static void
kept(void)
{
	returns_all(recovers_via);
}

static void
kept_in_frame(void)
{
	returns_all(changes_first);
}

static const struct test tests[] = {
    {"its caller finds all that a call preserves (C)", kept},
    {"also what it has itself saved (C)", kept_in_frame},
};

int
main(void)
{
	return RUN_TESTS("defer wreck", tests);
}
