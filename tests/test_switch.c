/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Contexts: they take turns with everything kept, and unwinders find their
 * ends and what is parked.
 */
#include "check.h"

#include <fenv.h>
#include <gort.h>
#include <gort/switch.h>
#include <stdint.h>
#include <unwind.h>
#ifdef __GLIBC__
#include <execinfo.h>
#define UNWINDERS 1
#else
/* only gort walks there */
#define UNWINDERS 0
#define backtrace(pcs, n) 0
#define _Unwind_Backtrace(fn, arg) ((void)(fn))
#define _Unwind_GetIP(ctx) ((uintptr_t)(ctx))
#endif

/* sanitizers add frames and have a backtrace() of their own */
#ifdef GORT__SWITCH_TOLD
#define PLAIN 0
#else
#define PLAIN 1
#endif

#define STACK 65536
#define ROUNDS 100000
#ifdef _WIN32
#define SMALLEST 8192
#else
#define SMALLEST 512
#endif

static char stacks[4][STACK] __attribute__((aligned(4096)));
static struct gort_gobuf self, task, other;
static volatile unsigned turns;

/* ---- turns --------------------------------------------------------------- */

/* Sums what only registers and its own stack hold, over many switches. */
__attribute__((noinline)) static uint64_t
churn(struct gort_gobuf *me, struct gort_gobuf *them, unsigned n, int inlined)
{
	volatile uint64_t onstack[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, sum = 0;
	double x = 0.5;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (inlined)
			gort_switch_inline(me, them);
		else
			gort_switch(me, them);
		a += b ^ i;
		b += c + onstack[i % 8];
		c += d;
		d ^= e + (a << 1);
		e += f;
		f += g;
		g += a;
		x = x * 0.75 + (double)(i & 7);
		sum += a ^ b ^ c ^ d ^ e ^ f ^ g;
	}
	return sum + (uint64_t)(x * 1024);
}

static uint64_t sums[4];

static void
churner(void *arg)
{
	int inlined = *(int *)arg & 1;

	sums[1] = churn(&task, &self, ROUNDS, inlined);
	gort_gogo(&self);
}

static void
take_turns(int mine, int its)
{
	/* alone: each switch comes back at once from a context that loops */
	CHECK(gort_stack_init(&task, stacks[0], STACK, churner, &its) == 0);
	sums[0] = churn(&self, &task, ROUNDS + 1, mine);
	/* same work, one round more: so sum the first ROUNDS again */
	CHECK(sums[1] != 0);
	CHECK(gort_stack_init(&task, stacks[0], STACK, churner, &its) == 0);
	sums[2] = sums[1];
	sums[1] = 0;
	churn(&self, &task, ROUNDS + 1, mine);
	CHECK(sums[1] == sums[2]);
	gort_stack_fini(&task);
}

static void
called_form(void)
{
	take_turns(0, 0);
}

static void
inline_form(void)
{
	take_turns(1, 1);
}

/* All four pairings must compute the same. */
static void
mixed_forms(void)
{
	uint64_t mine, its;

	take_turns(0, 0);
	mine = sums[0];
	its = sums[1];
	take_turns(0, 1);
	CHECK(sums[0] == mine && sums[1] == its);
	take_turns(1, 0);
	CHECK(sums[0] == mine && sums[1] == its);
	take_turns(1, 1);
	CHECK(sums[0] == mine && sums[1] == its);
}

static uintptr_t entry_sp, entry_fp;
static void *entry_arg;

static void
note_entry(void *arg)
{
	entry_fp = (uintptr_t)__builtin_frame_address(0);
	entry_sp = (uintptr_t)__builtin_dwarf_cfa();
	entry_arg = arg;
	gort_gogo(&self);
}

static void
entry_state(void)
{
	int cookie;

	CHECK(gort_stack_init(
		  &task, stacks[1] + 3, STACK - 8, note_entry, &cookie) == 0);
	gort_switch(&self, &task);
	CHECK(entry_arg == &cookie);
	CHECK(entry_sp % 16 == 0);
	CHECK(entry_sp > (uintptr_t)stacks[1] &&
	      entry_sp <= (uintptr_t)stacks[1] + STACK);
	gort_stack_fini(&task);
}

static void
small_stack(void *arg)
{
	(void)arg;
	for (;;) {
		turns++;
		gort_switch(&task, &self);
	}
}

static void
bad_arguments(void)
{
	CHECK(gort_stack_init(&task, stacks[0], 100, small_stack, NULL) ==
	      -GORT_EINVAL);
	CHECK(strstr(gort_errmsg(), "100 bytes") != NULL);
	CHECK(gort_stack_init(&task, stacks[0], STACK, NULL, NULL) ==
	      -GORT_EINVAL);
	CHECK(gort_stack_init(&task, NULL, STACK, small_stack, NULL) ==
	      -GORT_EINVAL);
}

static void
smallest_stack(void)
{
	unsigned i;

	if (!PLAIN)
		return;
	memset(stacks[0], 0x5a, 4096);
	REQUIRE(gort_stack_init(
		    &task, stacks[0] + 2048, SMALLEST, small_stack, NULL) == 0);
	turns = 0;
	for (i = 0; i < 1000; i++)
		gort_switch(&self, &task);
	CHECK(turns == 1000);
	for (i = 0; i < 2048; i++)
		if (stacks[0][i] != 0x5a)
			break;
	CHECK(i == 2048);
	gort_stack_fini(&task);
}

/* ---- floating-point control ------------------------------------------------ */

static void
round_up(void *arg)
{
	(void)arg;
	for (;;) {
		fesetround(FE_UPWARD);
		gort_switch_fp(&task, &self);
		turns += fegetround() == FE_UPWARD;
		fesetround(FE_DOWNWARD);
		gort_switch(&task, &self);
	}
}

static void
rounding(void)
{
	turns = 0;
	REQUIRE(gort_stack_init(&task, stacks[0], STACK, round_up, NULL) == 0);
	gort_switch_fp(&self, &task);
	CHECK(fegetround() == FE_TONEAREST);
	gort_switch(&self, &task);
	CHECK(turns == 1);
	/* plain switches leave it as the thread has it */
	CHECK(fegetround() == FE_DOWNWARD);
	fesetround(FE_TONEAREST);
	gort_stack_fini(&task);
}

/* ---- mcall -------------------------------------------------------------------- */

static uintptr_t sched_sp[2];
static void *sched_pcs[8];
static size_t nsched;

static void
schedule(void *arg)
{
	unsigned *n = arg;

	sched_sp[*n & 1] = (uintptr_t)__builtin_dwarf_cfa();
	nsched = gort_backtrace(sched_pcs, 8);
	*n += 1;
	if (*n < 1000)
		gort_gogo(&task);
	gort_gogo(other.pc ? &other : &self);
}

static void
asks(void *arg)
{
	unsigned n = 0;

	(void)arg;
	for (;;)
		gort_mcall(&task, &self, schedule, &n);
}

/* A scheduler: its functions run below the place that it notes. */
static void
scheduler(void *arg)
{
	(void)arg;
	gort_gosave(&self);
	gort_gogo(&task);
}

static void
called_on(uintptr_t lo, uintptr_t hi)
{
	CHECK(sched_sp[0] == sched_sp[1]);
	CHECK(sched_sp[0] > lo && sched_sp[0] < hi);
	CHECK(sched_sp[0] % 16 == 0);
	/* schedule, gort_mcall, and on into what is noted or parked there */
	CHECK(!UNWINDERS || (nsched >= 4 && sched_pcs[2] == self.pc));
	gort_stack_fini(&task);
}

static void
mcall_at_noted(void)
{
	struct gort_gobuf sched = {0};

	REQUIRE(gort_stack_init(&task, stacks[0], STACK, asks, NULL) == 0);
	REQUIRE(
	    gort_stack_init(&sched, stacks[1], STACK, scheduler, NULL) == 0);
	gort_switch(&other, &sched);
	called_on((uintptr_t)stacks[1], (uintptr_t)stacks[2]);
	gort_stack_fini(&sched);
}

/* The same where the thread itself is parked. */
static void
mcall_at_parked(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	REQUIRE(gort_stack_init(&task, stacks[0], STACK, asks, NULL) == 0);
	memset(&other, 0, sizeof(other));
	memset(&self, 0, sizeof(self));
	gort_switch(&self, &task);
	called_on(here - 4096, here);
}

/* ---- ends of backtraces ------------------------------------------------------ */

static void *pcs[64];
static size_t npcs;
static uintptr_t start_pc;

/* The last of npcs is the first frame of a stack. */
static int
ends_at_start(void)
{
	uintptr_t last = npcs ? (uintptr_t)pcs[npcs - 1] : 0;

	return last > start_pc && last < start_pc + 64;
}

static _Unwind_Reason_Code
collect(struct _Unwind_Context *ctx, void *arg)
{
	(void)arg;
	/* it shows the end itself as a frame at 0 */
	if (npcs < 64 && _Unwind_GetIP(ctx) != 0)
		pcs[npcs++] = (void *)_Unwind_GetIP(ctx);
	return _URC_NO_REASON;
}

__attribute__((noinline)) static void
by_glibc(void)
{
	npcs = (size_t)backtrace(pcs, 64);
	turns++;
}

__attribute__((noinline)) static void
by_libgcc(void)
{
	npcs = 0;
	_Unwind_Backtrace(collect, NULL);
	turns++;
}

__attribute__((noinline)) static void
by_gort(void)
{
	npcs = gort_backtrace(pcs, 64);
	turns++;
}

static void
walks(void *arg)
{
	(*(void (**)(void))arg)();
	turns++;
	gort_gogo(&self);
}

static void
ends_exactly(void (*walk)(void), size_t inner)
{
	npcs = 0;
	REQUIRE(gort_stack_init(&task, stacks[0], STACK, walks, &walk) == 0);
	start_pc = (uintptr_t)task.pc;
	gort_switch(&self, &task);
	CHECK(ends_at_start());
	/* the walker's frames, walks, the start */
	CHECK(!PLAIN || npcs == inner + 2);
	gort_stack_fini(&task);
}

static void
glibc_ends(void)
{
	if (PLAIN && UNWINDERS)
		ends_exactly(by_glibc, 1);
}

static void
libgcc_ends(void)
{
	if (UNWINDERS)
		ends_exactly(by_libgcc, 1);
}

static void
gort_ends(void)
{
	ends_exactly(by_gort, 1);
}

/* ---- parked ones ----------------------------------------------------------------- */

__attribute__((noinline)) static void
park_called(void)
{
	gort_switch(&task, &self);
	turns++;
}

__attribute__((noinline)) static void
park_inline(void)
{
	gort_switch_inline(&task, &self);
	turns++;
}

__attribute__((noinline)) static void
park_below(void (*how)(void))
{
	/* the callee's registers are this frame's to find */
	how();
	turns++;
}

static void
parks(void *arg)
{
	park_below(*(void (**)(void))arg);
	turns++;
	gort_gogo(&self);
}

static int
within(void *pc, void (*fn)(void), size_t size)
{
	return (uintptr_t)pc > (uintptr_t)fn &&
	       (uintptr_t)pc < (uintptr_t)fn + size;
}

static void
parked_with(void (*how)(void), size_t inner)
{
	void *at[16];
	size_t n;

	REQUIRE(gort_stack_init(&task, stacks[0], STACK, parks, &how) == 0);
	start_pc = (uintptr_t)task.pc;
	n = gort_backtrace_parked(&task, at, 16);
	CHECK(n == 1 && at[0] == task.pc);
	gort_switch(&self, &task);
	n = gort_backtrace_parked(&task, at, 16);
	/* (gort_switch,) how, park_below, parks, the start */
	REQUIRE(n == inner + 4);
	CHECK(within(at[inner], how, 512));
	CHECK(within(at[inner + 1], (void (*)(void))park_below, 256));
	CHECK(within(at[inner + 2], (void (*)(void))parks, 256));
	CHECK((uintptr_t)at[n - 1] > start_pc &&
	      (uintptr_t)at[n - 1] < start_pc + 64);
	gort_switch(&self, &task);
	gort_stack_fini(&task);
}

static void
parked_called(void)
{
	if (PLAIN)
		parked_with(park_called, 1);
}

static void
parked_inline(void)
{
	if (PLAIN)
		parked_with(park_inline, 0);
}

int
main(void)
{
	static const struct test tests[] = {
	    {"contexts take turns by gort_switch", called_form},
	    {"contexts take turns by gort_switch_inline", inline_form},
	    {"the forms can be mixed", mixed_forms},
	    {"a stack starts aligned, with its argument", entry_state},
	    {"wrong arguments are refused", bad_arguments},
	    {"the least that is allowed is enough for a stack", smallest_stack},
	    {"gort_switch_fp keeps the rounding, gort_switch does not",
		rounding},
	    {"gort_mcall calls below a noted place", mcall_at_noted},
	    {"gort_mcall calls below a parked context", mcall_at_parked},
	    {"glibc's backtrace ends at the stack's start", glibc_ends},
	    {"libgcc's backtrace ends at the stack's start", libgcc_ends},
	    {"gort's backtrace ends at the stack's start", gort_ends},
	    {"a context parked by gort_switch unwinds", parked_called},
	    {"a context parked inline unwinds", parked_inline},
	};

	return RUN_TESTS("switch", tests);
}
