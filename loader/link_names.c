/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of what lies in an image, for backtraces: looked for in the objects'
 * own symbols when they are asked for. Runs in signal handlers: reads only what
 * does not change while the image is there.
 */
#include "../include/small.h"
#include "link.h"
#include "../runtime/linked.h"

/* The section that holds addr, in any object; 0: none. */
static uint32_t
find_section(const struct gort_link *lk, uintptr_t addr, uint32_t *obj)
{
	uint32_t i, k;

	for (i = 1; i < lk->nobjs; i++) {
		const struct linkobj *ob = lk->objs[i];

		for (k = 1; k < ob->o.nsecs; k++) {
			const struct linksec *ls = &ob->secs[k];

			if (!ls->kept || ls->part == PART_TLS ||
			    addr - (uintptr_t)gort__link_at(lk, ls) >= ls->size)
				continue;
			*obj = i;
			return k;
		}
	}
	return 0;
}

bool
gort__link_name(
    const void *link, const void *addr, struct gort__linked_name *name)
{
	const struct gort_link *lk = link;
	uint32_t obj, i, sec = find_section(lk, (uintptr_t)addr, &obj);
	const struct gort__objsym *best = NULL;
	const struct linkobj *ob;
	const char *at;
	uint64_t offset;

	if (!sec)
		return false;
	ob = lk->objs[obj];
	at = (const char *)gort__link_at(lk, &ob->secs[sec]);
	offset = (uintptr_t)addr - (uintptr_t)at;
	for (i = 1; i < ob->o.nsyms; i++) {
		const struct gort__objsym *s = &ob->o.syms[i];

		if (s->section != sec || s->value > offset || !s->name[0] ||
		    s->type == OBJ_SECTION || s->type == OBJ_FILE ||
		    (best && s->value < best->value) ||
		    (s->size && offset - s->value >= s->size))
			continue;
		/* of two at one place, the one that others see */
		if (!best || s->value > best->value || s->bind != OBJ_LOCAL)
			best = s;
	}
	name->object = ob->o.rd.file;
	name->section = at;
	name->symbol = best ? best->name : "";
	name->symbol_at = best ? at + best->value : NULL;
	return true;
}
