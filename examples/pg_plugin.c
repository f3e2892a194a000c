/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin for pg_extension.c: answers, or fails as it is told to. */
#include <gort.h>

#include <stdio.h>
#include <string.h>

#include "pg_request.h"

#ifndef VERSION
#define VERSION "1.0"
#endif
GORT_MODULE("work", VERSION);

GORT_EXPORT(void, work, (struct request * rq))
{
	int *volatile nowhere = NULL;

	if (strcmp(rq->text, "panic") == 0)
		gort_panic("as asked");
	if (strcmp(rq->text, "null") == 0)
		*nowhere = 1;
	if (strcmp(rq->text, "error") == 0)
		rq->error("an error of the host's");
	snprintf(rq->reply, sizeof(rq->reply), VERSION " answers %s", rq->text);
}
