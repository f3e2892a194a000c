/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing files whole or not at all, on Unix.
 */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
sys_error(const char *path, const char *what, struct gort_err *e)
{
	return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET, "%s: %s", what,
	    strerror(errno));
}

static int
write_all(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t did = write(fd, data, n);

		if (did < 0 && errno == EINTR)
			continue;
		if (did < 0)
			return -1;
		data += did;
		n -= (size_t)did;
	}
	return 0;
}

/* As open() would have made it. */
static int
usual_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

static int
names(struct outfile *f, const char *path, bool regular, struct gort_err *e)
{
	/* a link leads where it did before */
	char *real = regular ? realpath(path, NULL) : NULL;

	f->path = real ? real : strdup(path);
	if (f->path && asprintf(&f->temp, "%s.XXXXXX", f->path) < 0)
		f->temp = NULL;
	if (f->path && f->temp)
		return 0;
	return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET, "no memory");
}

int
outfile_write(struct outfile *f, const char *path, const void *data, size_t n,
    struct gort_err *e)
{
	struct stat st;
	bool there;
	int fd, rc;

	if (strcmp(path, "-") == 0)
		return write_all(STDOUT_FILENO, data, n)
			   ? sys_error("standard output", "cannot write it", e)
			   : 0;
	there = stat(path, &st) == 0;
	rc = names(f, path, there && S_ISREG(st.st_mode), e);
	if (rc) {
		outfile_abandon(f);
		return rc;
	}
	if (there && !S_ISREG(st.st_mode)) {
		free(f->temp);
		f->temp = NULL;
		fd = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		fd = mkostemp(f->temp, O_CLOEXEC);
	}
	if (fd < 0) {
		rc = sys_error(path, "cannot create it", e);
		free(f->temp);
		f->temp = NULL;
	} else if (write_all(fd, data, n) || (f->temp && usual_mode(fd))) {
		rc = sys_error(path, "cannot write it", e);
	}
	if (fd >= 0 && close(fd) != 0 && rc == 0)
		rc = sys_error(path, "cannot write it", e);
	if (rc)
		outfile_abandon(f);
	return rc;
}

/*
 * Where a file is replaced by rename(), ext4 begins to write the new one to the
 * disk before it returns (auto_da_alloc), which takes a millisecond and more:
 * the two are exchanged, where the system can, which is atomic as well.
 */
static int
put_in_place(const char *temp, const char *path)
{
#ifdef RENAME_EXCHANGE
	if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_EXCHANGE) == 0)
		return unlink(temp);
#endif
	return rename(temp, path);
}

int
outfile_commit(struct outfile *f, struct gort_err *e)
{
	int rc = 0;

	if (f->temp && put_in_place(f->temp, f->path) != 0)
		rc = sys_error(f->path, "cannot put it there", e);
	if (rc == 0) {
		free(f->temp);
		f->temp = NULL;
	}
	outfile_abandon(f);
	return rc;
}

void
outfile_abandon(struct outfile *f)
{
	if (f->temp)
		unlink(f->temp);
	free(f->temp);
	free(f->path);
	f->temp = f->path = NULL;
}
