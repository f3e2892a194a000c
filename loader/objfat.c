/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The reader of fat ("universal") files, which hold Mach-O files for several
 * machines (Apple's <mach-o/fat.h>). Big-endian. Leaf.
 */
#include "../include/small.h"
#include "objmacho.h"

#include <stdlib.h>

#define FAT_MAGIC 0xcafebabe
#define FAT_MAGIC_64 0xcafebabf
#define FAT_HEADER 8

/* Java has the same magic number, with its version of 45 or more behind it. */
#define MAX_SLICES 40

static bool
probe(const struct rd *r)
{
	struct rd big = *r;

	big.big = true;
	if (!rd_has(r, 0, FAT_HEADER) || rd_u32(&big, 4) > MAX_SLICES)
		return false;
	return rd_u32(&big, 0) == FAT_MAGIC || rd_u32(&big, 0) == FAT_MAGIC_64;
}

static int
parse(struct gort__obj *o, struct gort_err *e)
{
	struct objbudget budget = {2 * o->rd.size};
	struct gort__obj slice;
	unsigned record;
	uint32_t n, i;
	bool wide;
	int rc = 0;

	o->rd.big = true;
	o->kind = OBJ_ARCHIVE;
	o->format = "fat Mach-O";
	wide = rd_u32(&o->rd, 0) == FAT_MAGIC_64;
	record = wide ? 32 : 20;
	n = rd_u32(&o->rd, 4);
	if (!rd_has_table(&o->rd, FAT_HEADER, n, record))
		return gort__rd_bad(
		    &o->rd, o->rd.size, e, "truncated in the list of slices");
	o->members = calloc((size_t)n + 1, sizeof(*o->members));
	if (!o->members)
		return gort__rd_no_memory(&o->rd, e, "slices");
	for (i = 0; i < n && rc == 0; i++) {
		uint64_t at = FAT_HEADER + i * (uint64_t)record;
		struct gort__objmember *m = &o->members[o->nmembers];

		memset(&slice, 0, sizeof(slice));
		m->name = gort__macho_machine(
		    &slice, rd_u32(&o->rd, at), rd_u32(&o->rd, at + 4));
		m->header = at;
		m->offset = rd_uint(&o->rd, at + 8, wide ? 8 : 4);
		m->size = rd_uint(&o->rd, at + (wide ? 16 : 12), wide ? 8 : 4);
		if (!rd_has(&o->rd, m->offset, m->size))
			return gort__rd_bad(&o->rd, at, e,
			    "a slice lies past the end: truncated");
		rc = gort__obj_spend(&budget, &o->rd, at, m->size, e);
		o->nmembers++;
	}
	return rc;
}

const struct objfmt gort__objfat = {
    .probe = probe,
    .parse = parse,
};
