/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads in code that is to be unmapped: Linux. They are looked at from
 * outside: /proc/self/task/TID/syscall gives the stack pointer and pc of a
 * thread that is blocked. One that runs cannot be looked at and counts as a
 * user. But nobody enters the code any more: it is enough that each was seen
 * elsewhere once, so it is waited a little for those that run.
 */
#include "../include/small.h"
#include "inuse.h"
#include "../runtime/os.h"
#include "../runtime/ucontext_regs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define PATIENCE_MS 5 /* for all threads */

/*
 * The stack pointer and pc of a thread once it is blocked; false if it runs
 * until the deadline, or if it cannot be looked at: then *err says why. A process
 * that has changed its user may not, until prctl(PR_SET_DUMPABLE).
 */
static bool
blocked_at(
    const char *tid, int64_t deadline, uintptr_t *sp, uintptr_t *pc, int *err)
{
	char path[64], text[256], *p = NULL;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/syscall", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*err = errno;
		return false;
	}
	do {
		len = pread(fd, text, sizeof(text) - 1, 0);
		text[len > 0 ? len : 0] = '\0';
		/* "running", or "number [arguments] sp pc" */
		p = strrchr(text, ' ');
	} while (
	    len > 0 && !p && gort__nanotime() < deadline && sched_yield() == 0);
	close(fd);
	if (!p)
		return false;
	*pc = strtoul(p, NULL, 0);
	while (p > text && p[-1] != ' ')
		p--;
	*sp = strtoul(p, NULL, 0);
	return *sp != 0;
}

/*
 * Where the mapping that holds sp ends; 0: none does, as by an emulator. Lines
 * of /proc/self/maps begin with its bounds: "7f00-7fff r--p ..."
 */
static uintptr_t
stack_top(uintptr_t sp)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	uintptr_t bound[2] = {0, 0}, top = 0;
	unsigned which = 0;
	char text[1024], c;
	ssize_t n, i;

	while (fd >= 0 && !top && (n = read(fd, text, sizeof(text))) > 0) {
		for (i = 0; i < n && !top; i++) {
			c = text[i];
			if (c == '\n') {
				bound[0] = bound[1] = 0;
				which = 0;
			} else if (which < 2 && c != '-' && c != ' ') {
				bound[which] =
				    gort__with_digit(bound[which], 16, c);
			} else if (++which == 2 && sp >= bound[0] &&
				   sp < bound[1]) {
				top = bound[1];
			}
		}
	}
	if (fd >= 0)
		close(fd);
	return top;
}

/*
 * The stack pointer that a signal handler's frame has kept: the stack_t at p is
 * the uc_stack of a ucontext that the kernel made for a handler on the stack
 * from sp to top, or (386) a frame without one is there. 0: neither.
 */
static uintptr_t
interrupted_at(const stack_t *ss, uintptr_t p, uintptr_t sp, uintptr_t top)
{
	uintptr_t bottom = (uintptr_t)ss->ss_sp, word;
	uintptr_t at = p - offsetof(ucontext_t, uc_stack);
	unsigned flags = (unsigned)ss->ss_flags & 0x7fffffff; /* AUTODISARM */
	struct gort__regs regs;
	ucontext_t uc;

	if (bottom && bottom <= sp && sp - bottom < ss->ss_size &&
	    ss->ss_size <= top - bottom && flags <= SS_ONSTACK && at >= sp &&
	    gort__safe_read((const void *)at, &uc, sizeof(uc)) && !uc.uc_link) {
		gort__ucontext_get(&uc, &regs);
		return regs.sp;
	}
	memcpy(&word, ss, sizeof(word));
	return gort__oldframe_sp(p, word);
}

/*
 * Does the stack from sp on point into the code, or one that a handler on it
 * (sigaltstack(2)) has interrupted, and that so many times? What only looks like
 * a handler's frame costs a look at another stack.
 */
static bool
stack_in(const char *base, const char *end, uintptr_t sp, unsigned deeper)
{
	const size_t step = sizeof(uintptr_t);
	uintptr_t words[4096 / sizeof(uintptr_t)];
	uintptr_t top = stack_top(sp), at = sp & ~(uintptr_t)7, next;
	size_t n, i;
	stack_t ss;

	if (gort__stack_points_in(base, end, sp, top))
		return true;
	/* the next piece begins with what is not whole in this */
	for (; deeper && at + sizeof(ss) <= top; at += n - sizeof(ss) + step) {
		n = top - at < sizeof(words) ? top - at : sizeof(words);
		if (!gort__safe_read((const void *)at, words, n))
			return true;
		for (i = 0; i + sizeof(ss) <= n; i += step) {
			memcpy(&ss, (const char *)words + i, sizeof(ss));
			next = interrupted_at(&ss, at + i, sp, top);
			if (next && (next < sp || next >= top) &&
			    stack_top(next) &&
			    stack_in(base, end, next, deeper - 1))
				return true;
		}
	}
	return false;
}

static bool
thread_in(const char *base, const char *end, const char *tid, int64_t deadline,
    int *err)
{
	uintptr_t sp, pc;

	return !blocked_at(tid, deadline, &sp, &pc, err) ||
	       gort__within(base, end, pc) || stack_in(base, end, sp, 3);
}

/*
 * The calling thread's number as /proc has it: another one than gettid() says
 * where that is of an outer PID namespace. "/proc/thread-self": PID/task/TID
 */
static unsigned long
own_number(void)
{
	char text[64];
	long len = syscall(SYS_readlinkat, AT_FDCWD, "/proc/thread-self", text,
	    sizeof(text) - 1);
	const char *last;

	text[len > 0 ? len : 0] = '\0';
	last = strrchr(text, '/');
	return last ? strtoul(last + 1, NULL, 10) : (unsigned long)gort__tid();
}

bool
gort__threads_in(const char *base, const char *end, char *why, size_t n)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned long own = own_number();
	int64_t deadline = gort__deadline(PATIENCE_MS);
	struct dirent *de;
	bool found = false;
	int err = 0;

	if (!dir) {
		snprintf(why, n,
		    "it may have started threads, and "
		    "/proc/self/task cannot be read");
		return true;
	}
	while (!found && (de = readdir(dir)) != NULL) {
		if (de->d_name[0] < '0' || de->d_name[0] > '9' ||
		    strtoul(de->d_name, NULL, 10) == own)
			continue;
		found = thread_in(base, end, de->d_name, deadline, &err);
		if (found)
			snprintf(why, n,
			    "thread %.20s may be running its code%s%s",
			    de->d_name,
			    err ? ": /proc/self/task/*/syscall: " : "",
			    err ? strerror(err) : "");
	}
	closedir(dir);
	return found;
}
