/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows has no list of what the CPU can save: the slow path of gort__entry
 * asks the CPU on 386; on amd64 vectors are passed by reference, so it saves
 * the SSE registers and need not know.
 */
#include "abi.h"

void
gort__xstate_init(void)
{
}
