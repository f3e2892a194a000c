/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private copies by memfd_create(2), sealed once written.
 *
 * Note [Names of private copies]
 * glibc takes a file for loaded already when its name equals that of a loaded
 * object, before it looks at the inode, and a closed descriptor's number
 * comes back: "/proc/PID/fd/7" would name today's copy and yesterday's. So
 * each copy's serial number is written into its path in a way that the kernel
 * ignores: one path separator a bit, "/" or "/./". The name holds the process
 * id and the descriptor stays open while the code is mapped, so that gdb and
 * perf can open the copy from outside and show symbols and lines.
 */
#include "../include/small.h"
#include "filecopy.h"
#include "../runtime/os.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COPY_BYTES (1 << 20) /* at once */

static _Atomic uint32_t last_serial;

/*
 * The process's folder in /proc, by the number that it has there: another one
 * than getpid() says, where /proc is that of an outer PID namespace.
 */
static size_t
proc_path(char *buf, size_t n)
{
	char pid[16];
	long len =
	    syscall(SYS_readlinkat, AT_FDCWD, "/proc/self", pid, sizeof(pid));

	if (len > 0)
		return (size_t)snprintf(buf, n, "/proc/%.*s", (int)len, pid);
	return (size_t)snprintf(buf, n, "/proc/%d", (int)getpid());
}

void
gort__filecopy_path(int fd, char *buf, size_t n)
{
	uint32_t serial = atomic_fetch_add(&last_serial, 1) + 1;
	size_t len = proc_path(buf, n);

	for (; serial; serial >>= 1)
		len += (size_t)snprintf(
		    buf + len, n - len, "%s", serial & 1 ? "/." : "/");
	snprintf(buf + len, n - len, "/fd/%d", fd);
}

static int
new_memfd(const char *path, struct gort_err *e)
{
	const char *base = strrchr(path, '/');
	char name[NAME_MAX / 2];
	int fd;

	/* shown in /proc/PID/maps */
	snprintf(name, sizeof(name), "gort:%.100s", base ? base + 1 : path);
	fd = gort__memfd(name);
	if (fd < 0)
		gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
		    "no private copy: memfd_create: %s", strerror(errno));
	return fd;
}

/* A byte more than the process's RLIMIT_FSIZE is SIGXFSZ, which ends it. */
static uint64_t
most_bytes(void)
{
	struct {
		uint64_t cur, max;
	} lim;

	if (syscall(SYS_prlimit64, 0, RLIMIT_FSIZE, NULL, &lim) == 0 &&
	    lim.cur < GORT_MAX_FILE)
		return lim.cur;
	return GORT_MAX_FILE;
}

static int
copy(int from, int to, const char *path, struct gort_err *e)
{
	uint64_t total = 0, most = most_bytes();
	char more;
	ssize_t n;

	for (;;) {
		n = most - total < COPY_BYTES ? (ssize_t)(most - total)
					      : COPY_BYTES;
		n = n ? sendfile(to, from, NULL, (size_t)n)
		      : read(from, &more, 1);
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return gort__err(e, GORT_ESYS, path, total,
			    "cannot copy: %s", strerror(errno));
		if (total == most)
			return gort__err(e,
			    most < GORT_MAX_FILE ? GORT_ELIMIT : GORT_EFORMAT,
			    path, total, "larger than %llu bytes%s",
			    (unsigned long long)most,
			    most < GORT_MAX_FILE
				? ", the process's RLIMIT_FSIZE"
				: "");
		total += (uint64_t)n;
	}
	if (total == 0)
		return gort__err(e, GORT_EFORMAT, path, 0, "empty file");
	return 0;
}

static int
map(struct filecopy *fc, const char *path, struct gort_err *e)
{
	struct stat st;
	void *p;

	if (fcntl(fc->fd, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0 ||
	    fstat(fc->fd, &st) < 0)
		return gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET,
		    "cannot seal the private copy: %s", strerror(errno));
	fc->size = (size_t)st.st_size;
	fc->inode = st.st_ino;
	fc->device = st.st_dev;
	p = mmap(NULL, fc->size, PROT_READ, MAP_PRIVATE, fc->fd, 0);
	if (p == MAP_FAILED)
		return gort__err(e, GORT_ENOMEM, path, GORT_ERR_NO_OFFSET,
		    "cannot map the private copy: %s", strerror(errno));
	fc->data = p;
	return 0;
}

/* A FIFO or device must not block or have effects: O_NONBLOCK, then look. */
static int
open_regular(const char *path, struct gort_err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		int code = errno == ENOENT || errno == ENOTDIR ? GORT_ENOENT
							       : GORT_ESYS;

		gort__err(
		    e, code, path, GORT_ERR_NO_OFFSET, "%s", strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) != 0)
		gort__err(e, GORT_ESYS, path, GORT_ERR_NO_OFFSET, "fstat: %s",
		    strerror(errno));
	else if (S_ISREG(st.st_mode))
		return fd;
	else
		gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "not a regular file");
	close(fd);
	return -1;
}

int
gort__filecopy_open(const char *path, struct filecopy *fc, struct gort_err *e)
{
	int from, rc;

	memset(fc, 0, sizeof(*fc));
	fc->fd = -1;
	from = open_regular(path, e);
	if (from < 0)
		return -e->code;
	fc->fd = new_memfd(path, e);
	rc = fc->fd < 0 ? -e->code : copy(from, fc->fd, path, e);
	close(from);
	if (rc == 0)
		rc = map(fc, path, e);
	if (rc) {
		gort__filecopy_unmap(fc);
		if (fc->fd >= 0)
			close(fc->fd);
		fc->fd = -1;
	}
	if (rc == 0)
		gort__filecopy_path(fc->fd, fc->path, sizeof(fc->path));
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

	if (fc->fd >= 0 &&
	    (fstat(fc->fd, &st) != 0 || ((uint64_t)st.st_ino == fc->inode &&
					    (uint64_t)st.st_dev == fc->device)))
		close(fc->fd);
	fc->fd = -1;
}
