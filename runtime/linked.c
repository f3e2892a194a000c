/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The list of linked images. Records are never freed, only used again, so a
 * reader needs no lock: a count in each that is odd while it changes tells it
 * that what it read belongs together. Changed under the gatelock, which fork
 * holds.
 */
#include "../include/small.h"
#include "linked.h"
#include "runtime.h"

#include <stdatomic.h>
#include <stdlib.h>

struct linked {
	struct linked *link; /* the next; never changes */
	_Atomic uint32_t seq;
	_Atomic uintptr_t base, end; /* 0: unused */
	_Atomic uintptr_t text, text_end;
	_Atomic uintptr_t hdr;
	gort__linked_namer *_Atomic namer;
	const void *_Atomic arg; /* for it */
};

static struct linked *_Atomic all;
static _Atomic uint64_t removals;

/* gatelock held. */
static void
set(struct linked *l, uintptr_t base, uintptr_t end, uintptr_t text,
    uintptr_t text_end, uintptr_t hdr, gort__linked_namer *namer,
    const void *arg)
{
	atomic_fetch_add(&l->seq, 1);
	atomic_store(&l->base, base);
	atomic_store(&l->end, end);
	atomic_store(&l->text, text);
	atomic_store(&l->text_end, text_end);
	atomic_store(&l->hdr, hdr);
	atomic_store(&l->namer, namer);
	atomic_store(&l->arg, arg);
	atomic_fetch_add(&l->seq, 1);
}

struct linked *
gort__linked_add(const void *base, const void *end, const void *text,
    const void *text_end, const void *eh_frame_hdr, gort__linked_namer *namer,
    const void *arg)
{
	struct linked *l;
	bool fresh = false;

	gort__gate_lock();
	for (l = atomic_load(&all); l; l = l->link)
		if (!atomic_load(&l->end))
			break;
	if (!l) {
		l = calloc(1, sizeof(*l));
		fresh = true;
	}
	if (l) {
		set(l, (uintptr_t)base, (uintptr_t)end, (uintptr_t)text,
		    (uintptr_t)text_end, (uintptr_t)eh_frame_hdr, namer, arg);
		if (fresh) {
			l->link = atomic_load(&all);
			atomic_store(&all, l);
		}
	}
	gort__gate_unlock();
	return l;
}

void
gort__linked_remove(struct linked *l)
{
	if (!l)
		return;
	gort__gate_lock();
	set(l, 0, 0, 0, 0, 0, NULL, NULL);
	atomic_fetch_add(&removals, 1);
	gort__gate_unlock();
}

bool
gort__linked_name(const void *addr, struct gort__linked_name *name)
{
	uintptr_t a = (uintptr_t)addr;
	const struct linked *l;

	for (l = atomic_load(&all); l; l = l->link) {
		uint32_t seq = atomic_load(&l->seq);
		gort__linked_namer *namer = atomic_load(&l->namer);
		const void *arg = atomic_load(&l->arg);

		if (seq & 1 || a < atomic_load(&l->base) ||
		    a >= atomic_load(&l->end) || !namer ||
		    atomic_load(&l->seq) != seq)
			continue;
		return namer(arg, addr, name);
	}
	return false;
}

bool
gort__linked_find(const void *addr, struct gort__linked_at *at)
{
	uintptr_t a = (uintptr_t)addr;
	const struct linked *l;

	for (l = atomic_load(&all); l; l = l->link) {
		uint32_t seq = atomic_load(&l->seq);

		if (seq & 1 || a < atomic_load(&l->base) ||
		    a >= atomic_load(&l->end))
			continue;
		at->base = (const char *)atomic_load(&l->base);
		at->end = (const char *)atomic_load(&l->end);
		at->text = (const char *)atomic_load(&l->text);
		at->text_end = (const char *)atomic_load(&l->text_end);
		at->eh_frame_hdr = (const void *)atomic_load(&l->hdr);
		if (atomic_load(&l->seq) == seq)
			return true;
	}
	return false;
}

bool
gort__linked_bounds(const void *addr, const char **base, const char **end)
{
	struct gort__linked_at l;

	if (!gort__linked_find(addr, &l))
		return false;
	*base = l.base;
	*end = l.end;
	return true;
}

const void *
gort__linked_eh_frame_hdr(const void *addr)
{
	struct gort__linked_at l;

	return gort__linked_find(addr, &l) ? l.eh_frame_hdr : NULL;
}

uint64_t
gort__linked_removals(void)
{
	return atomic_load(&removals);
}

void
gort__code_removed(void)
{
	atomic_fetch_add(&removals, 1);
}
