/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the CPU can save, as glibc (2.33 and later) found out at start-up. A
 * CPUID of our own leaves a virtual machine each time, and holds up whoever
 * changes mappings meanwhile.
 */
#include "config.h"

#include "abi.h"

extern int gort__xstate __attribute__((visibility("hidden")));

#ifdef HAVE_SYS_PLATFORM_X86_H
#include <sys/platform/x86.h>

#pragma weak __x86_get_cpuid_feature_leaf

void
gort__xstate_init(void)
{
	if (__x86_get_cpuid_feature_leaf)
		gort__xstate =
		    CPU_FEATURE_ACTIVE(XSAVEC) ? XSTATE_XSAVEC : XSTATE_FXSAVE;
}
#else
void
gort__xstate_init(void)
{
}
#endif
