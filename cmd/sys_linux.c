/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command asks of Linux: code that it has made.
 */
#include "cmd.h"

#include <sys/mman.h>

bool
cmd_make_code(void *pages, size_t size)
{
	char *code = pages;

	/* where instructions are cached apart from data */
	__builtin___clear_cache(code, code + size);
	return mprotect(pages, size, PROT_READ | PROT_EXEC) == 0;
}
