/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Range islands. On machines whose calls do not reach a whole image, code is
 * cut into regions, and behind each lies room for veneers: jumps that reach
 * everything, to which calls of that region go whose target is too far away.
 * Where calls may need one is known only when all has its address, so there is
 * room for one for each call, up to a limit; pages of it that stay unused
 * cost no memory.
 */
#include "link.h"

#include <stdlib.h>

#define ALIGN 16

struct veneer {
	uint64_t target; /* 0: free */
	uint32_t index;
};

struct linkisland {
	uint64_t from, at; /* the region and its island: offsets in PART_TEXT */
	uint64_t ncalls;   /* of the region */
	uint32_t max;      /* veneers that there is room for */
	uint32_t used;
	struct veneer *cells; /* a hash table of them */
	uint32_t ncells;      /* a power of two, or 0 */
};

/* A region and its island together are well within a call's reach. */
static uint64_t
region_limit(void)
{
	return gort__relmachine.branch / 3;
}

static uint64_t
island_limit(void)
{
	return gort__relmachine.branch / 4;
}

static bool
is_large(const struct gort_link *lk)
{
	uint64_t size = (uint64_t)lk->nstubs * gort__relmachine.stub_size;
	uint32_t i, k;

	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++)
			if (ob->secs[k].kept && ob->secs[k].part == PART_TEXT)
				size += ob->secs[k].size +
					(UINT64_C(1) << ob->secs[k].shift);
	}
	return size > gort__relmachine.branch - (gort__relmachine.branch >> 4);
}

/* How many relocations of each section are calls. */
static void
count_calls(struct linkobj *ob)
{
	const struct reltypes *types = ob->in->types;
	struct linkrel buf[LINK_RELS];
	const struct linkrel *r;
	uint32_t i, k, n, first;

	for (i = 1; i < ob->o.nsecs; i++) {
		struct linksec *to = gort__link_target(ob, i);

		if (!to || to->part != PART_TEXT)
			continue;
		for (first = 0; first < ob->o.secs[i].nrelocs; first += n) {
			r = ob->in->rels(ob, i, first, buf, &n);
			for (k = 0; k < n; k++)
				to->ncalls +=
				    gort__rel_known(types, r[k].type)->kind ==
				    REL_PLT;
		}
	}
}

/* Begin a region at an offset in PART_TEXT. */
static int
begin(struct gort_link *lk, uint64_t from, struct gort_err *e)
{
	struct linkisland *list =
	    gort__obj_room(lk->islands, lk->nislands, sizeof(*list));

	if (!list)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for range islands");
	lk->islands = list;
	list[lk->nislands++].from = from;
	return 0;
}

int
gort__link_plan_islands(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i;

	if (!gort__relmachine.branch || !is_large(lk))
		return 0;
	for (i = 1; i < lk->nobjs; i++)
		count_calls(lk->objs[i]);
	return begin(lk, 0, e);
}

int
gort__link_island_before(struct gort_link *lk, const struct linksec *next,
    uint64_t *size, struct gort_err *e)
{
	struct linkisland *is = &lk->islands[lk->nislands - 1];
	uint64_t end = lk->part_size[PART_TEXT];
	int rc = 0;

	*size = 0;
	if (is->at)
		return 0; /* behind the last */
	if (!next ||
	    (end > is->from && end + next->size - is->from > region_limit())) {
		*size = is->ncalls * gort__relmachine.veneer_size;
		if (*size > island_limit())
			*size = island_limit();
		is->max = (uint32_t)(*size / gort__relmachine.veneer_size);
		is->at = (end + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
		if (next)
			rc = begin(lk, is->at + *size, e);
	}
	if (rc == 0 && next)
		lk->islands[lk->nislands - 1].ncalls += next->ncalls;
	return rc;
}

static struct veneer *
cell(const struct linkisland *is, uint64_t target)
{
	uint64_t i = target * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	for (i &= is->ncells - 1; is->cells[i].target; i++, i &= is->ncells - 1)
		if (is->cells[i].target == target)
			break;
	return &is->cells[i];
}

static bool
grow(struct linkisland *is)
{
	struct linkisland old = *is;
	uint32_t i;

	is->ncells = old.ncells ? 2 * old.ncells : 64;
	is->cells = calloc(is->ncells, sizeof(*is->cells));
	if (!is->cells) {
		*is = old;
		return false;
	}
	for (i = 0; i < old.ncells; i++)
		if (old.cells[i].target)
			*cell(is, old.cells[i].target) = old.cells[i];
	free(old.cells);
	return true;
}

/* The island of the region that a place is in, or NULL. */
static struct linkisland *
island_of(const struct gort_link *lk, const uint8_t *at)
{
	uint64_t offset = (uint64_t)(at - lk->part[PART_TEXT]);
	struct linkisland *is = NULL;
	uint32_t i;

	for (i = 0; i < lk->nislands && lk->islands[i].from <= offset; i++)
		is = &lk->islands[i];
	return is;
}

uint64_t
gort__link_veneer(const struct gort_link *lk, const uint8_t *at,
    uint64_t target, const char **why)
{
	struct linkisland *is = island_of(lk, at);
	const uint64_t size = gort__relmachine.veneer_size;
	struct veneer *v;
	uint8_t *code;

	if (!is || !target)
		return 0; /* the caller's reason */
	if (is->used >= is->ncells / 2 && !grow(is)) {
		*why = "out of reach, and no memory for a veneer";
		return 0;
	}
	v = cell(is, target);
	code = lk->part[PART_TEXT] + is->at;
	if (!v->target) {
		if (is->used == is->max) {
			*why = "out of reach, and the island is full";
			return 0;
		}
		v->target = target;
		v->index = is->used++;
		gort__relmachine.veneer(code + v->index * size, target);
	}
	return (uintptr_t)code + v->index * size;
}

void
gort__link_free_islands(struct gort_link *lk)
{
	while (lk->nislands)
		free(lk->islands[--lk->nislands].cells);
	free(lk->islands);
	lk->islands = NULL;
}
