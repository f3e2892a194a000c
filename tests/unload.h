/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the system's dlclose does, for tests of what is left after it.
 */
#ifndef TESTS_UNLOAD_H
#define TESTS_UNLOAD_H

#include "check.h"

#include <stdbool.h>
#include <stdint.h>

/* Does dlclose unmap? musl's never does; old versions are then kept. */
static inline bool
dlclose_unmaps(void)
{
	void *lib = dlopen(plugin("nomodule"), RTLD_NOW);

	return lib && dlclose(lib) == 0 &&
	       !dlopen(plugin("nomodule"), RTLD_NOW | RTLD_NOLOAD);
}

/* How many of n versions that no call is inside of linger. */
static inline uint32_t
lingering(uint32_t n)
{
	return dlclose_unmaps() ? 0 : n;
}

#endif
