/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The objects of linked_tls.c, for the suites that link them: the Makefile
 * leaves them empty where no clang makes objects of MSVC's kind.
 */
#ifndef GORT_LINKED_TLS_H
#define GORT_LINKED_TLS_H

#include "check.h"

#include <stdbool.h>

#define LINKED(part) "linked_tls_" part ".x"

/* Nothing to link with: main() has to return 77. */
static inline bool
no_tls_objects(void)
{
	char path[1024];
	bool empty = false;
	FILE *f;

	snprintf(
	    path, sizeof(path), "%s/tests/" LINKED("one"), getenv("BUILDDIR"));
	f = fopen(path, "rb");
	if (f) {
		empty = getc(f) == EOF;
		fclose(f);
	}
	if (empty)
		puts("SKIP: no clang to make objects of MSVC's kind");
	return empty;
}

#endif
