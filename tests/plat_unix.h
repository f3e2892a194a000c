/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unix. Included by plat.h.
 */
#ifndef GORT_PLAT_UNIX_H
#define GORT_PLAT_UNIX_H

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLUGIN_EXT ".so"
#define NOTE_SECTION ".note.gort"
#define NOT_A_MODULE "/proc/self/exe" /* a shared object without notes */
#define CLEANUPS_PASS_GAPS 1
#define SCRATCH "/tmp/gort-test-plugin-XXXXXX"

/* Which byte of a plugin says its machine, and another one's: RISC-V. */
static inline long
machine_byte(const char *path, char *value, const char **name)
{
	(void)path;
	*value = (char)243;
	*name = "built for RISC-V";
	return 18; /* e_machine */
}

/* The end of a page that nothing to be read lies behind. NULL: no memory. */
static inline char *
memory_edge(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || mprotect(p + page, page, PROT_NONE) != 0)
		return NULL;
	return p + page;
}

/*
 * Runs the program self with one argument, through EXEC_WRAPPER where that is
 * set (/bin/sh is the machine's own); its exit status, -1: killed.
 */
static inline int
run_self(const char *self, const char *arg)
{
	const char *wrapper = getenv("EXEC_WRAPPER");
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (wrapper && *wrapper)
			execl("/bin/sh", "sh", "-c",
			    "exec $EXEC_WRAPPER \"$0\" \"$1\"", self, arg,
			    (char *)NULL);
		else
			execl(self, self, arg, (char *)NULL);
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Runs fn(arg) on a thread: does it end as one that has no result? */
static inline int
ends_without_result(void *(*fn)(void *), void *arg)
{
	void *result = arg;
	pthread_t t;

	if (pthread_create(&t, NULL, fn, arg) != 0)
		return 0;
	pthread_join(t, &result);
	return result == NULL;
}

/* Is this, of run_self, the end of a program that called abort()? */
static inline int
ended_by_abort(int status)
{
	/* -1: by a signal; an emulator may say it as the shell does */
	return status == -1 || status == 128 + 6;
}

#endif
