/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin without a line of gort: what gort bind makes modules of. NUMBER is
 * in its results. Its exports are in bound.list.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef NUMBER
#define NUMBER 1
#endif

/* Private to the module on ELF; PE exports what bound.list says. */
#define PLAIN(ret, name, args) \
	ret name args; \
	ret name args

struct big {
	int64_t a, b, c, d, e;
};
typedef void callback(void *arg);

static int ready;
static int64_t counter;
static char *log_to;

/* The host's function whose address an environment variable has. */
static int
ask_host(const char *variable)
{
	const char *text = getenv(variable);
	uintptr_t at = text ? (uintptr_t)strtoull(text, NULL, 16) : 0;
	int (*fn)(void);

	memcpy(&fn, &at, sizeof(fn));
	return at ? fn() : 0;
}

PLAIN(int, bound_init, (void))
{
	int rc = ask_host("BOUND_INIT");

	ready = rc == 0;
	return rc;
}

PLAIN(void, bound_fini, (void))
{
	if (log_to)
		strcat(log_to, "fini ");
}

PLAIN(int, bound_save, (void **state, size_t *size))
{
	*size = sizeof(counter);
	*state = malloc(*size);
	if (!*state)
		return 1;
	memcpy(*state, &counter, *size);
	return 0;
}

PLAIN(int, bound_restore, (const void *state, size_t size, const char *from))
{
	if (size != sizeof(counter) || strcmp(from, "1.0") != 0)
		return 1;
	memcpy(&counter, state, size);
	return 0;
}

PLAIN(int, impl_add, (int a, int b))
{
	return a + b;
}

/* Not exported: what a direct call costs. */
PLAIN(int, plain_add, (int a, int b))
{
	return a + b;
}

PLAIN(int, number, (void))
{
	return NUMBER;
}

PLAIN(int64_t, count, (void))
{
	return ++counter;
}

PLAIN(void, use_log, (char *text))
{
	log_to = text;
}

PLAIN(int, is_ready, (void))
{
	return ready;
}

/* Each argument has a weight of its own: no two can change places unseen. */
PLAIN(double, sum18,
    (int a, int b, int c, int d, int e, int f, int g, int h, int i, int j,
	double k, double l, double m, double n, double o, double p, double q,
	double r))
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
	       9 * i + 10 * j + k * 11 + l * 12 + m * 13 + n * 14 + o * 15 +
	       p * 16 + q * 17 + r * 18;
}

/* Without a prototype in the list. */
PLAIN(int, unknown9,
    (int a, int b, int c, int d, int e, int f, int g, int h, int i))
{
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h +
	       9 * i;
}

PLAIN(struct big, bigger, (int a, int b, int c, int d, int e))
{
	struct big r = {a, b, c, d, e};

	return r;
}

PLAIN(int64_t, smaller, (struct big x, int scale))
{
	return (x.a + 2 * x.b + 3 * x.c + 4 * x.d + 5 * x.e) * scale;
}

PLAIN(float, half, (float x))
{
	return x / 2;
}

PLAIN(long double, longer, (long double x))
{
	return x * 2;
}

PLAIN(int, format, (char *to, size_t size, const char *fmt, ...))
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(to, size, fmt, ap);
	va_end(ap);
	return n;
}

PLAIN(void, call_back, (callback * fn, void *arg))
{
	fn(arg);
	counter++; /* no tail call */
}

/* The symbols that bound.list gives to thunks. */
int add(int a, int b);
void through(callback *fn, void *arg);
PLAIN(void *, thunk_of, (int which))
{
	int (*a)(int, int) = add;
	void (*t)(callback *, void *) = through;
	void *p;

	if (which)
		memcpy(&p, &t, sizeof(p));
	else
		memcpy(&p, &a, sizeof(p));
	return p;
}

#if defined(_WIN32) && defined(__i386__)
__attribute__((stdcall)) int std_impl(int a, int b);
__attribute__((stdcall)) int
std_impl(int a, int b)
{
	return 10 * a + b;
}
#endif
