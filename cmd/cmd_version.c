/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gort version
 */
#include "config.h"

#include "cmd.h"

#include <string.h>

int
cmd_version(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		printf("usage: gort version\n\nShows the version of the "
		       "command, of the library it runs with, and of the "
		       "ABI between modules and the runtime.\n");
		return EXIT_OK;
	}
	if (argc > 1)
		return cmd_bad_use(
		    "version", "unexpected argument %s", argv[1]);
	printf("gort %s\nlibgort %s\nabi %d\n", PACKAGE_VERSION, gort_version(),
	    GORT_ABI);
	return EXIT_OK;
}
