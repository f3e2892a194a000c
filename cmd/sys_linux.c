/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the command asks of Linux: code that it has made, and what is code.
 */
#include "cmd.h"

#include <inttypes.h>
#include <sys/mman.h>

bool
cmd_make_code(void *pages, size_t size)
{
	char *code = pages;

	/* where instructions are cached apart from data */
	__builtin___clear_cache(code, code + size);
	return mprotect(pages, size, PROT_READ | PROT_EXEC) == 0;
}

/* proc(5), maps: "from-to rwxp ..." */
bool
cmd_is_code(const void *p)
{
	FILE *f = fopen("/proc/self/maps", "re");
	uint64_t from, to, at = (uintptr_t)p;
	bool code = true;
	char line[4096], mode[5];

	if (!f)
		return true;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to,
			mode) != 3 ||
		    at < from || at >= to)
			continue;
		code = mode[2] == 'x';
		break;
	}
	fclose(f);
	return code;
}
