/* SPDX-License-Identifier: BSD-3-Clause */
/* C++ frames of every kind that a panic may cross. */
#include <gort.h>

#include <stdexcept>

extern "C" {
extern int cross_marks;
int cross_marks;
void cross_typed(void *);
void cross_rethrow(void *);
void cross_nested(void *);
void cross_noexcept(void *);
void cross_in_catch(void *);
void cross_throw_in_cleanup(void *);
void cross_swallow_many(void *);
void cross_boundary_in_destructor(void *);
void cross_floating(void *);
}

namespace
{
struct mark {
	int n;
	explicit mark(int k) : n(k)
	{
	}
	~mark()
	{
		cross_marks = cross_marks * 10 + n;
	}
};

void
panics(const char *s)
{
	gort_panic("C++ %s", s);
}

void
outer_noexcept() noexcept
{
	mark m(2);

	panics("noexcept");
}

struct tries_in_destructor {
	static void
	inner(void *)
	{
		mark m(4);

		gort_panic("inner");
	}
	~tries_in_destructor()
	{
		gort_error err;

		if (gort_try(inner, nullptr, &err) == -GORT_EPANIC)
			cross_marks = cross_marks * 10 + 5;
	}
};

volatile double factor = 3;

/* Floating values that live across calls, new ones at each depth. */
__attribute__((noinline)) double
floats(int n, double x)
{
	double a = x * factor, b = x + factor, c = a * b, d = c - a;

	if (n == 0)
		panics("floating");
	x = n > 0 ? floats(n - 1, d) : d;
	return x + a * b * c * d;
}
} // namespace

/* Catches of types do not take it; the cleanups beside them run. */
void
cross_typed(void *)
{
	mark m(1);

	try {
		mark k(2);

		panics("typed");
	} catch (const std::exception &) {
		cross_marks = 99;
	} catch (int) {
		cross_marks = 98;
	}
}

void
cross_rethrow(void *)
{
	mark m(1);

	try {
		try {
			mark k(2);

			panics("rethrow");
		} catch (...) {
			mark k(3);

			throw;
		}
	} catch (...) {
		mark k(4);

		throw;
	}
}

/* One is caught and over, then the next goes out. */
void
cross_nested(void *)
{
	mark m(1);

	try {
		panics("first");
	} catch (...) {
		cross_marks = cross_marks * 10 + 2;
	}
	panics("second");
}

void
cross_noexcept(void *)
{
	mark m(1);

	outer_noexcept();
}

/* From the handler of an exception of C++'s own. */
void
cross_in_catch(void *)
{
	mark m(1);

	try {
		throw std::runtime_error("own");
	} catch (const std::exception &) {
		mark k(2);

		panics("in catch");
	}
}

/* Destructors throw and catch while a panic passes. */
void
cross_throw_in_cleanup(void *)
{
	struct thrower {
		~thrower()
		{
			try {
				mark k(3);

				throw 7;
			} catch (int n) {
				cross_marks = cross_marks * 10 + n;
			}
		}
	};
	mark m(1);
	thrower t;

	panics("in cleanup");
}

void
cross_swallow_many(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		try {
			mark k(0);

			panics("again");
		} catch (...) {
			++*static_cast<int *>(arg);
		}
	}
}

void
cross_boundary_in_destructor(void *)
{
	tries_in_destructor t;

	panics("outer");
}

/* The handler finds its own values, whatever those called kept in registers. */
void
cross_floating(void *arg)
{
	double a = factor * 2, b = factor * 4, c = factor * 8;

	try {
		factor = floats(10, a + b + c);
	} catch (...) {
		*static_cast<double *>(arg) = a * 10000 + b * 100 + c;
	}
}
