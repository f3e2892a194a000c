/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private copies in the folder of temporary files: macOS, which has no memory
 * files that dyld could map. A copy lies in a folder of its own that only this
 * user may enter, is read back before it is trusted, and is not writable; it
 * goes, with its folder, when the code is unmapped. (Another process of the
 * same user could change it; so could it change this process.)
 */
#include "filecopy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int
failed(const char *path, const char *what, struct gort_err *e)
{
	return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET, "%s: %s", what,
	    strerror(errno));
}

/* A FIFO or device must not block or have effects: O_NONBLOCK, then look. */
static int
open_regular(const char *path, struct stat *st, struct gort_err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		int code = errno == ENOENT || errno == ENOTDIR ? GORT_ENOENT
							       : GORT_ESYS;

		gort__err(
		    e, code, path, GORT_ERR_NO_OFFSET, "%s", strerror(errno));
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_size > 0 &&
	    (uint64_t)st->st_size <= GORT_MAX_FILE)
		return fd;
	gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
	    !S_ISREG(st->st_mode) ? "not a regular file"
	    : st->st_size == 0    ? "empty file"
				  : "larger than 1 GiB");
	close(fd);
	return -1;
}

/* All of size bytes, or an error that says where it ended. */
static int
read_all(int fd, char *to, size_t size, const char *path, struct gort_err *e)
{
	size_t at = 0;
	ssize_t n;

	while (at < size) {
		n = pread(fd, to + at, size - at, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(path, "cannot read", e);
		if (n == 0)
			return gort__err(e, GORT_EFORMAT, path, at,
			    "it became shorter while it was read");
		at += (size_t)n;
	}
	return 0;
}

static int
write_all(
    int fd, const char *from, size_t size, const char *path, struct gort_err *e)
{
	size_t at = 0;
	ssize_t n;

	while (at < size) {
		n = write(fd, from + at, size - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(path, "cannot write the private copy", e);
		at += (size_t)n;
	}
	return 0;
}

/* fc->path: in a new folder that nobody else may enter. */
static int
new_file(const char *path, struct filecopy *fc, struct gort_err *e)
{
	const char *tmp = getenv("TMPDIR"), *base = strrchr(path, '/');
	char *end;

	snprintf(fc->path, sizeof(fc->path) - 128, "%s/gort-XXXXXX",
	    tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(fc->path)) {
		fc->path[0] = '\0';
		return failed(path, "no folder for a private copy", e);
	}
	end = fc->path + strlen(fc->path);
	snprintf(end, 128, "/%.100s", base ? base + 1 : path);
	fc->fd = open(
	    fc->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0500);
	return fc->fd < 0 ? failed(path, "no private copy", e) : 0;
}

/* What was written is what is checked: it is mapped from the copy. */
static int
map(struct filecopy *fc, const char *path, struct gort_err *e)
{
	struct stat st;
	void *p;

	if (fstat(fc->fd, &st) < 0)
		return failed(path, "cannot look at the private copy", e);
	fc->inode = st.st_ino;
	fc->device = (uint64_t)st.st_dev;
	p = mmap(NULL, fc->size, PROT_READ, MAP_PRIVATE, fc->fd, 0);
	if (p == MAP_FAILED)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "cannot map the private copy: %s", strerror(errno));
	fc->data = p;
	return 0;
}

static int
copy(int from, struct filecopy *fc, const char *path, struct gort_err *e)
{
	char *bytes = malloc(fc->size);
	int rc;

	if (!bytes)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "no memory for its %zu bytes", fc->size);
	rc = read_all(from, bytes, fc->size, path, e);
	if (rc == 0)
		rc = new_file(path, fc, e);
	if (rc == 0)
		rc = write_all(fc->fd, bytes, fc->size, path, e);
	free(bytes);
	return rc ? rc : map(fc, path, e);
}

int
gort__filecopy_open(const char *path, struct filecopy *fc, struct gort_err *e)
{
	struct stat st;
	int from, rc;

	memset(fc, 0, sizeof(*fc));
	fc->fd = -1;
	from = open_regular(path, &st, e);
	if (from < 0)
		return -e->code;
	fc->size = (size_t)st.st_size;
	rc = copy(from, fc, path, e);
	close(from);
	if (rc)
		gort__filecopy_close(fc);
	return rc;
}

void
gort__filecopy_close(struct filecopy *fc)
{
	gort__filecopy_unmap(fc);
	gort__filecopy_forget(fc);
}

void
gort__filecopy_unmap(struct filecopy *fc)
{
	if (fc->data)
		munmap((void *)(uintptr_t)fc->data, fc->size);
	fc->data = NULL;
}

/* A host that closes all descriptors may have given the number away. */
void
gort__filecopy_forget(struct filecopy *fc)
{
	struct stat st;
	char *slash;

	if (fc->fd >= 0 &&
	    (!fc->inode || (fstat(fc->fd, &st) == 0 && st.st_ino == fc->inode &&
			       (uint64_t)st.st_dev == fc->device)))
		close(fc->fd);
	fc->fd = -1;
	slash = strrchr(fc->path, '/');
	if (!slash)
		return;
	unlink(fc->path);
	*slash = '\0';
	rmdir(fc->path);
	fc->path[0] = '\0';
}
