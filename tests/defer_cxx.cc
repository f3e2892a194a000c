/* SPDX-License-Identifier: BSD-3-Clause */
/* C++ frames for the tests of deferred calls. */
#include "defer_cxx.h"

#include <gort.h>

#include <stdexcept>

namespace
{
struct marks {
	char c;
	~marks()
	{
		cxx_mark(c);
	}
};

void
inner(void *)
{
	gort_panic("inner");
}

/* A panic that comes and goes while another one is on its way. */
struct tries {
	~tries()
	{
		gort_error err;

		cxx_mark(
		    gort_try(inner, nullptr, &err) == -GORT_EPANIC ? 't' : '?');
	}
};
} // namespace

void
cxx_through(cxx_fn *fn, void *arg)
{
	marks d{'d'};

	fn(arg);
}

void
cxx_through_two(cxx_fn *fn, void *arg)
{
	marks e{'e'};

	cxx_through(fn, arg);
}

void
cxx_rethrow(cxx_fn *fn, void *arg)
{
	marks d{'d'};

	try {
		fn(arg);
	} catch (...) {
		cxx_mark('c');
		throw;
	}
}

void
cxx_catch_type(cxx_fn *fn, void *arg)
{
	try {
		fn(arg);
	} catch (const std::exception &) {
		cxx_mark('?');
	}
}

void
cxx_catch_all(cxx_fn *fn, void *arg)
{
	try {
		fn(arg);
	} catch (...) {
		cxx_mark('c');
	}
	cxx_mark('a');
}

void
cxx_trying(cxx_fn *fn, void *arg)
{
	tries t;

	fn(arg);
}

void
cxx_noexcept(cxx_fn *fn, void *arg)
{
	[&]() noexcept { fn(arg); }();
}

void
cxx_out_of_range(void *)
{
	throw std::out_of_range("too far");
}
