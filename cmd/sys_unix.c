/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command asks of a Unix.
 */
#include "cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

bool
cmd_same_file(const char *a, const char *b)
{
	struct stat x, y;

	if (stat(a, &x) != 0 || stat(b, &y) != 0)
		return strcmp(a, b) == 0;
	return S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

#define LARGE ((uint64_t)1 << 20) /* worth a mapping */

/* The file that is mapped. */
static struct {
	const char *path;
	void *data; /* NULL: none */
	size_t size;
} view;

static void
say(const char *s)
{
	if (write(STDERR_FILENO, s, strlen(s)) < 0)
		return; /* nobody is there to be told */
}

/* Bytes of the mapping are gone: the file was cut. */
static void
cut(int sig)
{
	(void)sig;
	say("gort: ");
	say(view.path);
	say(": it became shorter while it was read\n");
	_exit(EXIT_FAILED);
}

const void *
cmd_view_file(const char *path, size_t *size, struct gort_err *e)
{
	struct sigaction sa = {.sa_handler = cut};
	uint64_t n = 0;
	FILE *f = cmd_open_file(path, &n, e);
	void *p = MAP_FAILED;

	if (!f)
		return NULL;
	if (!view.data && n >= LARGE && n < SIZE_MAX &&
	    sigaction(SIGBUS, &sa, NULL) == 0)
		p = mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fileno(f), 0);
	fclose(f);
	if (p == MAP_FAILED)
		return cmd_read_file(path, size, e);
	view.path = path;
	view.data = p;
	*size = view.size = (size_t)n;
	return p;
}

void
cmd_close_view(const void *data)
{
	void *p;

	memcpy(&p, &data, sizeof(p));
	if (p && p == view.data) {
		munmap(p, view.size);
		view.data = NULL;
	} else {
		free(p);
	}
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

void *
cmd_new_pages(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}
