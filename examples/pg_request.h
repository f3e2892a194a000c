/* SPDX-License-Identifier: BSD-3-Clause */
/* What pg_extension.c and its plugins share. */
#ifndef EXAMPLES_PG_REQUEST_H
#define EXAMPLES_PG_REQUEST_H

struct request {
	const char *text;
	char reply[128];
	void (*error)(const char *text); /* ends the statement; no return */
};

#endif
