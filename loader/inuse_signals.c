/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Signal handlers in code that is to be unmapped: POSIX.
 */
#include "small.h"
#include "inuse.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

bool
gort__handlers_in(const char *base, const char *end, char *why, size_t n)
{
	struct sigaction sa;
	uintptr_t h;
	int sig;

	for (sig = 1; sig < NSIG; sig++) {
		if (sigaction(sig, NULL, &sa) != 0)
			continue;
		memcpy(&h, &sa.sa_handler, sizeof(h));
		if (gort__within(base, end, h)) {
			snprintf(why, n, "it handles signal %d (%s)", sig,
			    strsignal(sig));
			return true;
		}
	}
	return false;
}
