/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How internal functions report a failure: they return -GORT_E... and fill
 * the caller's struct gort_err. Private: not installed. The function is in the
 * loader's leaf (readers and writers), which needs nothing of the runtime.
 */
#ifndef GORT_ERR_H
#define GORT_ERR_H

#include <gort.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GORT_ERR_NO_OFFSET UINT64_MAX

struct gort_err {
	int code;        /* GORT_E..., positive; 0 when nothing failed */
	uint64_t offset; /* place in the file, or GORT_ERR_NO_OFFSET */
	char text[512];  /* "file: offset 0x40: reason", NUL-terminated */
};

/* Copy text into n bytes, cut where it does not fit; n > 0. */
static inline void
gort__copy(char *to, size_t n, const char *from)
{
	size_t len = strlen(from);

	if (len >= n)
		len = n - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

/*
 * Fill *e and return -code. file may be NULL (no file is concerned). Async-
 * signal-safe as far as vsnprintf is: no allocation.
 */
GORT__PRINTF(5, 6)
int gort__err(struct gort_err *e, int code, const char *file, uint64_t offset,
    const char *fmt, ...);

#endif
