/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of code where the system's own dladdr is all there is.
 */
#include "dynlib.h"

int
gort__dynsym(const void *addr, struct gort__dlinfo *info)
{
	(void)addr;
	(void)info;
	return -1;
}
