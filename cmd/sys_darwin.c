/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command asks of macOS: code that it has made.
 */
#include "cmd.h"

#include <libkern/OSCacheControl.h>
#include <sys/mman.h>

bool
cmd_make_code(void *pages, size_t size)
{
	sys_icache_invalidate(pages, size);
	return mprotect(pages, size, PROT_READ | PROT_EXEC) == 0;
}

/* asked of linked objects only, and none are linked here */
bool
cmd_is_code(const void *p)
{
	return p != NULL;
}
