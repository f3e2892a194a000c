/* SPDX-License-Identifier: BSD-3-Clause */
/* The latency histogram of gort serve. */
#include "check.h"
#include "../cmd/hist.h"

static struct hist h;

static void
empty(void)
{
	memset(&h, 0, sizeof(h));
	CHECK(hist_total(&h) == 0);
	CHECK(hist_quantile(&h, 0.99) == 0);
}

static void
exact_when_small(void)
{
	uint64_t i;

	memset(&h, 0, sizeof(h));
	for (i = 0; i < 16; i++)
		hist_add(&h, i);
	CHECK(hist_quantile(&h, 1.0) == 15);
	CHECK(hist_quantile(&h, 0.5) == 7);
	CHECK(hist_quantile(&h, 0.01) == 0);
}

static void
close_when_large(void)
{
	uint64_t v;

	for (v = 1; v < UINT64_C(1) << 42; v = v * 3 + 1) {
		uint64_t q;

		memset(&h, 0, sizeof(h));
		hist_add(&h, v);
		q = hist_quantile(&h, 0.5);
		CHECK(q >= v && q - v <= v / 16);
	}
}

static void
saturates(void)
{
	memset(&h, 0, sizeof(h));
	hist_add(&h, UINT64_MAX);
	CHECK(hist_total(&h) == 1);
	CHECK(hist_quantile(&h, 1.0) > UINT64_C(1) << 42);
}

static const struct test tests[] = {
    {"an empty one has no quantiles", empty},
    {"values below 16 are exact", exact_when_small},
    {"larger ones are at most 1/16 too high", close_when_large},
    {"the largest go into the last bucket", saturates},
};

int
main(void)
{
	return RUN_TESTS("hist", tests);
}
