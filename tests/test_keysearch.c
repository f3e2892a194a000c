/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The search for a pthread key that code can read, as on macOS, with an
 * allocator that hands out numbers.
 */
#include "check.h"

#include "../abi/keysearch.h"

#include <errno.h>

#define KEYS 64

/* An allocator: keys are counted up from 256. */
struct fake {
	unsigned made;    /* keys handed out so far */
	unsigned lands;   /* which of them lands, from 1; 0: none */
	unsigned fails;   /* which creation fails, from 1; 0: none */
	bool live[KEYS];  /* which are not given back */
	bool asked[KEYS]; /* which were looked at */
	bool bad;         /* one was given back twice, or never made */
};

static int
create(void *ctx, uintptr_t *key)
{
	struct fake *f = ctx;

	if (f->made + 1 == f->fails)
		return EAGAIN;
	f->live[f->made] = true;
	*key = 256 + f->made++;
	return 0;
}

static void
destroy(void *ctx, uintptr_t key)
{
	struct fake *f = ctx;

	f->bad |= key < 256 || key >= 256 + f->made || !f->live[key - 256];
	f->live[key - 256] = false;
}

static bool
lands(void *ctx, uintptr_t key)
{
	struct fake *f = ctx;

	f->asked[key - 256] = true;
	return key - 256 + 1 == f->lands;
}

static unsigned
live(const struct fake *f)
{
	unsigned i, n = 0;

	for (i = 0; i < KEYS; i++)
		n += f->live[i];
	return n;
}

static int
search(struct fake *f, uintptr_t *key, struct gort_err *e)
{
	struct gort__keys from = {create, destroy, lands, f};

	memset(e, 0, sizeof(*e));
	*key = 7;
	return gort__keysearch(&from, key, e);
}

static void
first(void)
{
	struct fake f = {.lands = 1};
	struct gort_err e;
	uintptr_t key;

	CHECK(search(&f, &key, &e) == 0);
	CHECK(key == 256 && f.made == 1 && live(&f) == 1 && !f.bad);
}

static void
nth(void)
{
	struct gort_err e;
	uintptr_t key;
	unsigned n;

	for (n = 2; n <= GORT__KEY_TRIES; n++) {
		struct fake f = {.lands = n};

		CHECK(search(&f, &key, &e) == 0);
		CHECK(key == 256 + n - 1 && f.made == n);
		CHECK(live(&f) == 1 && f.live[n - 1] && !f.bad);
	}
}

static void
never(void)
{
	struct fake f = {.lands = 0}, late = {.lands = GORT__KEY_TRIES + 1};
	struct gort_err e;
	uintptr_t key;

	CHECK(search(&f, &key, &e) == -GORT_ELIMIT);
	CHECK(f.made == GORT__KEY_TRIES && live(&f) == 0 && !f.bad);
	CHECK(f.asked[0] && f.asked[GORT__KEY_TRIES - 1]);
	CHECK(key == 7 && e.code == GORT_ELIMIT);
	CHECK(strstr(e.text, "of 16 thread keys none") != NULL);
	CHECK(search(&late, &key, &e) == -GORT_ELIMIT && live(&late) == 0);
}

static void
no_more_keys(void)
{
	struct gort_err e;
	uintptr_t key;
	unsigned n;

	for (n = 1; n <= GORT__KEY_TRIES; n++) {
		struct fake f = {.fails = n, .lands = n + 1};

		CHECK(search(&f, &key, &e) == -GORT_ELIMIT);
		CHECK(f.made == n - 1 && live(&f) == 0 && !f.bad);
		CHECK(key == 7 && strstr(e.text, strerror(EAGAIN)) != NULL);
		CHECK(strstr(e.text, "cannot create a thread key") != NULL);
	}
}

static const struct test tests[] = {
    {"the first key that lands is taken, and no other", first},
    {"keys that do not land are kept until one does, then freed", nth},
    {"after 16 keys it gives up, says so and keeps none", never},
    {"where no key can be created it says why and keeps none", no_more_keys},
};

int
main(void)
{
	return RUN_TESTS("keysearch", tests);
}
