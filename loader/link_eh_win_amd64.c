/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Unwind data of the image for Windows amd64: the entries of all .pdata
 * sections become one sorted table, which the system is told of (Microsoft,
 * "x64 exception handling"; RtlAddFunctionTable). Entries of code that was
 * dropped are zeros, and left out.
 */
#include "../include/small.h"
#include "link.h"
#include "../runtime/linked.h"

#include <windows.h>

#include <stdlib.h>

static bool
is_pdata(const struct linkobj *ob, uint32_t sec)
{
	return ob->secs[sec].kept &&
	       strncmp(ob->o.secs[sec].name, ".pdata", 6) == 0 &&
	       !(ob->o.secs[sec].what & OBJ_SEC_NOBITS);
}

/* DWARF's is not used here. */
int
gort__link_eh_scan(
    struct linkobj *ob, uint32_t sec, uint32_t *nfdes, struct gort_err *e)
{
	(void)nfdes;
	(void)e;
	ob->secs[sec].kept = false;
	return 0;
}

uint64_t
gort__link_pdata_room(struct gort_link *lk, uint32_t *nfdes)
{
	uint64_t n = 0;
	uint32_t i, k;

	(void)nfdes;
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++)
			if (is_pdata(ob, k))
				n += ob->secs[k].size / 12;
	}
	return n * 12;
}

static int
by_begin(const void *a, const void *b)
{
	const RUNTIME_FUNCTION *x = a, *y = b;

	return (x->BeginAddress > y->BeginAddress) -
	       (x->BeginAddress < y->BeginAddress);
}

/* The system believes what it is told: only code and data of the image. */
static bool
is_sane(const struct gort_link *lk, const RUNTIME_FUNCTION *f)
{
	return f->BeginAddress < f->EndAddress &&
	       f->EndAddress <= lk->part_size[PART_TEXT] &&
	       f->UnwindData % 4 == 0 && f->UnwindData <= lk->image_size - 4 &&
	       4 + 2 * (uint64_t)lk->image[f->UnwindData + 2] <=
		   lk->image_size - f->UnwindData;
}

int
gort__link_eh_table(struct gort_link *lk, struct gort_err *e)
{
	RUNTIME_FUNCTION *table, f;
	uint32_t n = 0, i, k;
	uint64_t at;

	table = (RUNTIME_FUNCTION *)(void *)(lk->part[PART_RO] + lk->made_at);
	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++) {
			if (!is_pdata(ob, k))
				continue;
			for (at = 0; at + 12 <= ob->secs[k].size; at += 12) {
				memcpy(&f, ob->secs[k].at + at, 12);
				if (!f.EndAddress)
					continue;
				if (!is_sane(lk, &f))
					return gort__link_bad(ob,
					    ob->o.secs[k].offset + at,
					    GORT_EFORMAT, e,
					    ".pdata: an entry is of what lies "
					    "outside of the image");
				table[n++] = f;
			}
		}
	}
	if (n)
		qsort(table, n, sizeof(*table), by_begin);
	lk->nfdes = n;
	lk->linked = gort__linked_add(lk->image, lk->image + lk->image_size,
	    lk->part[PART_TEXT], lk->part[PART_RO], NULL, gort__link_name, lk);
	if (!lk->linked)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for the list of images");
	return 0;
}

int
gort__link_eh_register(struct gort_link *lk, struct gort_err *e)
{
	void *table = lk->part[PART_RO] + lk->made_at;

	if (!lk->nfdes)
		return 0;
	lk->eh_registered =
	    RtlAddFunctionTable(table, lk->nfdes, (uintptr_t)lk->image);
	return lk->eh_registered
		   ? 0
		   : gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET,
			 "the system takes no unwind data");
}

void
gort__link_eh_free(struct gort_link *lk)
{
	if (lk->eh_registered)
		RtlDeleteFunctionTable(
		    (void *)(lk->part[PART_RO] + lk->made_at));
	lk->eh_registered = false;
	gort__linked_remove(lk->linked);
	lk->linked = NULL;
}
