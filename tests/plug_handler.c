/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin that leaves a signal handler behind. */
#include <gort.h>

#include <signal.h>

#ifndef SIGUSR2
#define SIGUSR2 SIGTERM /* Windows */
#endif

static void
on_signal(int sig)
{
	(void)sig;
}

static int
init(void)
{
	return signal(SIGUSR2, on_signal) == SIG_ERR;
}

GORT_MODULE("handler", "1.0", .init = init);
