/* SPDX-License-Identifier: BSD-3-Clause */
/* C++ frames for the tests of panics. */
#include <gort.h>

#include <stdexcept>

extern "C" {
int destroyed;
void cxx_throw(void *);
void cxx_throw_int(void *);
void cxx_rethrow_ptr(void *);
void cxx_panic(void *);
void cxx_swallow(void *);
void cxx_catch_around(void *);
}

namespace
{
struct counted {
	~counted()
	{
		destroyed++;
	}
};
}

void
cxx_throw(void *)
{
	counted c;

	throw std::out_of_range("too far");
}

void
cxx_throw_int(void *)
{
	throw 42;
}

void
cxx_rethrow_ptr(void *)
{
	std::exception_ptr p;

	try {
		throw std::logic_error("once more");
	} catch (...) {
		p = std::current_exception();
	}
	std::rethrow_exception(p);
}

void
cxx_panic(void *arg)
{
	counted c;

	gort_panic("through C++ %d", *static_cast<int *>(arg));
}

void
cxx_swallow(void *arg)
{
	try {
		gort_panic("to be swallowed");
	} catch (...) {
		*static_cast<int *>(arg) = 1;
	}
}

/* A C++ host catches what a callback below an exported call throws. */
void
cxx_catch_around(void *arg)
{
	struct {
		void (*fn)(void *);
		void *arg;
	} cb = {cxx_throw_int, nullptr};
	auto call_back = reinterpret_cast<void (*)(void *)>(arg);

	try {
		call_back(&cb);
	} catch (int n) {
		destroyed = n;
	}
}
