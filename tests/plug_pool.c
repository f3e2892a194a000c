/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin that has a thread of the system's pool run a function of its own. */
#include <gort.h>

#include <windows.h>

GORT_MODULE("pool", "1.0");

static void (*wait_for)(void);
static volatile int ended; /* so that wait_for() is called, not jumped to */

static void CALLBACK
runs(TP_CALLBACK_INSTANCE *instance, void *arg)
{
	(void)instance;
	(void)arg;
	wait_for();
	ended = 1;
}

GORT_EXPORT(int, start, (void (*fn)(void)))
{
	wait_for = fn;
	return !TrySubmitThreadpoolCallback(runs, NULL, NULL);
}
