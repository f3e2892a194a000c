/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who else points into code that is to be unmapped: signal handlers, and
 * threads that the code started itself.
 *
 * Threads are looked at from outside: /proc/self/task/TID/syscall gives the
 * stack pointer and pc of a thread that is blocked; the live part of its
 * stack is searched for return addresses. That is conservative: a stale word
 * keeps the code mapped, nothing unmaps code that is in use. A thread that
 * runs cannot be looked at and counts as a user. Only asked for objects that
 * import a function that makes threads.
 */
#include "../include/small.h"
#include "version.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK_WINDOW (256 * 1024) /* bytes searched above the stack pointer */

static bool
within(const char *base, const char *end, uintptr_t p)
{
	return p >= (uintptr_t)base && p < (uintptr_t)end;
}

static bool
handlers_in(const char *base, const char *end, char *why, size_t n)
{
	struct sigaction sa;
	uintptr_t h;
	int sig;

	for (sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &sa) != 0)
			continue;
		memcpy(&h, &sa.sa_handler, sizeof(h));
		if (within(base, end, h)) {
			snprintf(why, n, "it handles signal %d (%s)", sig,
			    strsignal(sig));
			return true;
		}
	}
	return false;
}

/* The stack pointer and pc of a blocked thread; false if it runs. */
static bool
blocked_at(const char *tid, uintptr_t *sp, uintptr_t *pc)
{
	char path[64], text[256], *p;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/syscall", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return false;
	text[len] = '\0';
	/* "running", or "number [arguments] sp pc" */
	p = strrchr(text, ' ');
	if (!p)
		return false;
	*pc = strtoul(p, NULL, 0);
	while (p > text && p[-1] != ' ')
		p--;
	*sp = strtoul(p, NULL, 0);
	return *sp != 0;
}

/*
 * Page by page: the one that cannot be read is past the stack's end. When it
 * is the first, what the kernel told is no stack of ours (an emulator's own),
 * and the thread cannot be looked at.
 */
static bool
stack_points_in(const char *base, const char *end, uintptr_t sp)
{
	uintptr_t words[4096 / sizeof(uintptr_t)];
	uintptr_t start = sp & ~(uintptr_t)7, at = start;
	size_t n, i;

	for (; at < sp + STACK_WINDOW; at += n) {
		n = 4096 - at % 4096;
		if (!gort__safe_read((const void *)at, words, n))
			return at == start;
		for (i = 0; i < n / sizeof(words[0]); i++)
			if (within(base, end, words[i]))
				return true;
	}
	return false;
}

static bool
thread_in(const char *base, const char *end, const char *tid)
{
	uintptr_t sp, pc;

	if (!blocked_at(tid, &sp, &pc))
		return true;
	return within(base, end, pc) || stack_points_in(base, end, sp);
}

static bool
threads_in(const char *base, const char *end, char *why, size_t n)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *de;
	bool found = false;

	if (!dir) {
		snprintf(why, n,
		    "it may have started threads, and "
		    "/proc/self/task cannot be read");
		return true;
	}
	while (!found && (de = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)de->d_name[0]) ||
		    atoi(de->d_name) == gort__tid())
			continue;
		if (thread_in(base, end, de->d_name)) {
			snprintf(why, n, "thread %.20s may be running its code",
			    de->d_name);
			found = true;
		}
	}
	closedir(dir);
	return found;
}

bool
gort__code_in_use(
    const char *base, const char *end, bool threads, char *why, size_t n)
{
	return handlers_in(base, end, why, n) ||
	       (threads && threads_in(base, end, why, n));
}
