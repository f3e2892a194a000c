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

static bool
is_code(const struct gort_link *lk, const RUNTIME_FUNCTION *f)
{
	return f->BeginAddress < f->EndAddress &&
	       f->EndAddress <= lk->part_size[PART_TEXT];
}

/*
 * One UNWIND_INFO: a head, codes in pairs, then a handler or the entry that it
 * goes on with, which is *next then, and *more. false: not all in the image.
 */
static bool
is_unwind_info(
    const struct gort_link *lk, uint32_t at, RUNTIME_FUNCTION *next, bool *more)
{
	const uint8_t *ui = lk->image + at;
	uint32_t handler, size, flags;

	if (at % 4 || at > lk->image_size - 4)
		return false;
	flags = ui[0] >> 3;
	size = 4 + 4 * ((ui[2] + 1u) / 2);
	*more = flags & UNW_FLAG_CHAININFO;
	if (size + sizeof(*next) * *more > lk->image_size - at)
		return false;
	if (*more) {
		memcpy(next, ui + size, sizeof(*next));
		return is_code(lk, next);
	}
	if (!(flags & (UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER)))
		return true;
	if (size + sizeof(handler) > lk->image_size - at)
		return false;
	memcpy(&handler, ui + size, sizeof(handler));
	return handler < lk->part_size[PART_TEXT];
}

#define MAX_CHAIN 32 /* entries that go on with one another */

/* The system believes what it is told: only code and data of the image. */
static bool
is_sane(const struct gort_link *lk, RUNTIME_FUNCTION f)
{
	bool more = is_code(lk, &f);
	unsigned i;

	if (!more)
		return false;
	for (i = 0; more && i < MAX_CHAIN; i++)
		if (!is_unwind_info(lk, f.UnwindData, &f, &more))
			return false;
	return !more;
}

int
gort__link_eh_object(
    struct gort_link *lk, const struct linkobj *ob, struct gort_err *e)
{
	(void)lk;
	(void)ob;
	(void)e;
	return 0;
}

/* Add the entries of one section to the table; -GORT_EFORMAT: one is wrong. */
static int
add_entries(const struct gort_link *lk, const struct linkobj *ob, uint32_t sec,
    RUNTIME_FUNCTION *table, uint32_t *n, struct gort_err *e)
{
	const uint8_t *entries = gort__link_at(lk, &ob->secs[sec]);
	RUNTIME_FUNCTION f;
	uint64_t at;

	for (at = 0; at + sizeof(f) <= ob->secs[sec].size; at += sizeof(f)) {
		memcpy(&f, entries + at, sizeof(f));
		if (!f.EndAddress)
			continue;
		if (!is_sane(lk, f))
			return gort__link_bad(ob, ob->o.secs[sec].offset + at,
			    GORT_EFORMAT, e,
			    ".pdata: an entry is of what lies outside of the "
			    "image, or goes on without end");
		table[(*n)++] = f;
	}
	return 0;
}

int
gort__link_eh_table(struct gort_link *lk, struct gort_err *e)
{
	RUNTIME_FUNCTION *table;
	uint32_t n = 0, i, k;
	int rc = 0;

	table = (RUNTIME_FUNCTION *)(void *)(lk->part[PART_RO] + lk->made_at);
	for (i = 1; i < lk->nobjs; i++)
		for (k = 1; k < lk->objs[i]->o.nsecs && rc == 0; k++)
			if (is_pdata(lk->objs[i], k))
				rc = add_entries(
				    lk, lk->objs[i], k, table, &n, e);
	if (rc)
		return rc;
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
