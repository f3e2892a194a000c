/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames that longjmp left are not looked for: on Windows amd64 it unwinds, so
 * there are none; elsewhere they go when the thread ends or panics past them.
 */
#include "../include/small.h"
#include "runtime.h"

void
gort__frames_sweep(void)
{
}
