/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of a link, read by read(2). Only regular ones: others may have no end.
 */
#include "../include/small.h"
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

intptr_t
gort__link_open(const char *path, uint64_t *size, struct gort_err *e)
{
	/* not to wait for the other end of a pipe */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		gort__err(e, errno == ENOENT ? GORT_ENOENT : GORT_ESYS, path,
		    GORT_ERR_NO_OFFSET, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "not a regular file");
	} else {
		*size = (uint64_t)st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

int
gort__link_read(intptr_t handle, struct linkfile *f, uint64_t off, uint64_t n,
    uint64_t *done, struct gort_err *e)
{
	for (*done = 0; *done < n;) {
		ssize_t got = pread((int)handle, f->data + off + *done,
		    (size_t)(n - *done), (off_t)(off + *done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return gort__err(e, GORT_ESYS, f->name,
			    GORT_ERR_NO_OFFSET, "%s", strerror(errno));
		if (got == 0)
			break; /* it has become shorter */
		*done += (uint64_t)got;
	}
	return 0;
}

void
gort__link_close(intptr_t handle)
{
	close((int)handle);
}
