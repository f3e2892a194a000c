/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The image: code and stubs, then what is constant once relocated, then data,
 * in one mapping. All is writable until it is relocated and never again both
 * writable and executable.
 */
#include "../include/small.h"
#include "link.h"
#include "../runtime/os.h"

#include <stdlib.h>

#define REACH ((UINT64_C(1) << 31) - (UINT64_C(1) << 20)) /* less addends */

static uint64_t
round_up(uint64_t v, uint64_t align)
{
	return align > 1 ? (v + align - 1) & ~(align - 1) : v;
}

/* Room for size bytes; sizes are below the limit, so no sum wraps. */
static uint64_t
take(struct gort_link *lk, unsigned part, uint64_t size, uint64_t align)
{
	uint64_t at = round_up(lk->part_size[part], align);

	lk->part_size[part] = at + size;
	if (align > lk->part_align[part])
		lk->part_align[part] = align;
	return at;
}

/* Veneers for calls of the sections before, where the code is large. */
static int
place_island(
    struct gort_link *lk, const struct linksec *next, struct gort_err *e)
{
	uint64_t size = 0;
	int rc = 0;

	if (REL_HAS_FIELDS && lk->nislands)
		rc = gort__link_island_before(lk, next, &size, e);

	if (rc == 0 && size)
		take(lk, PART_TEXT, size, 16);
	return rc;
}

static int
place(
    struct gort_link *lk, struct linkobj *ob, uint32_t sec, struct gort_err *e)
{
	struct linksec *ls = &ob->secs[sec];

	if (ls->part == PART_TEXT && place_island(lk, ls, e))
		return -e->code;
	ls->offset = take(lk, ls->part, ls->size, UINT64_C(1) << ls->shift);
	lk->from_files += ls->nobits ? 0 : ls->size;
	if (lk->part_size[ls->part] > LINK_MAX_IMAGE)
		return gort__link_bad(ob, ob->o.secs[sec].offset, GORT_ELIMIT,
		    e,
		    "with section %.100s the image is larger than 0x%llx bytes",
		    ob->o.secs[sec].name, (unsigned long long)LINK_MAX_IMAGE);
	return 0;
}

/* One pass over the sections: with bytes in the file, or without. */
static int
place_sections(struct gort_link *lk, bool nobits, struct gort_err *e)
{
	uint32_t i, k;
	int rc;

	for (i = 1; i < lk->nobjs; i++) {
		struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs && (!nobits || ob->nobits); k++) {
			struct linksec *ls = &ob->secs[k];

			if (!ls->kept || ls->eh || ls->sorted ||
			    ls->nobits != nobits)
				continue;
			rc = place(lk, ob, k, e);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/* A section that lies by its name. */
struct sorted {
	const char *name;
	struct linkobj *ob;
	uint32_t sec, seq;
};

static int
by_name(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	/* no sane name is longer, and many hostile ones could be */
	int order = strncmp(x->name, y->name, 64);

	return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

/* Sections that the format wants in the order of their names. */
static __attribute__((cold)) int
place_sorted(struct gort_link *lk, struct gort_err *e)
{
	struct sorted *list = NULL, *more;
	uint32_t i, k, n = 0;
	int rc = 0;

	for (i = 1; i < lk->nobjs; i++) {
		struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs && ob->sorted; k++) {
			if (!ob->secs[k].kept || !ob->secs[k].sorted)
				continue;
			more = gort__obj_room(list, n, sizeof(*list));
			if (!more) {
				free(list);
				return gort__rd_no_memory(
				    &ob->o.rd, e, "list of sections");
			}
			list = more;
			list[n] = (struct sorted){ob->o.secs[k].name, ob, k, n};
			n++;
		}
	}
	if (n)
		qsort(list, n, sizeof(*list), by_name);
	for (i = 0; i < n && rc == 0; i++)
		rc = place(lk, list[i].ob, list[i].sec, e);
	free(list);
	return rc;
}

/* All .eh_frame sections without a gap: zeros would end the list. */
static void
place_eh(struct gort_link *lk)
{
	bool personal = false;
	uint32_t i, k;

	lk->eh_at = take(lk, PART_RO, 0, 8);
	for (i = 1; i < lk->nobjs; i++) {
		struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs && ob->eh; k++) {
			if (!ob->secs[k].kept || !ob->secs[k].eh)
				continue;
			personal |= ob->personal;
			ob->secs[k].part = PART_RO;
			ob->secs[k].offset =
			    take(lk, PART_RO, ob->secs[k].size, 4);
		}
	}
	lk->made_size = gort__link_pdata_room(lk, &lk->nfdes);
	lk->made_at = take(lk, PART_RO, lk->made_size, 4);
	take(lk, PART_RO, 4, 4); /* the end mark */
	lk->eh_size = lk->part_size[PART_RO] - lk->eh_at;
	if (personal)
		lk->list_at = take(lk, PART_RO,
		    lk->eh_size + 2 * sizeof(void *) * (uint64_t)lk->nfdes,
		    sizeof(void *));
	lk->hdr_at = take(lk, PART_RO, 12 + 8 * (uint64_t)lk->nfdes, 4);
}

/*
 * Data of the process that code refers to directly must be within 2 GiB. A copy
 * does for the standard streams, which are pointers that nobody changes, for the
 * guard of stacks (arm64; the system sets it before any code runs), for
 * Windows' index of thread-local variables, and for C++'s type information, the
 * names in it, virtual tables and tables of those (_ZTT, of virtual bases), which
 * are constant: types are told apart by their names, not by where their records
 * are. How many bytes to copy; 0: it must not be.
 */
static uint64_t
may_copy(const struct linksym *s)
{
	static const char words[][18] = {
	    "stdin", "stdout", "stderr", "__stack_chk_guard"};
	unsigned i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(s->name, words[i]) == 0)
			return gort__relmachine.word;
	if (strcmp(s->name, "_tls_index") == 0)
		return 4;
	if (strncmp(s->name, "_ZT", 3) == 0 && s->name[3] &&
	    strchr("ISTV", s->name[3]))
		return gort__link_size_of(s->value);
	return 0;
}

/* Commons, and copies of the process's data that is too far away. */
static __attribute__((cold)) int
place_commons(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i;

	for (i = 1; i < lk->nsyms; i++) {
		struct linksym *s = &lk->syms[i];
		unsigned part = s->type == OBJ_TLS ? PART_TLS : PART_RW;

		if (s->state == SYM_IMPORT && s->reach && !s->func)
			s->align = take(lk, PART_RW, may_copy(s), 16);
		if (s->state != SYM_COMMON)
			continue;
		if (s->value > LINK_MAX_IMAGE ||
		    lk->part_size[part] > LINK_MAX_IMAGE)
			return gort__link_bad(lk->objs[s->obj], 0, GORT_ELIMIT,
			    e, "common symbol %.150s has 0x%llx bytes", s->name,
			    (unsigned long long)s->value);
		s->value = take(lk, part, s->value, s->align);
	}
	return 0;
}

static bool
reaches(const struct gort_link *lk, uint64_t base, uint64_t v)
{
	return (v <= base ? base + lk->image_size - v : v - base) <= REACH;
}

/* Where the image may begin, for all of those but what can be copied. */
static __attribute__((cold)) void
window(const struct gort_link *lk, bool all, uint64_t *lo, uint64_t *hi)
{
	uint32_t i;

	*lo = 0;
	*hi = UINT64_MAX;
	for (i = 1; i < lk->nsyms; i++) {
		const struct linksym *s = &lk->syms[i];
		uint64_t span = REACH - lk->image_size;

		if (s->state != SYM_IMPORT || !s->reach ||
		    (!all && may_copy(s)))
			continue;
		if (s->value > REACH && s->value - REACH > *lo)
			*lo = s->value - REACH;
		if (s->value < UINT64_MAX - span && s->value + span < *hi)
			*hi = s->value + span;
	}
}

/* The image is at its place: what of the process is out of its reach? */
static __attribute__((cold)) int
settle_imports(struct gort_link *lk, struct gort_err *e)
{
	uint64_t base = (uintptr_t)lk->image;
	uint32_t i;

	for (i = 1; i < lk->nsyms; i++) {
		struct linksym *s = &lk->syms[i];

		if (s->state != SYM_IMPORT || !(s->reach || s->canonical) ||
		    s->foreign)
			continue;
		if (!s->nearby && reaches(lk, base, s->value) &&
		    (!lk->low || s->value < REACH)) {
			s->canonical = false;
			continue;
		}
		if (s->canonical)
			continue; /* its address is that of its stub */
		if (!may_copy(s))
			return gort__err(e, GORT_ENOTSUP,
			    lk->objs[s->obj]->o.rd.file, GORT_ERR_NO_OFFSET,
			    "%.150s is data of the process at 0x%llx, out of "
			    "reach of this code: compile with -fPIC",
			    s->name, (unsigned long long)s->value);
		memcpy(lk->part[PART_RW] + s->align,
		    (const void *)(uintptr_t)s->value, (size_t)may_copy(s));
		s->value = (uintptr_t)(lk->part[PART_RW] + s->align);
	}
	return 0;
}

static __attribute__((cold)) int
map(struct gort_link *lk, struct gort_err *e)
{
	const uint64_t page = gort__pagesize();
	uint64_t align = page, size = 0, lo, hi;
	unsigned p;

	for (p = 0; p < PART_TLS; p++) {
		size = round_up(size, page);
		size = round_up(size, lk->part_align[p]);
		lk->part[p] = (uint8_t *)(uintptr_t)size;
		size += lk->part_size[p];
		align = lk->part_align[p] > align ? lk->part_align[p] : align;
	}
	lk->image_size = gort__link_round(size + 1, &align);
	if (lk->image_size > LINK_MAX_IMAGE)
		return gort__err(e, GORT_ELIMIT, NULL, GORT_ERR_NO_OFFSET,
		    "the image is larger than 0x%llx bytes",
		    (unsigned long long)LINK_MAX_IMAGE);
	window(lk, true, &lo, &hi);
	lk->image = gort__link_map(lk->image_size, align, lk->low, lo, hi);
	if (!lk->image) {
		window(lk, false, &lo, &hi);
		lk->image =
		    gort__link_map(lk->image_size, align, lk->low, lo, hi);
	}
	if (!lk->image)
		lk->image = gort__link_map(
		    lk->image_size, align, lk->low, 0, UINT64_MAX);
	if (!lk->image)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no place for an image of 0x%llx bytes%s",
		    (unsigned long long)lk->image_size,
		    lk->low ? " below 2 GiB" : "");
	for (p = 0; p < PART_TLS; p++)
		lk->part[p] = lk->image + (uintptr_t)lk->part[p];
	return settle_imports(lk, e);
}

/* Symbols get their addresses; those of TLS stay offsets in the block. */
static void
place_symbols(struct gort_link *lk)
{
	uint32_t i;

	for (i = 1; i < lk->nsyms; i++) {
		struct linksym *s = &lk->syms[i];
		const struct linkobj *ob;
		const struct linksec *ls;

		if (s->state == SYM_COMMON) {
			if (s->type != OBJ_TLS)
				s->value += (uintptr_t)lk->part[PART_RW];
			s->state = SYM_DEFINED;
			continue;
		}
		if (s->state != SYM_DEFINED || s->absolute || !s->sym)
			continue;
		ob = lk->objs[s->obj];
		ls = s->sec < ob->o.nsecs ? &ob->secs[s->sec] : NULL;
		s->gone = ls && !ls->kept;
		if (!ls || s->gone)
			s->value = 0;
		else if (ls->part == PART_TLS)
			s->value += ls->offset;
		else
			s->value += (uintptr_t)gort__link_at(lk, ls);
	}
}

int
gort__link_layout(struct gort_link *lk, struct gort_err *e)
{
	const uint64_t page = gort__pagesize();
	uint64_t word = gort__relmachine.word, span;
	void *tls;
	int rc;

	rc = REL_HAS_FIELDS ? gort__link_plan_islands(lk, e) : 0;
	if (rc == 0)
		rc = place_sections(lk, false, e);
	if (rc == 0)
		rc = place_sorted(lk, e);
	if (rc == 0)
		rc = place_island(lk, NULL, e);
	if (rc)
		return rc;
	lk->tls_file = lk->part_size[PART_TLS];
	lk->rw_file = lk->part_size[PART_RW];
	lk->slots_at =
	    take(lk, PART_RO, ((uint64_t)lk->nslots + lk->nstubs) * word, word);
	/* behind them, TLS descriptors' function */
	lk->stubs_at = take(lk, PART_TEXT,
	    (uint64_t)lk->nstubs * gort__relmachine.stub_size +
		gort__relmachine.desc_size,
	    16);
	place_eh(lk);
	rc = place_sections(lk, true, e);
	if (rc == 0)
		rc = place_commons(lk, e);
	if (rc)
		return rc;
	if (lk->part_size[PART_TLS]) {
		lk->has_tls = true;
		tls = gort__link_map(round_up(lk->part_size[PART_TLS], page),
		    page, false, 0, UINT64_MAX);
		if (!tls)
			return gort__err(e, GORT_ENOMEM, NULL,
			    GORT_ERR_NO_OFFSET, "no memory for TLS");
		lk->part[PART_TLS] = tls;
	}
	rc = map(lk, e);
	if (rc)
		return rc;
	span = (uint64_t)(lk->part[PART_RW] - lk->image) + lk->rw_file;
	/* not what is mostly zeros or gaps */
	if (span / 2 <= lk->from_files)
		gort__link_populate(lk->image, lk->image_size, span);
	place_symbols(lk);
	return 0;
}

static int
protect(struct gort_link *lk, unsigned part, bool code, struct gort_err *e)
{
	uint64_t size = (uint64_t)(lk->part[part + 1] - lk->part[part]);

	return size ? gort__link_protect_pages(lk->part[part], size, code, e)
		    : 0;
}

int
gort__link_protect_text(struct gort_link *lk, struct gort_err *e)
{
	return protect(lk, PART_TEXT, true, e);
}

int
gort__link_protect(struct gort_link *lk, struct gort_err *e)
{
	return protect(lk, PART_RO, false, e);
}

void
gort__link_unmap(struct gort_link *lk)
{
	if (lk->image)
		gort__link_unmap_pages(lk->image, lk->image_size);
	lk->image = NULL;
	if (lk->part[PART_TLS])
		gort__link_unmap_pages(lk->part[PART_TLS],
		    round_up(lk->part_size[PART_TLS], gort__pagesize()));
	lk->part[PART_TLS] = NULL;
}
