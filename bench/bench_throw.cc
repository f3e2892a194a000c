// SPDX-License-Identifier: BSD-3-Clause
// C++ frames with destructors, for bench_panic.
#include "bench_throw.h"

#include <gort.h>

namespace
{
volatile int cleaned;

struct cleanup {
	~cleanup()
	{
		cleaned = cleaned + 1;
	}
};
} // namespace

__attribute__((noinline)) void
bench_cleanup(int depth, int throws)
{
	cleanup c;

	if (depth > 0)
		bench_cleanup(depth - 1, throws);
	else if (throws)
		throw depth;
	else
		gort_panic("bench");
}

void
bench_throw(int depth)
{
	try {
		bench_cleanup(depth, 1);
	} catch (int) {
	}
}
