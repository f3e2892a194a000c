/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Locks of operations: opening, replacing, closing a plugin. Hooks run while
 * they are held, so fork cannot wait for them, and their threads may end. They
 * are words under the gatelock, which fork holds, and each g has a list of its
 * own: whoever knows that a thread is gone gives back what it held.
 */
#include "../include/small.h"
#include "runtime.h"

static unsigned waiters; /* gatelock */

void
gort__oplock(struct gort__oplock *l)
{
	struct g *gp = gort__needm();

	gort__gate_lock();
	while (l->owner) {
		waiters++;
		gort__gate_sleep(INT64_MAX);
		waiters--;
	}
	l->owner = l;
	if (gp) {
		l->owner = gp;
		l->link = gp->oplocks;
		gp->oplocks = l;
	}
	gort__gate_unlock();
}

/* gatelock held. */
static void
give_back(struct gort__oplock *l)
{
	l->owner = NULL;
	/* not always: the init thread waits for modules there */
	if (waiters)
		gort__gate_wake();
}

void
gort__opunlock(struct gort__oplock *l)
{
	struct g *gp = gort__getg();
	struct gort__oplock **link;

	gort__gate_lock();
	if (l->owner == gp && gp) {
		for (link = &gp->oplocks; *link != l; link = &(*link)->link)
			;
		*link = l->link;
	}
	give_back(l);
	gort__gate_unlock();
}

void
gort__oplocks_drop(struct g *gp)
{
	struct gort__oplock *l;

	while ((l = gp->oplocks) != NULL) {
		gp->oplocks = l->link;
		give_back(l);
	}
}
