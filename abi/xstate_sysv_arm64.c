/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Nothing to find out: the slow path saves q0-q7, which every processor has.
 */
#include "abi.h"

void
gort__xstate_init(void)
{
}
