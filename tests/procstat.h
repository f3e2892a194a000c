/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the process holds: memory, descriptors, mappings, threads. Memory is
 * exact (statm is up to 64 pages a processor behind) and leaves out libc's
 * and ld.so's own pages, which every process shares.
 */
#ifndef GORT_PROCSTAT_H
#define GORT_PROCSTAT_H

#include <sched.h>
#include <stdlib.h>
#include <time.h>

#ifdef _WIN32
#include "procstat_windows.h"
#else

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct procstat {
	long rss_kib;
	int fds, maps, threads;
};

static inline int
count_dir(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 2;
}

static inline struct procstat
procstat(void)
{
	struct procstat ps = {0};
	FILE *f = fopen("/proc/self/smaps", "r");
	char line[1024];
	int c, shared = 0;
	long kib;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Rss: %ld kB", &kib) == 1 && !shared)
			ps.rss_kib += kib;
		else if (strchr("0123456789abcdef", line[0]))
			shared = strstr(line, "/libc.so") ||
				 strstr(line, "/ld-linux");
	}
	if (f)
		fclose(f);
	f = fopen("/proc/self/maps", "r");
	while (f && (c = fgetc(f)) != EOF)
		ps.maps += c == '\n';
	if (f)
		fclose(f);
	ps.fds = count_dir("/proc/self/fd") - 1; /* not opendir's */
	ps.threads = count_dir("/proc/self/task");
#ifdef HAVE_TSAN /* it starts one of its own with the first other */
	if (ps.threads > 1)
		ps.threads--;
#endif
	return ps;
}

#ifdef SYS_gettid
static inline long
own_tid(void)
{
	return syscall(SYS_gettid);
}

/* Does a thread wait in the kernel, in this call, or (-1) in any? */
static inline bool
waits_in(long tid, long call)
{
	char path[64], text[32] = "", *end = text;
	ssize_t n;
	long in;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%ld/syscall", tid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	in = n > 0 ? strtol(text, &end, 10) : 0; /* or "running" */
	return end != text && (call < 0 || in == call);
}
#endif

#endif

/*
 * The same once this thread is the only one, or so many seconds passed: an
 * init thread that has opened the gate lives on for a moment, and so does, for
 * the kernel, a thread that was joined. An emulator has one of its own.
 */
static inline struct procstat
procstat_alone_within(int seconds)
{
	const char *wrapper = getenv("EXEC_WRAPPER");
	int alone = wrapper && *wrapper ? 2 : 1;
	time_t end = time(NULL) + seconds;
	struct procstat ps;

	do {
		sched_yield();
		ps = procstat();
	} while (ps.threads > alone && time(NULL) < end);
	return ps;
}

static inline struct procstat
procstat_alone(void)
{
	return procstat_alone_within(10);
}

#endif
