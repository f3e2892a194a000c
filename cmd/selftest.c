/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort selftest: does each routine of the machine level work here, and what
 * does it cost?
 */
#include "config.h"

#include "cmd.h"
#include "../abi/stubpage.h"

#include <gort/crosscall.h>
#include <gort/jmpdefer.h>
#include <gort/switch.h>

#include <string.h>

#define STACK 32768
#define REPEATS 5

GORT_MODULE("selftest", "1.0");
GORT_EXPORT(int, selftest_add, (int a, int b))
{
	return a + b;
}

GORT_EXPORT(double, selftest_mix,
    (double a, double b, double c, double d, double e, double f, double g,
	double h, int i))
{
	return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i;
}

static struct gort_gobuf self, task;
static char stack[STACK] __attribute__((aligned(64)));
static volatile unsigned count;

/* ---- calls ----------------------------------------------------------------- */

static bool
entered(unsigned n)
{
	unsigned i;
	int sum = 0;

	for (i = 0; i < n; i++)
		sum = selftest_add(sum, 1);
	return sum == (int)n;
}

#define CODE_PAGE 65536 /* whole pages of every system */
#define NSTUBS (CODE_PAGE / GORT_STUB_SIZE)

typedef int add_fn(int, int);

/*
 * Stubs as gort_sym() has them made, in a page of code, with their slots in the
 * page behind it. They lead to selftest_add.
 */
static struct stubs {
	uint8_t code[CODE_PAGE];
	void *entry; /* gort__entry */
	struct gort__slot_head slots[NSTUBS];
} * stubs;

static bool
make_stubs(void)
{
	const struct gort__export *ex = &gort__export_selftest_add;
	void (*entry)(void) = gort__entry;
	unsigned i;

	stubs = cmd_new_pages(sizeof(*stubs));
	if (!stubs)
		return false;
	memcpy(&stubs->entry, &entry, sizeof(entry));
	for (i = 0; i < NSTUBS; i++) {
		stubs->slots[i].target = ex->target;
		stubs->slots[i].flags = ex->flags;
		gort__stub_emit(stubs->code + i * GORT_STUB_SIZE,
		    &stubs->slots[i], &stubs->entry);
	}
	return cmd_make_code(stubs->code, sizeof(stubs->code));
}

static add_fn *
stub(unsigned i)
{
	void *code = stubs->code + i % NSTUBS * GORT_STUB_SIZE;
	add_fn *fn;

	memcpy(&fn, &code, sizeof(code));
	return fn;
}

/* One of them n times; the others are seen to work first. */
static bool
stubbed(unsigned n)
{
	unsigned i;
	int sum = 0;

	if (!stubs) {
		if (!make_stubs())
			return false;
		for (i = 0; i < NSTUBS; i++)
			sum = stub(i)(sum, 1);
		if (sum != NSTUBS)
			return false;
	}
	for (i = 0, sum = 0; i < n; i++)
		sum = stub(NSTUBS / 2)(sum, 1);
	return sum == (int)n;
}

/* A thread's first call takes the slow path, which keeps all arguments. */
static void
calls_first(void *unused)
{
	(void)unused;
	count += selftest_mix(1, 2, 3, 4, 5, 6, 7, 8, 9) == 213;
}

static bool
entered_first(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		if (!cmd_run_thread(calls_first, NULL))
			return false;
	return count == n;
}

static void
counts(void *arg)
{
	count += arg == &count;
}

static void
counts2(void *arg, int argsize, uintptr_t ctxt)
{
	count += arg == &count && argsize == -3 && ctxt == ~(uintptr_t)4;
}

static bool
crosscalled(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		gort__crosscall(counts, (void *)(uintptr_t)&count);
	return count == n;
}

static bool
crosscalled2(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		gort__crosscall2(
		    counts2, (void *)(uintptr_t)&count, -3, ~(uintptr_t)4);
	return count == n;
}

static bool
bound(unsigned n)
{
	unsigned i, ok = 0;

	for (i = 0; i < n; i++)
		ok += gort_errmsg() != NULL;
	return ok == n;
}

static bool
walked(unsigned n)
{
	void *pcs[1];
	unsigned i, ok = 0;

	for (i = 0; i < n; i++)
		ok += gort_backtrace(pcs, 1) == 1;
	return ok == n;
}

/* ---- boundaries --------------------------------------------------------------- */

static bool
tried(unsigned n)
{
	unsigned i, ok = 0;

	for (i = 0; i < n; i++)
		ok += gort_try(counts, (void *)(uintptr_t)&count, NULL) == 0;
	return ok == n && count == n;
}

static void
panics(void *arg)
{
	(void)arg;
	gort_panic("selftest");
}

static bool
landed(unsigned n)
{
	unsigned i, ok = 0;

	for (i = 0; i < n; i++)
		ok += gort_try(panics, NULL, NULL) == -GORT_EPANIC;
	return ok == n;
}

static void
faults(void *arg)
{
	*(volatile int *)arg = 1;
}

static bool
faulted(unsigned n)
{
	unsigned i, ok = 0;

	if (gort_catch_faults(1) != 0)
		return false;
	for (i = 0; i < n; i++)
		ok += gort_try(faults, NULL, NULL) == -GORT_EFAULT;
	return gort_catch_faults(0) == 0 && ok == n;
}

/* ---- stacks ---------------------------------------------------------------------- */

static void
answers(void *arg)
{
	(void)arg;
	for (;;) {
		count++;
		gort_switch(&task, &self);
	}
}

static void
answers_inline(void *arg)
{
	(void)arg;
	for (;;) {
		count++;
		gort_switch_inline(&task, &self);
	}
}

static void
answers_fp(void *arg)
{
	(void)arg;
	for (;;) {
		count++;
		gort_switch_fp(&task, &self);
	}
}

static bool
begin(gort_func *fn)
{
	memset(&self, 0, sizeof(self));
	return gort_stack_init(&task, stack, STACK, fn, NULL) == 0;
}

static bool
end(unsigned n)
{
	gort_stack_fini(&task);
	return count == n;
}

static bool
switched(unsigned n)
{
	unsigned i;

	if (!begin(answers))
		return false;
	for (i = 0; i < n; i++)
		gort_switch(&self, &task);
	return end(n);
}

static bool
switched_inline(unsigned n)
{
	unsigned i;

	if (!begin(answers_inline))
		return false;
	for (i = 0; i < n; i++)
		gort_switch_inline(&self, &task);
	return end(n);
}

static bool
switched_fp(unsigned n)
{
	unsigned i;

	if (!begin(answers_fp))
		return false;
	for (i = 0; i < n; i++)
		gort_switch_fp(&self, &task);
	return end(n);
}

static void
goes_on(void *arg)
{
	count++;
	if (count == *(unsigned *)arg)
		gort_gogo(&self);
	gort_gogo(&task);
}

static void
asks(void *arg)
{
	for (;;)
		gort_mcall(&task, &self, goes_on, arg);
}

static bool
mcalled(unsigned n)
{
	memset(&self, 0, sizeof(self));
	if (gort_stack_init(&task, stack, STACK, asks, &n) != 0)
		return false;
	gort_switch(&self, &task);
	return end(n);
}

static void
leaves(void *arg)
{
	(void)arg;
	count++;
	gort_gogo(&self);
}

static bool
started(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		if (!begin(leaves))
			return false;
		gort_switch(&self, &task);
		gort_stack_fini(&task);
	}
	return count == n;
}

static bool
saved(unsigned n)
{
	uintptr_t fp = (uintptr_t)__builtin_frame_address(0);
	struct gort_gobuf buf = {0};
	unsigned i, ok = 0;

	for (i = 0; i < n; i++) {
		gort_gosave(&buf);
		ok += (uintptr_t)buf.sp <= fp && fp - (uintptr_t)buf.sp < 4096;
	}
	return ok == n;
}

static bool
grown(unsigned n)
{
	unsigned i, ok = 0;

	for (i = 0; i < n; i++)
		ok += gort_stack_grow(
			  STACK, counts, (void *)(uintptr_t)&count) == 0;
	return ok == n && count == n;
}

static bool
left(unsigned n)
{
	unsigned i, ok = 0;

	for (i = 0; i < n; i++)
		ok += gort_stack_left() > 0;
	return ok == n;
}

/* ---- defer --------------------------------------------------------------------- */

static bool
deferred(unsigned n)
{
	struct gort__defer d[8], *list = NULL;
	unsigned i, k;

	for (i = 0; i < n; i += 8) {
		for (k = 0; k < 8; k++) {
			d[k].link = list;
			d[k].fn = counts;
			d[k].arg = (void *)(uintptr_t)&count;
			list = &d[k];
		}
		GORT__DEFERRETURN(list);
	}
	return count == n;
}

static void
recovers(void *arg)
{
	count += arg == &count && gort_recover() != NULL;
}

/* Returns for its function, which comes back here. */
__attribute__((noinline)) static void
panics_deferred(void)
{
	GORT_DEFERS;

	gort_defer(recovers, (void *)(uintptr_t)&count);
	gort_panic("selftest");
}

static bool
recovered(unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		panics_deferred();
	return count == n;
}

/* ---- all ------------------------------------------------------------------------ */

/* Routines of the machine level under names of their own stand in `routines`. */
static const struct check {
	const char *name;        /* the routine, or Go's word for it */
	const char *what;        /* one of n */
	const char *routines;    /* what runs here and in no line before */
	bool (*run)(unsigned n); /* do it n times; count is 0 before */
	unsigned n;              /* a multiple of 8 */
} checks[] = {
    {"entry", "an exported call", "gort__entry", entered, 100000},
    {"stub", "an exported call through a stub made here", "gort__stub_emit",
	stubbed, 100000},
    {"xstate", "a thread, and its first call",
	"entry_slow xstate_probe gort__xstate_init", entered_first, 80},
    {"crosscall", "a call", "gort__crosscall", crosscalled, 100000},
    {"crosscall2", "a call", "gort__crosscall2", crosscalled2, 100000},
    {"getg", "gort_errmsg",
	"gort__gaddr gort__tls_init gort__tls_reserve gort__tls_setup", bound,
	100000},
    {"getregs", "a backtrace of one frame", "gort__getregs", walked, 10000},
    {"catch", "a boundary that catches nothing", "gort__catch", tried, 100000},
    {"catch_land", "a panic to its boundary", "gort__catch_land", landed, 2000},
    {"sigpanic", "a fault to its boundary", "gort__sigpanic gort__go", faulted,
	200},
    {"switch", "a pair", "gort_switch gort__switch_raw", switched, 100000},
    {"switch_inline", "a pair", "", switched_inline, 100000},
    {"switch_fp", "a pair", "gort_switch_fp", switched_fp, 100000},
    {"mcall", "with the gogo back",
	"gort_mcall gort__mcall_raw gort_gogo gort__gogo_raw", mcalled, 100000},
    {"gosave", "a call", "gort_gosave", saved, 100000},
    {"gostart", "a stack made, entered and left", "gort__gostart", started,
	10000},
    {"deferreturn", "a deferred call",
	"gort__deferreturn gort__deferreturn_pic gort__jmpdefer", deferred,
	80000},
    {"return_to", "a panic recovered, its function returns",
	"gort__defer_slow gort__return_to", recovered, 2000},
    {"morestack", "a call on a segment", "gort__morestack", grown, 10000},
    {"stack_left", "a check", "", left, 100000},
};
#define NCHECKS (sizeof(checks) / sizeof(checks[0]))

static bool
run(const struct check *c)
{
	double best = 0;
	bool ok = true;
	unsigned i;

	for (i = 0; i < REPEATS; i++) {
		double took, start = cmd_now_ns();

		count = 0;
		ok = c->run(c->n) && ok;
		took = (cmd_now_ns() - start) / c->n;
		if (i == 0 || took < best)
			best = took;
	}
	printf("%-14s %10.1f ns  %-6s  %s\n", c->name, best,
	    ok ? "OK" : "FAILED", c->what);
	return ok;
}

int
cmd_selftest(int argc, char **argv)
{
	unsigned i, failed = 0;

	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		printf("usage: gort selftest [--routines]\n\nRuns each routine "
		       "of the "
		       "machine level many times and shows the least it "
		       "cost.\n  --routines   only names them, and "
		       "the line that runs each\nexit status: 1 if one of "
		       "them fails\n");
		return EXIT_OK;
	}
	if (argc == 2 && strcmp(argv[1], "--routines") == 0) {
		for (i = 0; i < NCHECKS; i++)
			printf("%s: %s\n", checks[i].name, checks[i].routines);
		return EXIT_OK;
	}
	if (argc > 1)
		return cmd_bad_use(
		    "selftest", "unexpected argument %s", argv[1]);
	if (gort_wait_ready(10000) != 0)
		return cmd_failed("selftest", "%s", gort_errmsg());
	for (i = 0; i < NCHECKS; i++)
		failed += !run(&checks[i]);
	printf("%u passed, %u failed\n", (unsigned)NCHECKS - failed, failed);
	return failed ? EXIT_FAILED : EXIT_OK;
}
