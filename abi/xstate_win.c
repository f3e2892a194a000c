/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows passes vectors by reference: the slow path of gort__entry saves the
 * SSE registers and need not know what else the CPU has.
 */
#include "abi.h"

void
gort__xstate_init(void)
{
}
