/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C++ half of faulty: an exception that leaves C++.
 */
#include <stdexcept>
#include <string>

extern "C" void faulty_throw(const char *what);

extern "C" void
faulty_throw(const char *what)
{
	std::string text(what); /* destroyed on the way out */

	throw std::runtime_error(text);
}
