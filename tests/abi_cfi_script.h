/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the child of test_abi_cfi runs between the marks: every routine of abi/
 * by each of its ways. Included there, once.
 */
#ifndef GORT_TESTS_ABI_CFI_SCRIPT_H
#define GORT_TESTS_ABI_CFI_SCRIPT_H

/* What the parent is asked to do; the value of a SIGUSR1. */
enum {
	STEP = 1,
	RUN,
	CLOSE_GATE,
	DRAIN,
	NO_TLS,
	NO_XSTATE,
	FXSAVE,
	NO_WATCH,
	UNDO
};

static struct gort_gobuf self, task;
static char stack[65536] __attribute__((aligned(64)));
static struct gort__defer records[4];

GORT_MODULE("cfi", "1.0");
GORT_EXPORT(int, cfi_add, (int a, int b))
{
	return a + b;
}
GORT_EXPORT(struct split_big, cfi_big, (void))
{
	return (struct split_big){{1, 2, 3, 4, 5, 6, 7, 8}};
}
GORT_EXPORT(long double, cfi_half, (void))
{
	return 0.5L;
}

static void
ask(int what)
{
	union sigval v = {.sival_int = what};

	sigqueue(getpid(), SIGUSR1, v);
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
nothing2(void *arg, int n, uintptr_t ctxt)
{
	(void)arg;
	(void)n;
	(void)ctxt;
}

static void
panics(void *arg)
{
	(void)arg;
	gort_panic("cfi");
}

static void
faults(void *arg)
{
	*(volatile int *)arg = 1;
}

static void
leaves(void *arg)
{
	(void)arg;
	gort_gogo(&self);
}

static void
plays(void *arg)
{
	(void)arg;
	gort_switch(&task, &self);
	gort_switch_inline(&task, &self);
	gort_switch_fp(&task, &self);
	gort_gosave(&task);
	gort_mcall(&task, &self, leaves, NULL);
}

static void
switches(void)
{
	gort_stack_init(&task, stack, sizeof(stack), plays, NULL);
	ask(STEP);
	gort_switch(&self, &task);
	gort_switch_inline(&self, &task);
	gort_switch_fp(&self, &task);
	gort_switch(&self, &task);
	ask(RUN);
	gort_stack_fini(&task);
}

__attribute__((noinline)) static void
defers(void)
{
	struct gort__defer *list = NULL;
	int i;

	for (i = 0; i < 4; i++) {
		records[i] = (struct gort__defer){list, nothing, NULL};
		list = &records[i];
	}
	ask(STEP);
	GORT__DEFERRETURN(list);
#ifdef __i386__
	/* the form of code that is not position-independent */
	list = &records[3];
	__asm__ volatile("movl %%esp, %%edi\n\t"
			 "subl $16, %%esp\n\t"
			 "andl $-16, %%esp\n\t"
			 "call gort__pc_to_ebx\n\t"
			 "addl $_GLOBAL_OFFSET_TABLE_, %%ebx\n\t"
			 "nop\n\t"
			 "call gort__deferreturn@PLT\n\t"
			 "movl %%edi, %%esp"
			 :
			 : "S"(&list)
			 : "eax", "ebx", "ecx", "edx", "edi", "memory", "cc");
#endif
	ask(RUN);
}

#ifdef WITH_SPLIT
static void
split(void *arg)
{
	((gort_func **)arg)[0](((void **)arg)[1]);
	ask(RUN);
	gort_gogo(&self);
}

/* On a stack that is too small; the first time without kept segments. */
static void
splits(void)
{
	static struct split_work w = {.n = 30};
	static void *call[2];
	int i;

	call[1] = &w;
	for (i = 0; i < 4; i++) {
		*(gort_func **)&call[0] =
		    i < 3 ? split_arguments : split_prints;
		gort_stack_init(&task, stack, 4096, split, call);
		if (i == 2)
			ask(NO_TLS);
		ask(STEP);
		gort_switch(&self, &task);
		ask(UNDO);
		gort_stack_fini(&task);
	}
}
#endif

/* One exported call with something changed under it. */
static void
entered(int change)
{
	if (change)
		ask(change);
	ask(STEP);
	if (cfi_add(1, 2) != 3)
		abort();
	ask(RUN);
	if (change)
		ask(UNDO);
}

static int
child(void)
{
	struct gort_error err;
	char word[64];
	void *pcs[4];

	if (gort_wait_ready(10000) || cfi_add(1, 2) != 3)
		return 9;
	gort_catch_faults(1);
	entered(0);
	entered(CLOSE_GATE);
	entered(DRAIN);
	entered(NO_TLS);
	entered(NO_XSTATE);
	entered(FXSAVE);
	/* once unwatched: what the first panic and fault look up */
	gort_try(panics, NULL, &err);
	gort_try(faults, NULL, &err);
	ask(STEP);
	gort_try(nothing, NULL, NULL);
	gort_try(panics, NULL, &err);
	gort__crosscall(nothing, NULL);
	gort__crosscall2(nothing2, NULL, 1, 2);
	gort_backtrace(pcs, 4);
	ask(RUN);
	ask(STEP);
	gort_try(faults, NULL, &err);
	ask(RUN);
	if (err.code != GORT_EFAULT)
		return 8;
	ask(NO_WATCH);
	switches();
	ask(UNDO);
	defers();
#ifdef WITH_SPLIT
	splits();
#endif
	/* the first growing looks where the stack is: long */
	gort_stack_grow(20000, nothing, NULL);
	ask(STEP);
	gort_stack_grow(20000, nothing, NULL);
	ask(RUN);
	/* and from now on switches are watched */
	if (gort_stack_left() == 0)
		return 7;
	switches();
	gort_shutdown(1000);
	ask(STEP);
	if (cfi_add(1, 2) != 0 || cfi_half() != 0)
		return 6;
	cfi_big();
	ask(RUN);
	snprintf(word, sizeof(word), "%s", gort_errmsg());
	if (!strstr(word, "STOPPED"))
		printf("    %s\n", word);
	return strstr(word, "STOPPED") ? 0 : 5;
}

#endif
