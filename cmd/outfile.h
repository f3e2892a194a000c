/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Files that are there whole or not at all: written beside their place, and
 * put there at the end.
 */
#ifndef GORT_OUTFILE_H
#define GORT_OUTFILE_H

#include "cmd.h"

struct outfile {
	char *path; /* where it goes; NULL: nothing to do */
	char *temp; /* where it is; NULL: at its place */
};

/*
 * Write n bytes for path. Standard output, which is "-", and what is no
 * regular file (a pipe, a terminal) is written to at once. 0, or ESYS or ENOMEM
 * with nothing left behind.
 */
int outfile_write(struct outfile *f, const char *path, const void *data,
    size_t n, struct gort_err *e);

/* Put it to its place. 0, or ESYS and it is gone. */
int outfile_commit(struct outfile *f, struct gort_err *e);

/* Forget it; what was at its place stays. Also after a commit. */
void outfile_abandon(struct outfile *f);

#endif
