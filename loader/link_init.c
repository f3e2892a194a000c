/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an image runs when it is loaded and when it goes, in the order of the
 * system's linker, which the format knows. At the end, the other way round.
 */
#include "../include/small.h"
#include "link.h"

#include <stdlib.h>

static int
by_turn(const void *a, const void *b)
{
	const struct linkcall *x = a, *y = b;
	int order = 0;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	/* no sane name is longer, and many hostile ones could be */
	if (x->name && y->name)
		order = strncmp(x->name, y->name, 64);
	if (order == 0)
		order = (x->seq > y->seq) - (x->seq < y->seq);
	return x->name && x->backwards ? -order : order;
}

int
gort__link_init(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, k, seq = 0;

	for (i = 1; i < lk->nobjs; i++) {
		struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs && ob->list; k++) {
			struct linkcall **list, *to, c = {.ob = ob, .sec = k};
			uint32_t *n;

			if (!ob->secs[k].list ||
			    !ob->in->list(ob->o.secs[k].name, &c))
				continue;
			list = c.fini ? &lk->finis : &lk->inits;
			n = c.fini ? &lk->nfinis : &lk->ninits;
			c.seq = seq++;
			to = gort__obj_room(*list, *n, sizeof(c));
			if (!to)
				return gort__rd_no_memory(
				    &ob->o.rd, e, "constructors");
			*list = to;
			to[(*n)++] = c;
		}
	}
	if (lk->ninits)
		qsort(lk->inits, lk->ninits, sizeof(*lk->inits), by_turn);
	if (lk->nfinis)
		qsort(lk->finis, lk->nfinis, sizeof(*lk->finis), by_turn);
	return 0;
}

static void
run_list(const struct linkcall *c, bool backwards)
{
	const struct linksec *s = &c->ob->secs[c->sec];
	uint64_t n = s->size / sizeof(uintptr_t), i;

	for (i = 0; i < n; i++) {
		uint64_t at = backwards ? n - 1 - i : i;
		uintptr_t v;

		memcpy(&v, s->at + at * sizeof(v), sizeof(v));
		if (!gort__link_is_call(v))
			continue;
		c->ob->in->run(v);
	}
}

void
gort__link_run_inits(struct gort_link *lk)
{
	uint32_t i;

	for (i = 0; i < lk->ninits; i++)
		run_list(&lk->inits[i], lk->inits[i].backwards);
}

void
gort__link_run_finis(struct gort_link *lk)
{
	uint32_t i;

	for (i = lk->nfinis; i-- > 0;)
		run_list(&lk->finis[i], !lk->finis[i].backwards);
}
