/* SPDX-License-Identifier: BSD-3-Clause */
/* C++ functions that fault, for test_fault_cxx. */
#include <cstring>
#include <stdexcept>

extern "C" {
int destroyed;
void cxx_fault(void *);
void cxx_fault_in_libc(void *);
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

/*
 * The compiler takes neither the load nor strlen() for something that throws:
 * gcc's tables have nothing of them, but they have the call behind; clang's say
 * that nothing is to be done.
 */
__attribute__((noinline)) static void
fault_beside_a_call(const char *volatile nowhere, bool in_libc)
{
	counted c;

	destroyed += in_libc ? static_cast<int>(std::strlen(nowhere))
			     : *nowhere;
	throw std::logic_error("not here");
}

void
cxx_fault(void *nowhere)
{
	counted outside;

	fault_beside_a_call(static_cast<char *>(nowhere), false);
}

void
cxx_fault_in_libc(void *nowhere)
{
	counted outside;

	fault_beside_a_call(static_cast<char *>(nowhere), true);
}
