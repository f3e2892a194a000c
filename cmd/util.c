/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the sub-commands share.
 */
#include "cmd.h"
#include "../loader/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Names of files, those in them, and what clients send are in messages: what
 * would steer a terminal is written as \xNN. In one piece: threads say things.
 */
void
cmd_vsay(const char *sub, const char *fmt, va_list ap)
{
	char text[6144],
	    plain[8192]; /* no memory may be what there is to say */
	const char *s;
	size_t n = 0;

	vsnprintf(text, sizeof(text), fmt, ap);
	for (s = text; *s && n < sizeof(plain) - 5; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
			n += (size_t)sprintf(plain + n, "\\x%02x", c);
		else
			plain[n++] = *s;
	}
	plain[n] = '\0';
	fprintf(stderr, "gort %s: %s\n", sub, plain);
}

int
cmd_bad_use(const char *sub, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cmd_vsay(sub, fmt, ap);
	va_end(ap);
	fprintf(stderr, "see: gort %s --help\n", sub);
	return EXIT_BADUSE;
}

int
cmd_failed(const char *sub, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	cmd_vsay(sub, fmt, ap);
	va_end(ap);
	return EXIT_FAILED;
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
