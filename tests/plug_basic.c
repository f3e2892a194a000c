/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The plugin most tests use. Variants by macros: VERSION (a string),
 * NUMBER, and one of NO_INIT, FAIL_INIT, PANIC_INIT, FAULT_INIT, SLOW_INIT,
 * HAS_NEED, FAIL_SAVE, FAIL_RESTORE, NO_EXTRA, BAD_ABI (in the build rule).
 */
#include <gort.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "1.0"
#endif
#ifndef NUMBER
#define NUMBER 1
#endif
#ifndef NAME
#define NAME "basic"
#endif

GORT_VISIBLE int inits; /* how often init ran; read by dlsym */
static long counter;
int basic_add(int a, int b);

#ifdef FAULT_INIT
static void
fault(void)
{
	volatile int *volatile nowhere = NULL;

	*nowhere = 1;
}
#endif

/* What a test has a hook do: the address of a function, in hexadecimal. */
static void
test_hook(const char *variable)
{
	const char *at = getenv(variable);
	uintptr_t p = at ? (uintptr_t)strtoull(at, NULL, 16) : 0;
	void (*fn)(void);

	memcpy(&fn, &p, sizeof(fn));
	if (fn)
		fn();
}

#ifndef NO_INIT
#define INIT init
static int
init(void)
{
	inits++;
	test_hook("BASIC_ON_INIT");
#ifdef SLOW_INIT
	usleep(100000); /* the init that takes 100 ms */
#endif
#ifdef PANIC_INIT
	gort_panic("no licence");
#endif
#ifdef FAULT_INIT
	fault();
#endif
#ifdef REENTRANT_INIT
	if (basic_add(20, 22) != 42)
		return 3;
#endif
#ifdef FAIL_INIT
	return 7;
#else
	return 0;
#endif
}
#else
#define INIT NULL
#endif

static void
fini(void)
{
	const char *path = getenv("BASIC_FINI");

	test_hook("BASIC_ON_FINI");
	if (path && access(path, F_OK) == 0)
		unlink(path);
}

static int
save(void **state, size_t *size)
{
#ifdef FAIL_SAVE
	gort_panic("cannot save");
#endif
	*state = malloc(sizeof(counter));
	if (!*state)
		return 1;
	memcpy(*state, &counter, sizeof(counter));
	*size = sizeof(counter);
	return 0;
}

static int
restore(const void *state, size_t size, const char *from_version)
{
	(void)from_version;
#ifdef FAIL_RESTORE
	size = 0;
#endif
	if (size != sizeof(counter))
		return 1;
	memcpy(&counter, state, size);
	return 0;
}

#ifdef HAS_NEED
GORT_NEEDS("basic");
#endif

GORT_MODULE(NAME, VERSION, .init = INIT, .fini = fini, .save = save,
    .restore = restore);

GORT_EXPORT(int, basic_add, (int a, int b))
{
	return a + b;
}

/* Ten integers and nine doubles: registers and stack. */
GORT_EXPORT(double, mix,
    (int a, int b, int c, int d, int e, int f, int g, int h, int i, int j,
	double k, double l, double m, double n, double o, double p, double q,
	double r, double s))
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
	       9 * i + 10 * j + k + 2 * l + 3 * m + 4 * n + 5 * o + 6 * p +
	       7 * q + 8 * r + 9 * s;
}

struct big {
	long v[6];
};

/* where the result goes is one more argument: on Windows one is on the stack */
GORT_EXPORT(struct big, make_big_of, (long a, long b, long c, long d))
{
	struct big r = {{a, b, c, d}};

	return r;
}

GORT_EXPORT(struct big, make_big, (long first))
{
	struct big b;
	int i;

	for (i = 0; i < 6; i++)
		b.v[i] = first + i;
	return b;
}

GORT_EXPORT(long double, twice, (long double x))
{
	return 2 * x;
}

GORT_EXPORT(void, number, (void *arg))
{
	*(int *)arg = NUMBER;
}

GORT_EXPORT(void, count, (void *arg))
{
	counter++;
	if (arg)
		*(long *)arg = counter;
}

GORT_EXPORT(void, boom, (void *arg))
{
	gort_panic("boom %s from %s", (const char *)arg, VERSION);
}

GORT_EXPORT(void, null, (void *arg))
{
	volatile int *volatile nowhere = (volatile int *)8;

	(void)arg;
	*nowhere = 1;
}

GORT_EXPORT(void, divide, (void *arg))
{
	volatile int zero = 0;

	*(volatile int *)arg = 42 / zero;
}

/* Calls the host back: what it was given. */
struct callback {
	void (*fn)(void *);
	void *arg;
};

GORT_EXPORT(void, call_back, (void *arg))
{
	struct callback *cb = arg;

	cb->fn(cb->arg);
	__asm__ volatile("" : : : "memory"); /* no jump: its frame stays */
}

#ifndef NO_EXTRA
GORT_EXPORT(void, extra, (void *arg))
{
	*(int *)arg = 99;
}
#endif

/* The sum of n doubles. */
GORT_EXPORT(double, sum_of, (int n, ...))
{
	double sum = 0;
	va_list ap;

	va_start(ap, n);
	while (n-- > 0)
		sum += va_arg(ap, double);
	va_end(ap);
	return sum;
}

int plain_function(int x);
double plain_many(int a, double b, int c, double d, int e, double f, int g,
    double h, int i, double j);

/* Arguments on the stack, which no list tells of. */
GORT_VISIBLE double
plain_many(int a, double b, int c, double d, int e, double f, int g, double h,
    int i, double j)
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
	       9 * i + 10 * j;
}

GORT_VISIBLE int
plain_function(int x)
{
	return x + 1;
}
