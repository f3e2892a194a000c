/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin that leaves a signal handler behind, also where its init fails. */
#include <gort.h>

#include <signal.h>
#include <stdlib.h>

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
	return signal(SIGUSR2, on_signal) == SIG_ERR ||
	       getenv("HANDLER_FAILS") != NULL;
}

GORT_MODULE("handler", "1.0", .init = init);
