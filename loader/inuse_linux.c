/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads in code that is to be unmapped: Linux. They are looked at from
 * outside: /proc/self/task/TID/syscall gives the stack pointer and pc of a
 * thread that is blocked. One that runs cannot be looked at and counts as a
 * user.
 */
#include "../include/small.h"
#include "inuse.h"
#include "../runtime/os.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static bool
thread_in(const char *base, const char *end, const char *tid)
{
	uintptr_t sp, pc;

	if (!blocked_at(tid, &sp, &pc))
		return true;
	return gort__within(base, end, pc) ||
	       gort__stack_points_in(base, end, sp);
}

bool
gort__threads_in(const char *base, const char *end, char *why, size_t n)
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
		    strtoul(de->d_name, NULL, 10) == (unsigned long)gort__tid())
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
