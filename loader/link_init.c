/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an image runs when it is loaded and when it goes, in the order of the
 * system's linker: lists with a priority first, in its order; .ctors counts
 * from 65535 down and is read from its end (gABI, "Initialization and
 * Termination Functions"). At the end, the other way round.
 */
#include "link.h"

#include <stdlib.h>

#define LAST 65537u

static const struct kind {
	const char *name;
	bool fini, backwards, down; /* down: priorities count down */
} kinds[] = {
    {".init_array", false, false, false},
    {".ctors", false, true, true},
    {".fini_array", true, false, false},
    {".dtors", true, true, true},
};

/* Is it a list? Then of which kind, and when is its turn. */
static const struct kind *
kind_of(const char *name, uint32_t *when)
{
	unsigned i;

	*when = LAST;
	/* most sections are seen here only */
	if (name[0] != '.' || !name[1] || !strchr("icfdp", name[1]))
		return NULL;
	if (strcmp(name, ".preinit_array") == 0) {
		*when = 0;
		return &kinds[0];
	}
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].name);
		unsigned long prio;
		char *end;

		if (strncmp(name, kinds[i].name, n) != 0 ||
		    (name[n] && name[n] != '.'))
			continue;
		if (!name[n] || strnlen(name + n + 1, 8) == 8)
			return &kinds[i];
		prio = strtoul(name + n + 1, &end, 10);
		if (*end == '\0' && end != name + n + 1 && prio <= 65535)
			*when =
			    1 + (uint32_t)(kinds[i].down ? 65535 - prio : prio);
		return &kinds[i];
	}
	return NULL;
}

static int
by_turn(const void *a, const void *b)
{
	const struct linkcall *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

int
gort__link_init(struct gort_link *lk, struct gort_err *e)
{
	uint32_t i, k, when, seq = 0;

	for (i = 1; i < lk->nobjs; i++) {
		struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++) {
			const struct kind *kind;
			struct linkcall **list, *c;
			uint32_t *n;

			if (!ob->secs[k].kept ||
			    !(kind = kind_of(ob->o.secs[k].name, &when)))
				continue;
			list = kind->fini ? &lk->finis : &lk->inits;
			n = kind->fini ? &lk->nfinis : &lk->ninits;
			c = gort__obj_room(*list, *n, sizeof(*c));
			if (!c)
				return gort__rd_no_memory(
				    &ob->o.rd, e, "constructors");
			*list = c;
			c += (*n)++;
			c->when = when;
			c->seq = seq++;
			c->ob = ob;
			c->sec = k;
			c->backwards = kind->backwards;
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
		void (*fn)(int, char **, char **);
		static char *none[1];
		uintptr_t v;

		memcpy(&v, s->at + at * sizeof(v), sizeof(v));
		if (!gort__link_is_call(v))
			continue;
		memcpy(&fn, &v, sizeof(fn));
		fn(0, none, none);
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
