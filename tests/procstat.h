/* SPDX-License-Identifier: BSD-3-Clause */
/* What the process holds: memory, descriptors, mappings, threads. */
#ifndef GORT_PROCSTAT_H
#define GORT_PROCSTAT_H

#include <dirent.h>
#include <stdio.h>

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
	long total, resident;
	FILE *f = fopen("/proc/self/statm", "r");
	int c;

	if (f && fscanf(f, "%ld %ld", &total, &resident) == 2)
		ps.rss_kib = resident * 4;
	if (f)
		fclose(f);
	f = fopen("/proc/self/maps", "r");
	while (f && (c = fgetc(f)) != EOF)
		ps.maps += c == '\n';
	if (f)
		fclose(f);
	ps.fds = count_dir("/proc/self/fd") - 1; /* not opendir's */
	ps.threads = count_dir("/proc/self/task");
	return ps;
}

#endif
