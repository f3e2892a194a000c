/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the sub-commands share.
 */
#include "cmd.h"
#include "../loader/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

GORT__PRINTF(2, 0)
static void
complain(const char *sub, const char *fmt, va_list ap)
{
	fprintf(stderr, "gort %s: ", sub);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int
cmd_bad_use(const char *sub, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(sub, fmt, ap);
	va_end(ap);
	fprintf(stderr, "see: gort %s --help\n", sub);
	return EXIT_BADUSE;
}

int
cmd_failed(const char *sub, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(sub, fmt, ap);
	va_end(ap);
	return EXIT_FAILED;
}

/*
 * Bytes that are not UTF-8 would make invalid JSON: all above ASCII are
 * written as the characters of Latin-1.
 */
void
cmd_json_string(FILE *out, const char *s)
{
	const unsigned char *p;

	fputc('"', out);
	for (p = (const unsigned char *)s; *p; p++) {
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 0x20 || *p >= 0x7f)
			fprintf(out, "\\u%04x", *p);
		else
			fputc(*p, out);
	}
	fputc('"', out);
}

void *
cmd_read_file(const char *path, size_t *size, struct gort_err *e)
{
	uint64_t n = 0;
	FILE *f = cmd_open_file(path, &n, e);
	char *buf;

	if (!f)
		return NULL;
	buf = n < SIZE_MAX ? gort__room((size_t)n + 1) : NULL;
	if (!buf) {
		gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for %llu bytes", (unsigned long long)n);
	} else {
		*size = fread(buf, 1, (size_t)n, f);
		if (ferror(f)) {
			gort__err(
			    e, GORT_ESYS, path, *size, "%s", strerror(errno));
			free(buf);
			buf = NULL;
		}
	}
	fclose(f);
	return buf;
}
