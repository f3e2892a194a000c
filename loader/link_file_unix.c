/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files of a link, read by read(2). Only regular ones: others may have no end.
 */
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
gort__link_read(intptr_t handle, struct linkfile *f, struct gort_err *e)
{
	size_t done = 0;

	while (done < f->size) {
		ssize_t n = read((int)handle, f->data + done, f->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gort__err(e, GORT_ESYS, f->name,
			    GORT_ERR_NO_OFFSET, "%s", strerror(errno));
		if (n == 0)
			break; /* it has become shorter */
		done += (size_t)n;
	}
	f->size = done;
	return 0;
}

void
gort__link_close(intptr_t handle)
{
	close((int)handle);
}
