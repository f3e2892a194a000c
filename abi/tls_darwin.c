/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The current g in the value of a pthread key: macOS. See
 * Note [The g in a pthread key], keysearch.h.
 */
#include "tls.h"
#include "keysearch.h"

#include <pthread.h>

intptr_t gort__tls_offset;

static int
create(void *ctx, uintptr_t *key)
{
	pthread_key_t k;
	int rc = pthread_key_create(&k, NULL);

	(void)ctx;
	if (rc == 0)
		*key = k;
	return rc;
}

static void
destroy(void *ctx, uintptr_t key)
{
	(void)ctx;
	pthread_key_delete((pthread_key_t)key);
}

/* Two values, one after the other: no other word follows both. */
static bool
lands(void *ctx, uintptr_t key)
{
	static char marks[2];
	intptr_t at = (intptr_t)(key * PTR);
	bool same = at > 0;
	int i;

	(void)ctx;
	for (i = 0; same && i < 2; i++)
		same =
		    pthread_setspecific((pthread_key_t)key, &marks[i]) == 0 &&
		    gort__tls_word(at) == &marks[i];
	pthread_setspecific((pthread_key_t)key, NULL);
	return same;
}

int
gort__tls_setup(struct gort_err *e)
{
	static const struct gort__keys keys = {create, destroy, lands, NULL};
	uintptr_t key;
	int rc = gort__keysearch(&keys, &key, e);

	if (rc == 0)
		__atomic_store_n(
		    &gort__tls_offset, (intptr_t)(key * PTR), __ATOMIC_RELEASE);
	return rc;
}
