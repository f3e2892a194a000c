/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that is freed all at once (loader/pool.c).
 */
#include "check.h"
#include "../loader/pool.h"

#include <stdbool.h>
#include <stdint.h>

static bool
is_filled(const uint8_t *p, size_t n, uint8_t with)
{
	while (n && *p == with) {
		p++;
		n--;
	}
	return n == 0;
}

/* Sizes around those of blocks, up to several huge pages. */
static size_t
size_of(unsigned i)
{
	static const size_t sizes[] = {1, 24, 500, 511, 4000, 70000,
	    (1u << 20) - 8, 1u << 20, (2u << 20) - 8, 2u << 20, 5u << 20};

	return sizes[i % (sizeof(sizes) / sizeof(sizes[0]))];
}

#define PIECES 44

static void
pieces(struct gort__pool *pool)
{
	uint8_t *p[PIECES];
	unsigned i;

	for (i = 0; i < PIECES; i++) {
		p[i] = gort__pool_alloc(pool, size_of(i), 1);
		REQUIRE(p[i]);
		CHECK((uintptr_t)p[i] % _Alignof(max_align_t) == 0);
		CHECK(is_filled(p[i], size_of(i), 0));
		memset(p[i], (int)i + 1, size_of(i));
	}
	for (i = 0; i < PIECES; i++)
		CHECK(is_filled(p[i], size_of(i), (uint8_t)(i + 1)));
}

static void
apart(void)
{
	struct gort__pool pool = {0};

	pieces(&pool);
	gort__pool_free(&pool);
	CHECK(pool.blocks == NULL && pool.left == 0);
	/* it can be used again, and what was dirty is zeros */
	pieces(&pool);
	gort__pool_free(&pool);
}

static void
expected(void)
{
	static const uint64_t n[] = {0, 100, 300000, 1u << 21, UINT64_MAX};
	unsigned i;

	for (i = 0; i < sizeof(n) / sizeof(n[0]); i++) {
		struct gort__pool pool = {0};

		gort__pool_expect(&pool, n[i]);
		pieces(&pool);
		gort__pool_free(&pool);
	}
}

static void
moved(void)
{
	struct gort__pool first = {0}, second;
	uint8_t *a = gort__pool_alloc(&first, 10, 10), *b;

	REQUIRE(a);
	memset(a, 1, 100);
	second = first;
	b = gort__pool_alloc(&second, 10, 10);
	REQUIRE(b);
	CHECK(is_filled(b, 100, 0) && is_filled(a, 100, 1));
	gort__pool_free(&second);
}

static void
too_large(void)
{
	struct gort__pool pool = {0};

	CHECK(!gort__pool_alloc(&pool, SIZE_MAX / 2, 3));
	CHECK(!gort__pool_alloc(&pool, SIZE_MAX, 1));
	CHECK(!gort__pool_alloc(&pool, SIZE_MAX / 2 + 1, 1));
	CHECK(gort__pool_alloc(&pool, 1, 1) != NULL);
	gort__pool_free(&pool);
}

static const struct test tests[] = {
    {"pieces are zeros, aligned and apart", apart},
    {"so they are whatever was expected", expected},
    {"a pool may be moved", moved},
    {"what cannot be is refused", too_large},
};

int
main(void)
{
	return RUN_TESTS("pool", tests);
}
