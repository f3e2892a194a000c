/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a failure is put into words, with its place. Leaf.
 */
#include "small.h"
#include "gort_err.h"

int
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
