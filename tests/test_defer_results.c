/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a function that recovered returns, and what its caller then finds in
 * registers and on the stack.
 * Rows of the table in defer.h.
 */
#include "defer.h"

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
#if __SIZEOF_LONG_DOUBLE__ <= GORT__RESULT_MAX
RESULT_OF(ldouble, long double, 1e300L)
#endif
#if defined(__SIZEOF_FLOAT128__) && defined(__x86_64__) && !defined(_WIN32)
#define HAVE_QUAD
RESULT_OF(quad, __float128, 0.1L)
#endif
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
	volatile long double two = 2;
	double sum = 0;
	int i;

	CHECK_RESULT(float, 1.5f);
	CHECK_RESULT(double, -2.25);
#if __SIZEOF_LONG_DOUBLE__ <= GORT__RESULT_MAX
	CHECK_RESULT(ldouble, 1e300L);
#endif
#ifdef HAVE_QUAD
	for (i = 0; i < 9; i++) /* the x87 stack has eight places */
		CHECK_RESULT(quad, 0.1L);
#endif
	CHECK(two * two == 4);
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

static const struct test tests[] = {
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
};

int
main(void)
{
	return RUN_TESTS("defer results", tests);
}
