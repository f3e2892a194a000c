/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A plugin that cannot be unmapped while its thread runs: it starts one and
 * never ends it.
 */
#include <gort.h>

#include <pthread.h>
#include <unistd.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#define pipe(fds) _pipe(fds, 64, _O_BINARY)
#endif

static int pipe_fds[2], ready_fds[2];

static void *
sleeper(void *arg)
{
	char c;

	/* blocks in read with a frame of this code on the stack */
	(void)!write(ready_fds[1], "r", 1);
	while (read(pipe_fds[0], &c, 1) != 1)
		;
	return arg;
}

static int
init(void)
{
	pthread_t t;
	char c;

	if (pipe(pipe_fds) != 0 || pipe(ready_fds) != 0 ||
	    pthread_create(&t, NULL, sleeper, NULL))
		return 1;
	/* a thread that is not there yet has no frame */
	if (read(ready_fds[0], &c, 1) != 1)
		return 1;
	return pthread_detach(t);
}

GORT_MODULE("pinned", "1.0", .init = init);

/* Where to write to let the thread go. */
GORT_EXPORT(int, wake_fd, (void))
{
	return pipe_fds[1];
}
