/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A private, unchangeable copy of a file: what is checked is what is loaded.
 * Private.
 */
#ifndef GORT_FILECOPY_H
#define GORT_FILECOPY_H

#include "../include/gort_err.h"

#include <stdbool.h>

struct filecopy {
	int fd;           /* the copy; -1: none */
	void *handle;     /* the same on Windows; NULL: none */
	const void *data; /* mapped, read-only */
	size_t size;      /* bytes */
	uint64_t device;  /* of the copy, to know it again */
	uint64_t inode;
	char path[512]; /* opens the copy; unique to it in this process */
};

/*
 * Copy the regular file at path. ENOENT, ESYS, EFORMAT (empty, not a file, or
 * over GORT_MAX_FILE) with *e filled. gort__filecopy_close() ends it; what
 * was mapped from it stays.
 */
#define GORT_MAX_FILE (UINT64_C(1) << 30)
int gort__filecopy_open(
    const char *path, struct filecopy *fc, struct gort_err *e);
void gort__filecopy_close(struct filecopy *fc);

/* Its two halves: the bytes are not needed any more; nor is the file. */
void gort__filecopy_unmap(struct filecopy *fc);
void gort__filecopy_forget(struct filecopy *fc);

/*
 * Linux: a path that opens the file behind fd, another one each time: Note
 * [Names of private copies].
 */
void gort__filecopy_path(int fd, char *buf, size_t n);

#endif
