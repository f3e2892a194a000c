/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command asks of a Unix.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void
cmd_begin(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
}

FILE *
cmd_open_file(const char *path, uint64_t *size, struct gort_err *e)
{
	/* not to wait for the other end of a pipe */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	FILE *f = fd >= 0 ? fdopen(fd, "rb") : NULL;
	struct stat st;

	if (!f || fstat(fd, &st) != 0) {
		gort__err(e, errno == ENOENT ? GORT_ENOENT : GORT_ESYS, path,
		    GORT_ERR_NO_OFFSET, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		gort__err(e, GORT_EFORMAT, path, GORT_ERR_NO_OFFSET,
		    "not a regular file");
	} else {
		*size = (uint64_t)st.st_size;
		return f;
	}
	if (f)
		fclose(f);
	else if (fd >= 0)
		close(fd);
	return NULL;
}

double
cmd_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

struct start {
	void (*fn)(void *);
	void *arg;
};

static void *
run_start(void *arg)
{
	struct start *s = arg;

	s->fn(s->arg);
	return NULL;
}

bool
cmd_run_thread(void (*fn)(void *), void *arg)
{
	struct start s = {fn, arg};
	pthread_t t;

	return pthread_create(&t, NULL, run_start, &s) == 0 &&
	       pthread_join(t, NULL) == 0;
}
