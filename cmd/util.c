/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the sub-commands share.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#ifndef _WIN32
#include <sys/mman.h>
#endif
#include <sys/stat.h>
#include <unistd.h>

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

#define HUGE ((size_t)2 << 20)

/* Malloced; a large file's in huge pages, where there are any. */
static char *
room(size_t n)
{
#ifdef MADV_HUGEPAGE
	void *p;

	if (n >= 2 * HUGE && posix_memalign(&p, HUGE, n) == 0) {
		madvise(p, n, MADV_HUGEPAGE);
		return p;
	}
#endif
	return malloc(n);
}

void *
cmd_read_file(const char *path, size_t *size, struct gort_err *e)
{
	/* not to wait for the other end of a pipe */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *f = fd >= 0 ? fdopen(fd, "rb") : NULL;
	struct stat st;
	char *buf = NULL;

	if (!f || fstat(fileno(f), &st) != 0) {
		gort__err(e, errno == ENOENT ? GORT_ENOENT : GORT_ESYS, path,
		    GORT_ERR_NO_OFFSET, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "not a regular file");
	} else if (!(buf = room((size_t)st.st_size + 1))) {
		gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for %lld bytes", (long long)st.st_size);
	} else {
		*size = fread(buf, 1, (size_t)st.st_size, f);
		if (ferror(f)) {
			gort__err(
			    e, GORT_ESYS, path, *size, "%s", strerror(errno));
			free(buf);
			buf = NULL;
		}
	}
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return buf;
}
