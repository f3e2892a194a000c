/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thin archives: where their members lie, and an archive that holds them.
 */
#include "../include/small.h"
#include "objthin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 60
#define MAX_NAMES ((size_t)1 << 24) /* bytes of all members' names */

bool
gort__obj_is_thin(const struct gort__obj *o)
{
	return o->kind == OBJ_ARCHIVE && o->nmembers && o->members[0].thin;
}

/* Bytes of the path that name its folder, with the separator. */
static size_t
folder(const char *path)
{
	const char *end = strrchr(path, '/');
#ifdef _WIN32
	const char *back = strrchr(path, '\\');

	end = !end || (back && back > end) ? back : end;
#endif
	return end ? (size_t)(end - path) + 1 : 0;
}

static bool
is_absolute(const char *path)
{
#ifdef _WIN32
	if (path[0] && path[1] == ':')
		return true;
#endif
	return path[0] == '/';
}

char *
gort__obj_thin_path(const char *archive, const char *name)
{
	size_t dir = is_absolute(name) ? 0 : folder(archive);
	char *path = malloc(dir + strlen(name) + 1);

	if (path) {
		memcpy(path, archive, dir);
		memcpy(path + dir, name, strlen(name) + 1);
	}
	return path;
}

/* The archive that is made: each member's bytes once they are read. */
struct thick {
	const struct gort__obj *thin;
	gort__objthin_read *read;
	struct gort_err *e;
	char *data;    /* the archive, malloced */
	size_t size;   /* bytes filled */
	size_t room;   /* bytes allocated */
	uint64_t left; /* bytes that may still be read */
	char *path;    /* of the file that was read last, or NULL */
	char *file;    /* its bytes */
	size_t filesz; /* how many */
};

static int
no_memory(struct thick *t)
{
	return gort__err(t->e, GORT_ENOMEM, t->thin->rd.file,
	    GORT_ERR_NO_OFFSET, "no memory for a thin archive's members");
}

/* Room for n more bytes. */
static int
reserve(struct thick *t, size_t n)
{
	size_t room = t->room;
	char *data;

	if (n <= room - t->size)
		return 0;
	/* all that is read is limited, so this cannot wrap */
	room = 2 * (t->size + n);
	data = realloc(t->data, room);
	if (!data)
		return no_memory(t);
	t->data = data;
	t->room = room;
	return 0;
}

/* A member's header, its bytes, and what makes them even. */
static int
put_member(struct thick *t, const char *name, const void *data, size_t n)
{
	int rc = reserve(t, HEADER + 1 + n + 1);

	if (rc)
		return rc;
	t->size += (size_t)snprintf(t->data + t->size, HEADER + 1,
	    "%-16s%-12s%-6s%-6s%-8s%-10zu`\n", name, "0", "0", "0", "644", n);
	memcpy(t->data + t->size, data, n);
	t->size += n;
	if (n & 1)
		t->data[t->size++] = '\n';
	return 0;
}

/* The table of names: they are paths, so all of them are long. */
static int
put_names(struct thick *t)
{
	const struct gort__objmember *m = t->thin->members;
	size_t n = 0, at = 0;
	uint32_t i;
	char *names;
	int rc;

	/* one name may serve many members: what they add up to is limited */
	for (i = 0; i < t->thin->nmembers && n <= MAX_NAMES; i++)
		n += strlen(m[i].name) + 2;
	if (n > MAX_NAMES)
		return gort__err(t->e, GORT_EFORMAT, t->thin->rd.file,
		    GORT_ERR_NO_OFFSET, "its members' names are too long");
	names = malloc(n + 1);
	if (!names)
		return no_memory(t);
	for (i = 0; i < t->thin->nmembers; i++)
		at += (size_t)snprintf(
		    names + at, n + 1 - at, "%s/\n", m[i].name);
	rc = put_member(t, "//", names, n);
	free(names);
	return rc;
}

/* Read the file that member i lies in, unless it is the one before. */
static int
read_member(struct thick *t, uint32_t i)
{
	char *path =
	    gort__obj_thin_path(t->thin->rd.file, t->thin->members[i].name);

	if (!path)
		return no_memory(t);
	if (t->path && strcmp(path, t->path) == 0) {
		free(path);
		return 0;
	}
	free(t->path);
	free(t->file);
	t->path = path;
	t->file = t->read(path, &t->filesz, t->e);
	return t->file ? 0 : -t->e->code;
}

static int
put_members(struct thick *t)
{
	const struct gort__objmember *m = t->thin->members;
	size_t off, n, name = 0;
	char field[24];
	uint32_t i;
	int rc = 0;

	for (i = 0; i < t->thin->nmembers && rc == 0; i++) {
		rc = read_member(t, i);
		if (rc)
			break;
		/* in an archive of its own; else it is all of the file */
		off = m[i].offset < t->filesz ? (size_t)m[i].offset : t->filesz;
		n = off ? (size_t)m[i].size : t->filesz;
		if (m[i].offset > t->filesz || n > t->filesz - off)
			return gort__err(t->e, GORT_EFORMAT, t->path,
			    GORT_ERR_NO_OFFSET,
			    "is shorter than the archive has it");
		if (n > t->left)
			return gort__err(t->e, GORT_EFORMAT, t->thin->rd.file,
			    GORT_ERR_NO_OFFSET,
			    "more than 1 GiB in members of a thin archive");
		t->left -= n;
		snprintf(field, sizeof(field), "/%zu", name);
		rc = put_member(t, field, t->file + off, n);
		name += strlen(m[i].name) + 2;
	}
	return rc;
}

int
gort__obj_thicken(const struct gort__obj *thin, gort__objthin_read *read,
    void **data, size_t *size, struct gort_err *e)
{
	struct thick t = {.thin = thin, .read = read, .e = e};
	int rc;

	t.left = OBJTHIN_MAX;
	rc = reserve(&t, 8);
	if (rc == 0) {
		memcpy(t.data, "!<arch>\n", 8);
		t.size = 8;
		rc = put_names(&t);
	}
	if (rc == 0)
		rc = put_members(&t);
	free(t.path);
	free(t.file);
	if (rc)
		free(t.data);
	*data = rc ? NULL : t.data;
	*size = rc ? 0 : t.size;
	return rc;
}
