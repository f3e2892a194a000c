/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Linked into the process by test_link_win: C++ that throws and catches.
 */
#include <stdexcept>
#include <string>

extern "C" void host_log(char c);
extern "C" int run(void);
extern "C" void throw_out(void *);

static int counter;

struct early {
	early()
	{
		counter = 30;
		host_log('c');
	}
	~early()
	{
		host_log('d');
	}
};
static early one;

struct cleanup {
	int *p;
	~cleanup()
	{
		*p += 2;
	}
};

static int
thrower(int x)
{
	if (x)
		throw std::runtime_error("boom" + std::to_string(x));
	return 0;
}

int
run(void)
{
	int n = 0;

	try {
		cleanup c{&n};
		thrower(7);
	} catch (const std::exception &e) {
		n += std::string(e.what()) == "boom7" ? 10 : 0;
	}
	return n + counter;
}

void
throw_out(void *p)
{
	cleanup c{static_cast<int *>(p)};
	thrower(8);
}
