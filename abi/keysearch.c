/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See Note [The g in a pthread key], keysearch.h. Runs in a constructor: no
 * allocation.
 */
#include "keysearch.h"

#include <string.h>

int
gort__keysearch(
    const struct gort__keys *from, uintptr_t *key, struct gort_err *e)
{
	uintptr_t missed[GORT__KEY_TRIES], k = 0;
	unsigned i, n = 0;
	int rc = 0;
	bool found = false;

	while (!found && n < GORT__KEY_TRIES) {
		rc = from->create(from->ctx, &k);
		if (rc)
			break;
		found = from->lands(from->ctx, k);
		if (!found)
			missed[n++] = k;
	}
	for (i = 0; i < n; i++)
		from->destroy(from->ctx, missed[i]);
	if (found) {
		*key = k;
		return 0;
	}
	if (rc)
		return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
		    "cannot create a thread key for the g: %s", strerror(rc));
	return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
	    "no place for the g: of %d thread keys none lies where code "
	    "can read it",
	    GORT__KEY_TRIES);
}
