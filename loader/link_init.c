/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an image runs when it is loaded and when it goes, in the order of the
 * system's linker, which the format knows. At the end, the other way round.
 */
#include "../include/small.h"
#include "link.h"
#include "link_crt.h"

#include <stdlib.h>

int
gort__link_init(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, k, seq = 0;

	for (i = 1; i < lk->nobjs; i++) {
		struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs && ob->list; k++) {
			struct linkcall **list, *to, c = {.ob = ob, .sec = k};
			uint32_t *n;

			/* one without bytes in the file names no function */
			if (!ob->secs[k].list ||
			    ob->o.secs[k].what & OBJ_SEC_NOBITS ||
			    !ob->in->list(ob->o.secs[k].name, &c.l))
				continue;
			list = c.l.fini ? &lk->finis : &lk->inits;
			n = c.l.fini ? &lk->nfinis : &lk->ninits;
			c.l.seq = seq++;
			to = gort__obj_room(*list, *n, sizeof(c));
			if (!to)
				return gort__rd_no_memory(
				    &ob->o.rd, e, "constructors");
			*list = to;
			to[(*n)++] = c;
		}
	}
	if (lk->ninits)
		qsort(lk->inits, lk->ninits, sizeof(*lk->inits),
		    gort__obj_by_turn);
	if (lk->nfinis)
		qsort(lk->finis, lk->nfinis, sizeof(*lk->finis),
		    gort__obj_by_turn);
	return 0;
}

static void
run_list(const struct gort_link *lk, const struct linkcall *c, bool backwards)
{
	const struct linksec *s = &c->ob->secs[c->sec];
	uint64_t n = s->size / sizeof(uintptr_t), i;

	for (i = 0; i < n; i++) {
		uint64_t at = backwards ? n - 1 - i : i;
		uintptr_t v;

		memcpy(&v, gort__link_at(lk, s) + at * sizeof(v), sizeof(v));
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
		run_list(lk, &lk->inits[i], lk->inits[i].l.backwards);
}

/*
 * Functions of atexit(), and with them destructors of C++'s static objects, run
 * where those of a shared object do: crtbeginS.o is linked first, so behind all
 * destructors without a priority and before those with one, which are for what
 * everything else uses. Of COFF they run first.
 */
void
gort__link_run_finis(struct gort_link *lk)
{
	bool exits = false;
	uint32_t i;

	for (i = lk->nfinis; i-- > 0;) {
		const struct linkcall *c = &lk->finis[i];

		if (!exits && c->l.when != OBJ_NO_PRIORITY) {
			gort__link_run_exits(lk);
			exits = true;
		}
		run_list(lk, c, !c->l.backwards);
	}
}
