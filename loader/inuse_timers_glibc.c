/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers that call functions of code that is to be unmapped (timer_create(2),
 * SIGEV_THREAD), with glibc: the kernel tells in /proc/self/timers the value of
 * the signal, and that points to glibc's record.
 */
#include "../include/small.h"
#include "inuse.h"
#include "../runtime/os.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define SIGTIMER 32 /* glibc's own: the value points to its record */

static bool
timer_in(const char *base, const char *end, unsigned long sig, uintptr_t value)
{
	uintptr_t record[3] = {0}; /* its number, its function, its argument */

	if (gort__within(base, end, value))
		return true;
	return sig == SIGTIMER &&
	       gort__safe_read((const void *)value, record, sizeof(record)) &&
	       (gort__within(base, end, record[1]) ||
		   gort__within(base, end, record[2]));
}

/* A line of each timer there, but not its first: "signal: 32/7f00c0de" */
bool
gort__timers_in(const char *base, const char *end, char *why, size_t n)
{
	static const char mark[] = "\nsignal: ";
	int fd = open("/proc/self/timers", O_RDONLY | O_CLOEXEC);
	uintptr_t number[2] = {0, 0}; /* the signal's, its value */
	bool found = false, second = false;
	unsigned matched = 0;
	char text[1024], c;
	ssize_t len, i;

	while (fd >= 0 && !found && (len = read(fd, text, sizeof(text))) > 0) {
		for (i = 0; i < len && !found; i++) {
			c = text[i];
			if (mark[matched]) {
				matched = c == mark[matched] ? matched + 1
							     : c == mark[0];
				number[0] = number[1] = 0;
				second = false;
			} else if (c == '/') {
				second = true;
			} else if (c == '\n') {
				matched = 1;
				found =
				    timer_in(base, end, number[0], number[1]);
			} else {
				number[second] = gort__with_digit(
				    number[second], second ? 16 : 10, c);
			}
		}
	}
	if (fd >= 0)
		close(fd);
	if (found)
		snprintf(why, n, "a timer that it has not deleted");
	return found;
}
