/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How internal functions report a failure: they return -GORT_E... and fill
 * the caller's struct gort_err. Private: not installed. Header-only, so that
 * the loader's leaf (readers and writers) needs nothing of the runtime.
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
	size_t len = strnlen(from, n - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

/*
 * Fill *e and return -code. file may be NULL (no file is concerned). Async-
 * signal-safe as far as vsnprintf is: no allocation.
 */
GORT__PRINTF(5, 6)
static inline int
gort__err(struct gort_err *e, int code, const char *file, uint64_t offset,
    const char *fmt, ...)
{
	va_list ap;
	int n = 0;

	e->code = code;
	e->offset = offset;
	if (file && offset != GORT_ERR_NO_OFFSET)
		n = snprintf(e->text, sizeof(e->text),
		    "%s: offset 0x%llx: ", file, (unsigned long long)offset);
	else if (file)
		n = snprintf(e->text, sizeof(e->text), "%s: ", file);
	if (n < 0 || (size_t)n >= sizeof(e->text))
		return -code;
	va_start(ap, fmt);
	vsnprintf(e->text + n, sizeof(e->text) - (size_t)n, fmt, ap);
	va_end(ap);
	return -code;
}

#endif
