/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred calls and recovery. The table is of what Go's published semantics
 * say (The Go Programming Language Specification, "Defer statements",
 * "Handling panics", "Return statements"; package runtime, Goexit); its rows
 * are the names of the tests in tests[], at the end of this file. Rows that
 * end with "(C)" are about what only C has. Built several times, with other
 * compilers and optimisations.
 *
 *	defer		order, loops, arguments, values returned
 *	recover		who may, what it gives, where the function goes on
 *	nesting		panics in deferred calls, replaced and raised again
 *	goexit		it runs what is deferred, and nothing stops it
 *	values		typed pointers, codes, destructors
 *	C		errno, boundaries, longjmp, exported calls, cleanups
 */
#include "check.h"

#include <errno.h>
#include <gort.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>

#define NOINLINE __attribute__((noinline))

static char trace[256], got[256];
static struct gort_error err;
static volatile int sink;

static void
mark(int c)
{
	size_t n = strlen(trace);

	if (n + 1 < sizeof(trace)) {
		trace[n] = (char)c;
		trace[n + 1] = '\0';
	}
}

static int
traced(const char *want)
{
	int same = strcmp(trace, want) == 0;

	if (!same)
		printf("    trace is \"%s\", not \"%s\"\n", trace, want);
	trace[0] = got[0] = '\0';
	return same;
}

static void
say(void *c)
{
	mark(*(const char *)c);
}

static void *
text(const char *s)
{
	return (void *)(uintptr_t)s;
}

static void
recover_it(void *unused)
{
	const struct gort_error *e = gort_recover();

	(void)unused;
	mark(e ? 'R' : 'n');
	snprintf(got, sizeof(got), "%s", e ? e->message : "");
}

static void
panic_with(void *text)
{
	gort_panic("%s", (const char *)text);
}

static int
caught(gort_func *fn, void *arg, const char *message)
{
	int rc = gort_try(fn, arg, &err);

	return rc == -GORT_EPANIC && strcmp(err.message, message) == 0;
}
#define RETURNS(fn) (gort_try(fn, NULL, &err) == 0)

/* ---- defer ----------------------------------------------------------------- */

static void
three(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(say, text("2"));
	gort_defer(say, text("3"));
	mark('b');
}

static void
lifo(void)
{
	three(NULL);
	CHECK(traced("b321"));
}

static void
none_deferred(void *unused)
{
	GORT_DEFERS;

	if (unused)
		gort_defer(say, text("x"));
	mark('b');
}

static void
none(void)
{
	none_deferred(NULL);
	CHECK(traced("b"));
}

static void
early_return(void *arg)
{
	GORT_DEFERS;

	gort_defer(say, text("1"));
	if (arg)
		return;
	gort_defer(say, text("2"));
}

static void
early(void)
{
	early_return(trace);
	CHECK(traced("1"));
	early_return(NULL);
	CHECK(traced("21"));
}

static int order[5000], ordered;

static void
take_number(void *arg)
{
	order[ordered++] = *(int *)arg;
}

static void
loop_of(void *n)
{
	GORT_DEFERS;
	static int numbers[5000];
	int i;

	for (i = 0; i < *(int *)n; i++) {
		numbers[i] = i;
		gort_defer(take_number, &numbers[i]);
	}
}

static int
ran_backwards(int n)
{
	int i, ok = ordered == n;

	for (i = 0; i < n && ok; i++)
		ok = order[i] == n - 1 - i;
	ordered = 0;
	return ok;
}

static void
loops(void)
{
	int n;

	for (n = 0; n < 12; n++) {
		loop_of(&n);
		CHECK(ran_backwards(n));
	}
	n = 5000;
	loop_of(&n);
	CHECK(ran_backwards(n));
}

static void
loop_then_panic(void *n)
{
	GORT_DEFERS;
	int i, number[300];

	for (i = 0; i < *(int *)n; i++) {
		number[i] = i;
		gort_defer(take_number, &number[i]);
	}
	gort_panic("after the loop");
}

static void
loops_panicking(void)
{
	int n = 300;

	CHECK(caught(loop_then_panic, &n, "after the loop"));
	CHECK(ran_backwards(300));
}

static void
early_argument(void *unused)
{
	GORT_DEFERS;
	static const char *letters[] = {"a", "b"};
	const char *now = letters[0];

	(void)unused;
	gort_defer(say, text(now));
	now = letters[1];
	gort_defer(say, text(now));
}

static void
arguments(void)
{
	early_argument(NULL);
	CHECK(traced("ba"));
}

static void
triple(void *n)
{
	*(int *)n *= 3;
}

static int
changed_result(int n)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(triple, &r);
	gort_return(n);
}

static int
plain_result(int n)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(triple, &r);
	r = n;
	return r;
}

static void
results(void)
{
	CHECK(changed_result(7) == 21);
	CHECK(plain_result(7) == 7);
}

static int
recursive(int n)
{
	GORT_DEFERS_RESULT(int, r);
	char c = (char)('0' + n);

	gort_defer(say, &c);
	if (n > 0)
		r = recursive(n - 1);
	gort_return(r + 1);
}

static void
recursion(void)
{
	CHECK(recursive(5) == 6);
	CHECK(traced("012345"));
}

static void
defers_more(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("i"));
	gort_defer(say, text("j"));
	mark('d');
}

static void
nested_defers(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(defers_more, NULL);
	gort_defer(say, text("2"));
}

static void
defer_in_deferred(void)
{
	nested_defers(NULL);
	CHECK(traced("2dji1"));
}

static void
three_then_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(say, text("2"));
	gort_panic("p");
}

static void
panic_runs(void)
{
	CHECK(caught(three_then_panic, NULL, "p"));
	CHECK(traced("21"));
}

static void
two_frames(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("3"));
	three_then_panic(unused);
	mark('x');
}

static void
panic_runs_callers(void)
{
	CHECK(caught(two_frames, NULL, "p"));
	CHECK(traced("213"));
}

static void
not_reached(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	panic_with(text("early"));
	gort_defer(say, text("2"));
}

static void
later_defers(void)
{
	CHECK(caught(not_reached, NULL, "early"));
	CHECK(traced("1"));
}

/* ---- recover ---------------------------------------------------------------- */

static void
safe_void(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_panic("one");
}

static void
recovers(void)
{
	CHECK(RETURNS(safe_void));
	CHECK(strcmp(got, "one") == 0);
	CHECK(traced("R"));
}

static void
no_boundary(void)
{
	safe_void(NULL);
	CHECK(strcmp(got, "one") == 0);
	CHECK(traced("R"));
}

static void
no_panic_recover(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
}

static void
nothing_to_recover(void)
{
	no_panic_recover(NULL);
	CHECK(traced("n"));
	recover_it(NULL);
	CHECK(traced("n"));
}

static void
goes_on(void *unused)
{
	safe_void(unused);
	mark('a');
	safe_void(unused);
	mark('b');
}

static void
caller_goes_on(void)
{
	CHECK(RETURNS(goes_on));
	CHECK(traced("RaRb"));
}

static void
not_after(void *unused)
{
	safe_void(unused);
	mark('a');
	gort_panic("two");
}

static void
panic_after_recovery(void)
{
	CHECK(caught(not_after, NULL, "two"));
	CHECK(traced("Ra"));
}

static void
recover_in_middle(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_it, NULL);
	gort_defer(say, text("2"));
	gort_panic("p");
}

static void
rest_runs(void)
{
	CHECK(RETURNS(recover_in_middle));
	CHECK(traced("2R1"));
}

static void
recover_twice_(void *unused)
{
	(void)unused;
	mark(gort_recover() ? 'R' : 'n');
	mark(gort_recover() ? 'R' : 'n');
}

static void
twice_in_one(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_twice_, NULL);
	gort_panic("p");
}

static void
second_recover(void)
{
	CHECK(RETURNS(twice_in_one));
	CHECK(traced("Rn"));
}

static void
two_recoverers(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(recover_it, NULL);
	gort_panic("p");
}

static void
first_takes_it(void)
{
	CHECK(RETURNS(two_recoverers));
	CHECK(traced("Rn"));
}

static void
helper_recovers(void *unused)
{
	recover_it(unused);
	sink++;
}

static void
deeper(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(helper_recovers, NULL);
	gort_panic("p");
}

static void
not_deeper(void)
{
	CHECK(caught(deeper, NULL, "p"));
	CHECK(traced("n"));
}

static void
own_nested(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	mark('d');
}

static void
nested_deferred(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(own_nested, NULL);
	gort_panic("p");
}

static void
not_in_nested(void)
{
	CHECK(caught(nested_deferred, NULL, "p"));
	CHECK(traced("dn"));
}

static void
recover_in_body(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	mark(gort_recover() ? 'R' : 'n');
	gort_defer(say, text("1"));
	gort_panic("p");
}

static void
not_shallower(void)
{
	CHECK(caught(recover_in_body, NULL, "p"));
	CHECK(traced("n1"));
}

static void
callee_with_defers(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	mark('c');
}

static void
calls_one(void *unused)
{
	callee_with_defers(unused);
	sink++;
}

static void
other_functions_defer(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(calls_one, NULL);
	gort_panic("p");
}

static void
not_others(void)
{
	CHECK(caught(other_functions_defer, NULL, "p"));
	CHECK(traced("cn"));
}

NOINLINE static void
down(int n)
{
	volatile char room[64];

	room[0] = (char)n;
	if (n == 0)
		gort_panic("deep");
	if (n > 0)
		down(n - 1);
	sink += room[0];
}

static void
from_deep(void *n)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	down(*(int *)n);
}

static void
deep_panic(void)
{
	int n;

	for (n = 0; n < 2000; n += 199) {
		CHECK(gort_try(from_deep, &n, &err) == 0);
		CHECK(traced("R"));
	}
}

static void
middle(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("m"));
	safe_void(unused);
	mark('a');
}

static void
outer_defers_stay(void)
{
	CHECK(RETURNS(middle));
	CHECK(traced("Ram"));
}

static void
outer_recovers(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	two_frames(unused);
}

static void
inner_frames_skipped(void)
{
	CHECK(RETURNS(outer_recovers));
	CHECK(traced("213R"));
}

static void
many_times(void)
{
	int i;

	for (i = 0; i < 20000; i++) {
		safe_void(NULL);
		trace[0] = '\0';
	}
	CHECK(RETURNS(safe_void));
	CHECK(traced("R"));
}

/* ---- results of a function that recovered -------------------------------------- */

#define RESULT_OF(name, type, value) \
	static void set_##name(void *r) \
	{ \
		if (gort_recover()) \
			*(type *)r = (value); \
	} \
	NOINLINE static type give_##name(int fail) \
	{ \
		GORT_DEFERS_RESULT(type, r); \
		gort_defer(set_##name, &r); \
		if (fail) \
			gort_panic("no " #type); \
		gort_return((type)(value)); \
	} \
	NOINLINE static type early_##name(int fail) \
	{ \
		GORT_DEFERS_RESULT(type, r); \
		gort_defer(recover_it, NULL); \
		r = (value); \
		if (fail) \
			gort_panic("no " #type); \
		return r; \
	}
RESULT_OF(int, int, -5)
RESULT_OF(schar, signed char, -7)
RESULT_OF(uchar, unsigned char, 200)
RESULT_OF(short, short, -300)
RESULT_OF(bool, _Bool, 1)
RESULT_OF(long, long, -123456789)
RESULT_OF(u64, uint64_t, UINT64_C(0x0123456789abcdef))
RESULT_OF(float, float, 1.5f)
RESULT_OF(double, double, -2.25)
RESULT_OF(ldouble, long double, 1e300L)
RESULT_OF(pointer, char *, trace)

#define CHECK_RESULT(name, value) \
	do { \
		CHECK(give_##name(1) == (value)); \
		CHECK(give_##name(0) == (value)); \
		CHECK(early_##name(1) == (value)); \
		CHECK(early_##name(0) == (value)); \
		trace[0] = '\0'; \
	} while (0)

static void
integer_results(void)
{
	CHECK_RESULT(int, -5);
	CHECK_RESULT(schar, -7);
	CHECK_RESULT(uchar, 200);
	CHECK_RESULT(short, -300);
	CHECK_RESULT(bool, 1);
	CHECK_RESULT(long, -123456789);
}

static void
wide_results(void)
{
	CHECK_RESULT(u64, UINT64_C(0x0123456789abcdef));
}

static void
floating_results(void)
{
	double sum = 0;
	int i;

	CHECK_RESULT(float, 1.5f);
	CHECK_RESULT(double, -2.25);
	CHECK_RESULT(ldouble, 1e300L);
	for (i = 0; i < 100; i++) /* the x87 stack is left as it should be */
		sum += (double)give_float(1) * give_double(1);
	CHECK(sum == -337.5);
}

static void
pointer_results(void)
{
	CHECK_RESULT(pointer, trace);
}

static int
zero_result(void)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(recover_it, NULL);
	panic_with(text("p"));
	gort_return(r + 5);
}

static void
zero_when_not_set(void)
{
	CHECK(zero_result() == 0);
	CHECK(traced("R"));
}

static int
panic_after_return(void)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(recover_it, NULL);
	gort_defer(panic_with, text("late"));
	gort_return(r + 9);
}

static void
returned_value_stays(void)
{
	CHECK(panic_after_return() == 9);
	CHECK(strcmp(got, "late") == 0);
	CHECK(traced("R"));
}

static int
rest_changes(int fail)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(triple, &r);
	gort_defer(recover_it, NULL);
	r = 4;
	if (fail)
		gort_panic("p");
	gort_return(5);
}

static void
rest_changes_result(void)
{
	CHECK(rest_changes(1) == 12);
	CHECK(rest_changes(0) == 15);
	CHECK(traced("Rn"));
}

/* Values that live in preserved registers over the call. */
NOINLINE static int
keeps_registers(int a, int b, int c, int d, int e)
{
	double x = a * 1.5;
	int k;

	for (k = 0; k < 3; k++) {
		a += give_int(1);
		b ^= a;
		c += b * d;
		x += give_double(1);
		d -= e;
		e += k;
	}
	return a + b + c + d + e + (int)x;
}

NOINLINE static int
same_without(int a, int b, int c, int d, int e)
{
	double x = a * 1.5;
	int k;

	for (k = 0; k < 3; k++) {
		a += -5;
		b ^= a;
		c += b * d;
		x += -2.25;
		d -= e;
		e += k;
	}
	return a + b + c + d + e + (int)x;
}

static void
registers(void)
{
	int i;

	for (i = 0; i < 100; i++)
		CHECK(keeps_registers(i, 2, 3, 4, i) ==
		      same_without(i, 2, 3, 4, i));
}

static int
many_arguments(int a, int b, int c, int d, int e, int f, int g, int h, int i)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(recover_it, NULL);
	r = a + b + c + d + e + f + g + h + i;
	gort_panic("p");
}

static void
stack_arguments(void)
{
	CHECK(many_arguments(1, 2, 3, 4, 5, 6, 7, 8, 9) +
		  many_arguments(1, 1, 1, 1, 1, 1, 1, 1, 1) ==
	      54);
	CHECK(traced("RR"));
}

static int
with_alloca(size_t n)
{
	GORT_DEFERS_RESULT(int, r);
	char *room = __builtin_alloca(n);

	memset(room, 1, n);
	gort_defer(recover_it, NULL);
	r = room[n - 1];
	panic_with(room[0] ? text("alloca") : NULL);
	gort_return(0);
}

static void
dynamic_frames(void)
{
	size_t n;

	for (n = 1; n < 5000; n += 371)
		CHECK(with_alloca(n) == 1);
	trace[0] = '\0';
}

/* ---- panics in deferred calls ------------------------------------------------------ */

static void
panic_in_deferred(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(panic_with, text("second"));
	gort_panic("first");
}

static void
replaces(void)
{
	CHECK(caught(panic_in_deferred, NULL, "second"));
	CHECK(traced("1"));
}

static void
replaced_then_recovered(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(panic_with, text("second"));
	gort_panic("first");
}

static void
recovers_newest(void)
{
	CHECK(RETURNS(replaced_then_recovered));
	CHECK(strcmp(got, "second") == 0);
	CHECK(traced("R"));
}

static void
panic_on_return(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(panic_with, text("on return"));
	mark('b');
}

static void
panics_on_return(void)
{
	CHECK(caught(panic_on_return, NULL, "on return"));
	CHECK(traced("b1"));
}

static void
chain(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(panic_with, text("4"));
	gort_defer(panic_with, text("3"));
	gort_defer(panic_with, text("2"));
	gort_panic("1");
}

static void
chains(void)
{
	CHECK(caught(chain, NULL, "4"));
}

static void
recover_then_panic(void *unused)
{
	const struct gort_error *e = gort_recover();

	(void)unused;
	gort_panic("again %s", e ? e->message : "?");
}

static void
repanics_(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_then_panic, NULL);
	gort_panic("a");
}

static void
repanics(void)
{
	CHECK(caught(repanics_, NULL, "again a"));
	CHECK(traced("1"));
}

static void
repanic_recovered_(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(recover_then_panic, NULL);
	gort_panic("a");
}

static void
repanic_recovered(void)
{
	CHECK(RETURNS(repanic_recovered_));
	CHECK(strcmp(got, "again a") == 0);
	CHECK(traced("R"));
}

static void
outer_of_repanic(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	repanics_(unused);
	mark('x');
}

static void
repanic_outside(void)
{
	CHECK(RETURNS(outer_of_repanic));
	CHECK(strcmp(got, "again a") == 0);
	CHECK(traced("1R"));
}

static void
recovers_inside(void *unused)
{
	safe_void(unused);
	mark('d');
}

static void
inner_pair(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recovers_inside, NULL);
	gort_panic("outer");
}

static void
inner_recovered(void)
{
	CHECK(caught(inner_pair, NULL, "outer"));
	CHECK(traced("Rd1"));
}

static void
panics_in_nested(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("n"));
	gort_defer(panic_with, text("third"));
	gort_panic("second");
}

static void
three_deep(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(panics_in_nested, NULL);
	gort_panic("first");
}

static void
nested_three(void)
{
	CHECK(RETURNS(three_deep));
	CHECK(strcmp(got, "third") == 0);
	CHECK(traced("nR"));
}

static void
new_panic_in_rest(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(panic_with, text("fresh"));
	gort_defer(recover_it, NULL);
	gort_panic("old");
}

static void
fresh_panic(void)
{
	CHECK(RETURNS(new_panic_in_rest));
	CHECK(strcmp(got, "fresh") == 0);
	CHECK(traced("RR"));
}

static void
recover_in_nested_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_panic("inner");
}

static void
nested_and_both(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(recover_in_nested_panic, NULL);
	gort_panic("outer");
}

static void
both_recovered(void)
{
	CHECK(RETURNS(nested_and_both));
	CHECK(strcmp(got, "outer") == 0);
	CHECK(traced("RR"));
}

static void
panic_loop(void *n)
{
	GORT_DEFERS;
	int i;

	for (i = 0; i < *(int *)n; i++)
		gort_defer(panic_with, text("in a loop"));
	gort_panic("first");
}

static void
hundred_replaced(void)
{
	int n = 100;

	CHECK(caught(panic_loop, &n, "in a loop"));
}

/* ---- goexit ------------------------------------------------------------------------- */

static void
exits(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(say, text("2"));
	gort_goexit();
}

static void
goexit_runs(void)
{
	CHECK(gort_try(exits, NULL, &err) == -GORT_EGOEXIT);
	CHECK(err.code == GORT_EGOEXIT);
	CHECK(traced("21"));
}

static void
exits_through(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	exits(unused);
	mark('x');
}

static void
goexit_not_recoverable(void)
{
	CHECK(gort_try(exits_through, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("21n"));
}

static void
go_away(void *unused)
{
	(void)unused;
	gort_goexit();
}

static void
exit_in_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(go_away, NULL);
	gort_panic("p");
}

static void
goexit_ends_panic(void)
{
	CHECK(gort_try(exit_in_panic, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("n"));
}

static void
panic_in_exit(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(panic_with, text("while exiting"));
	gort_goexit();
}

static void
panic_beats_goexit(void)
{
	CHECK(caught(panic_in_exit, NULL, "while exiting"));
	CHECK(traced("1"));
}

static void
recovered_in_exit(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_it, NULL);
	gort_defer(panic_with, text("while exiting"));
	gort_goexit();
}

static void
calls_recovered_in_exit(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("o"));
	recovered_in_exit(unused);
	mark('x');
}

static void
goexit_goes_on(void)
{
	CHECK(gort_try(calls_recovered_in_exit, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("R1o"));
}

static void
recover_then_exit_(void *unused)
{
	(void)unused;
	mark(gort_recover() ? 'R' : 'n');
	gort_goexit();
}

static void
recovers_and_exits(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(recover_then_exit_, NULL);
	gort_panic("p");
}

static void
recover_then_exit(void)
{
	CHECK(gort_try(recovers_and_exits, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("R1"));
}

static void
exit_twice(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(go_away, NULL);
	gort_goexit();
}

static void
goexit_in_goexit(void)
{
	CHECK(gort_try(exit_twice, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("1"));
}

static void
exit_on_return(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(go_away, NULL);
}

static void
goexit_while_returning(void)
{
	CHECK(gort_try(exit_on_return, NULL, &err) == -GORT_EGOEXIT);
	CHECK(traced("1"));
}

static void *
exiting_thread(void *arg)
{
	exits(NULL);
	mark('x');
	return arg;
}

static void
goexit_ends_thread(void)
{
	pthread_t t;
	void *result = trace;

	REQUIRE(pthread_create(&t, NULL, exiting_thread, trace) == 0);
	pthread_join(t, &result);
	CHECK(result == NULL);
	CHECK(traced("21"));
}

/* ---- values --------------------------------------------------------------------------- */

static int destroyed;

static void
destroy(void *value)
{
	destroyed += *(int *)value;
}

static int number = 3;

static void
with_value(void *unused)
{
	(void)unused;
	gort_panic_value(42, "number", &number, destroy, "value %d", number);
}

static void
value_at_boundary(void)
{
	destroyed = 0;
	CHECK(caught(with_value, NULL, "value 3"));
	CHECK(err.detail == 42);
	CHECK(destroyed == 3);
}

static void
take_it(void *where)
{
	const struct gort_error *e = gort_recover();

	if (!e)
		return;
	mark(e->detail == 42 ? 'c' : '?');
	mark(gort_take_value(e, "other") ? '?' : 'o');
	*(void **)where = gort_take_value(e, "number");
	mark(gort_take_value(e, "number") ? '?' : 't');
}

static void *
takes_value(void)
{
	GORT_DEFERS_RESULT(void *, r);

	gort_defer(take_it, &r);
	with_value(NULL);
	gort_return(r);
}

static void
value_taken(void)
{
	destroyed = 0;
	CHECK(takes_value() == &number);
	CHECK(destroyed == 0);
	CHECK(traced("cot"));
}

static void
recovers_value(void *unused)
{
	GORT_DEFERS;

	gort_defer(recover_it, NULL);
	with_value(unused);
}

static void
value_destroyed(void)
{
	destroyed = 0;
	CHECK(RETURNS(recovers_value));
	CHECK(destroyed == 3);
	CHECK(traced("R"));
}

static void
replaces_value(void *unused)
{
	GORT_DEFERS;

	gort_defer(panic_with, text("instead"));
	with_value(unused);
}

static void
value_replaced(void)
{
	destroyed = 0;
	CHECK(caught(replaces_value, NULL, "instead"));
	CHECK(err.detail == 0 && destroyed == 3);
}

static void
repanic_it(void *unused)
{
	const struct gort_error *e = gort_recover();

	(void)unused;
	if (e)
		gort_repanic(e);
}

static void
passes_value_on(void *unused)
{
	GORT_DEFERS;

	gort_defer(repanic_it, NULL);
	with_value(unused);
}

static void *
takes_repanicked(void)
{
	GORT_DEFERS_RESULT(void *, r);

	gort_defer(take_it, &r);
	passes_value_on(NULL);
	gort_return(r);
}

static void
value_repanicked(void)
{
	destroyed = 0;
	CHECK(takes_repanicked() == &number);
	CHECK(destroyed == 0);
	CHECK(traced("cot"));
	CHECK(caught(passes_value_on, NULL, "value 3"));
	CHECK(err.detail == 42 && destroyed == 3);
}

/* ---- what only C has ------------------------------------------------------------------ */

static void
boundary_between(void *unused)
{
	GORT_DEFERS;
	struct gort_error e;

	gort_defer(say, text("o"));
	CHECK(gort_try(three_then_panic, unused, &e) == -GORT_EPANIC);
	mark('b');
}

static void
boundary_stops(void)
{
	boundary_between(NULL);
	CHECK(traced("21bo"));
}

static void
try_in_deferred(void *unused)
{
	struct gort_error e;

	CHECK(gort_try(recovers_value, unused, &e) == 0);
	CHECK(gort_try(panic_with, text("in"), &e) == -GORT_EPANIC);
	recover_it(unused);
	mark('t');
}

static void
tries_while_panicking(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("1"));
	gort_defer(try_in_deferred, NULL);
	gort_panic("outer");
}

static void
boundary_in_deferred(void)
{
	CHECK(caught(tries_while_panicking, NULL, "outer"));
	CHECK(traced("Rnt1"));
}

static void
recover_below_boundary(void *unused)
{
	gort_try(recover_it, unused, NULL);
	sink++;
}

static void
recovers_below(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_below_boundary, NULL);
	gort_panic("p");
}

static void
boundary_hides(void)
{
	CHECK(caught(recovers_below, NULL, "p"));
	CHECK(traced("n"));
}

static void
set_errno(void *unused)
{
	(void)unused;
	errno = EXDEV;
}

static void
errno_of_panic(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	errno = ENOTTY;
	gort_panic("p");
}

static void
errno_of_deferred(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(recover_it, NULL);
	gort_defer(set_errno, NULL);
	errno = ENOTTY;
	gort_panic("p");
}

static void
errno_then_panic(void *unused)
{
	(void)unused;
	errno = EDOM;
	gort_panic("p");
}

static void
errno_survives(void)
{
	errno = 0;
	errno_of_panic(NULL);
	CHECK(errno == ENOTTY);
	errno_of_deferred(NULL);
	CHECK(errno == EXDEV);
	gort_try(errno_then_panic, NULL, &err);
	CHECK(errno == EDOM);
	trace[0] = '\0';
}

static void
fault_it(void *unused)
{
	GORT_DEFERS;
	volatile int *volatile nowhere = (volatile int *)(uintptr_t)8;

	(void)unused;
	gort_defer(recover_it, NULL);
	*nowhere = 1;
}

static void
fault_recovered(void)
{
	REQUIRE(gort_catch_faults(1) == 0);
	CHECK(RETURNS(fault_it));
	CHECK(strncmp(got, "SIGSEGV", 7) == 0);
	CHECK(traced("R"));
	CHECK(gort_catch_faults(0) == 0);
}

static jmp_buf env;

NOINLINE static void
jump_away(void *unused)
{
	GORT_DEFERS;

	(void)unused;
	gort_defer(say, text("x"));
	longjmp(env, 1);
}

static void
jumps_below(void *unused)
{
	GORT_DEFERS;

	gort_defer(say, text("1"));
	if (setjmp(env) == 0)
		jump_away(unused);
	recovers_inside(unused);
}

static void
longjmp_forgets(void)
{
	CHECK(RETURNS(jumps_below));
	CHECK(traced("Rd1"));
}

static int
compare(const void *a, const void *b)
{
	(void)a;
	(void)b;
	gort_panic("while sorting");
}

static int
sorts(void)
{
	GORT_DEFERS_RESULT(int, r);
	int v[] = {3, 2, 1};

	gort_defer(recover_it, NULL);
	r = 6;
	qsort(v, 3, sizeof(v[0]), compare);
	gort_return(0);
}

static void
through_libc(void)
{
#ifndef __GLIBC__
	/* musl has no unwind data: nothing says what its qsort has saved */
	printf("    not with this libc\n");
	return;
#endif
	CHECK(sorts() == 6);
	CHECK(strcmp(got, "while sorting") == 0);
	CHECK(traced("R"));
}

static void
clean(int *unused)
{
	(void)unused;
	mark('c');
}

NOINLINE static void
has_cleanup(void *unused)
{
	__attribute__((cleanup(clean))) int guard = 0;

	(void)guard;
	(void)unused;
	panic_with(text("p"));
}

static int
over_cleanup(void)
{
	GORT_DEFERS_RESULT(int, r);

	gort_defer(say, text("1"));
	gort_defer(recover_it, NULL);
	r = 8;
	has_cleanup(NULL);
	gort_return(0);
}

static void
cleanups(void)
{
	CHECK(over_cleanup() == 8);
#ifdef __EXCEPTIONS
	CHECK(traced("R1c"));
#else
	CHECK(traced("R1"));
#endif
	CHECK(over_cleanup() == 8);
	trace[0] = '\0';
}

static void *
panics_on_thread(void *arg)
{
	int i;

	for (i = 0; i < 2000; i++)
		if (gort_try(deeper, arg, NULL) != -GORT_EPANIC ||
		    give_int(1) != -5)
			return arg;
	return NULL;
}

static void
threads(void)
{
	pthread_t t[8];
	void *bad;
	int i;

	for (i = 0; i < 8; i++)
		REQUIRE(
		    pthread_create(&t[i], NULL, panics_on_thread, &err) == 0);
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], &bad);
		CHECK(bad == NULL);
	}
	trace[0] = '\0';
}

static const struct test tests[] = {
    {"deferred calls run last in, first out", lifo},
    {"a function that deferred nothing returns", none},
    {"only what was reached is deferred", early},
    {"calls deferred in a loop all run, newest first", loops},
    {"also when a panic runs them", loops_panicking},
    {"arguments are those at the defer", arguments},
    {"a deferred call changes the result after return", results},
    {"each activation of a function has its own", recursion},
    {"a deferred function defers its own", defer_in_deferred},
    {"a panic runs the deferred calls", panic_runs},
    {"and those of the callers", panic_runs_callers},
    {"what comes after a panic is not deferred", later_defers},
    {"a deferred function recovers a panic", recovers},
    {"below no boundary too (C)", no_boundary},
    {"recover is nil without a panic", nothing_to_recover},
    {"the caller of the function that recovered goes on", caller_goes_on},
    {"and may panic again", panic_after_recovery},
    {"the rest of the deferred calls runs", rest_runs},
    {"a second recover is nil", second_recover},
    {"the first of two that recover gets it", first_takes_it},
    {"a helper of a deferred function cannot recover", not_deeper},
    {"nor what a deferred function defers", not_in_nested},
    {"nor the function itself", not_shallower},
    {"nor what a callee of a deferred function defers", not_others},
    {"from any depth", deep_panic},
    {"what outer functions deferred waits", outer_defers_stay},
    {"an outer function recovers", inner_frames_skipped},
    {"20000 times", many_times},
    {"results: integers", integer_results},
    {"results: 64 bits", wide_results},
    {"results: floating", floating_results},
    {"results: pointers", pointer_results},
    {"a result that was not set is zero", zero_when_not_set},
    {"a panic after return leaves the value", returned_value_stays},
    {"calls after the recovery change the result", rest_changes_result},
    {"the caller's registers are its own (C)", registers},
    {"arguments on the stack are no trouble (C)", stack_arguments},
    {"nor alloca (C)", dynamic_frames},
    {"a panic in a deferred call replaces the first", replaces},
    {"and is what recover gives", recovers_newest},
    {"a deferred call panics on return", panics_on_return},
    {"a chain of them: the last counts", chains},
    {"recover, then panic again", repanics},
    {"which the same function's next recovers", repanic_recovered},
    {"or an outer function", repanic_outside},
    {"a panic inside a deferred call, recovered there", inner_recovered},
    {"three panics deep", nested_three},
    {"a panic after the recovery is a new one", fresh_panic},
    {"inner and outer panic are recovered each", both_recovered},
    {"a hundred panics replace each other", hundred_replaced},
    {"goexit runs the deferred calls", goexit_runs},
    {"goexit is not recoverable", goexit_not_recoverable},
    {"goexit ends a panic", goexit_ends_panic},
    {"a panic during goexit", panic_beats_goexit},
    {"is recovered, and goexit goes on", goexit_goes_on},
    {"recover, then goexit", recover_then_exit},
    {"goexit during goexit", goexit_in_goexit},
    {"goexit in a deferred call on return", goexit_while_returning},
    {"goexit ends a thread", goexit_ends_thread},
    {"a value's destructor runs at the boundary (C)", value_at_boundary},
    {"the value is taken by its type", value_taken},
    {"not taken, it is destroyed", value_destroyed},
    {"replaced, it is destroyed", value_replaced},
    {"panicked again, it goes along", value_repanicked},
    {"a boundary keeps a panic from outer defers (C)", boundary_stops},
    {"boundaries in deferred calls (C)", boundary_in_deferred},
    {"recover does not reach through a boundary (C)", boundary_hides},
    {"errno survives both ways (C)", errno_survives},
    {"a fault is recovered", fault_recovered},
    {"longjmp forgets what it left (C)", longjmp_forgets},
    {"a panic through libc is recovered (C)", through_libc},
    {"cleanups on the way run (C)", cleanups},
    {"on eight threads at once", threads},
};

int
main(void)
{
	return RUN_TESTS("defer", tests);
}
