/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots: the function pointers that gort_sym() gives out. Each is a stub in
 * an executable page that leads gort__entry to its slot, where the current
 * target stands. Pages are written once, then made executable; the slots lie
 * in the writable pages behind them.
 *
 * Note [Targets belong to slots]
 * A caller reads the slot's target and the target's image, publishes a frame
 * that names both, and then checks that the image's gate is open and that the
 * target is still the image's. In between it may sleep while the version is
 * replaced and unloaded, and many more after it. The target that it holds must
 * stay readable and must never come to mean another function: so targets are
 * never freed, belong to one slot for good, and are given to a new version only
 * after the one they had is unloaded. It may by then even be the slot's current
 * target again, for a newer version, so looking at the slot would prove
 * nothing. But when the target's image, read after the frame was published, is
 * the one that the frame names, and that image's gate is open, then the frame
 * counts for the version whose function the target holds, and its drain will
 * wait. Image records serve one version after another as well: so a target
 * whose version is drained points to the image that is never open, until it is
 * given to the next.
 */
#include "../include/small.h"
#include "runtime.h"
#include "../abi/stubpage.h"

#include <string.h>

#define SLOTS_PER_PAGE (4096 / GORT_STUB_SIZE)

struct target {
	struct gort__target t;
	struct target *link; /* the slot's other targets; slotlock */
	bool busy;           /* its version may still be loaded; slotlock */
};

struct slot {
	struct gort__slot_head head; /* assembly reads it */
	void *pc;                    /* its stub; fixed */
	struct slot *freelink;       /* slotlock */
	struct target *targets;      /* all it ever had; slotlock */
};

/* The writable part behind a code page, whose size is the system's. */
struct slotpage {
	void *entry; /* what the stubs jump through */
	struct slot slots[SLOTS_PER_PAGE];
};

static struct gort__mutex slotlock = GORT__MUTEX_INIT;
static struct slot *free_head, **free_tail = &free_head; /* slotlock */
static struct target *pool;                              /* slotlock */
static size_t npool;   /* left in it; slotlock */
static unsigned nfree; /* slotlock */

void
gort__slots_lock(void)
{
	gort__mutex_lock(&slotlock);
}

void
gort__slots_unlock(void)
{
	gort__mutex_unlock(&slotlock);
}

static void
put_free(struct slot *s)
{
	s->head.flags = 0;
	s->freelink = NULL;
	*free_tail = s;
	free_tail = &s->freelink;
	nfree++;
}

/* Before all that were used. */
static void
put_fresh(struct slot *s)
{
	s->freelink = free_head;
	if (!free_head)
		free_tail = &s->freelink;
	free_head = s;
	nfree++;
}

static int
new_page(struct gort_err *e)
{
	size_t page = gort__pagesize();
	size_t all =
	    page + ((sizeof(struct slotpage) + page - 1) & ~(page - 1));
	uint8_t *code = gort__sysalloc(all);
	struct slotpage *pg;
	unsigned i;
	int rc;

	if (!code)
		return gort__err(e, GORT_ENOMEM, NULL, GORT_ERR_NO_OFFSET,
		    "no memory for a page of slots");
	pg = (struct slotpage *)(void *)(code + page);
	*(void (**)(void)) & pg->entry = gort__entry;
	for (i = 0; i < SLOTS_PER_PAGE; i++) {
		struct slot *s = &pg->slots[i];

		s->pc = code + i * GORT_STUB_SIZE;
		gort__stub_emit(s->pc, s, &pg->entry);
	}
	rc = gort__sysexec(code, page);
	if (rc) {
		gort__sysfree(code, all);
		return gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET,
		    "cannot make a page of stubs executable: %s",
		    strerror(-rc));
	}
	for (i = SLOTS_PER_PAGE; i-- > 0;)
		put_fresh(&pg->slots[i]);
	return 0;
}

/* Fresh ones first: a freed one is reused late. */
struct slot *
gort__slot_alloc(struct gort_err *e)
{
	struct slot *s = NULL;

	gort__mutex_lock(&slotlock);
	if ((free_head && !free_head->targets) ||
	    nfree > GORT_SLOT_QUARANTINE || new_page(e) == 0) {
		s = free_head;
		free_head = s->freelink;
		if (!free_head)
			free_tail = &free_head;
		nfree--;
	}
	gort__mutex_unlock(&slotlock);
	return s;
}

void
gort__slot_free(struct slot *s)
{
	gort__mutex_lock(&slotlock);
	put_free(s);
	gort__mutex_unlock(&slotlock);
}

void *
gort__slot_pc(const struct slot *s)
{
	return s->pc;
}

/* slotlock held. Never freed, so taken from whole pages. */
static struct target *
new_target(void)
{
	if (!npool) {
		pool = gort__sysalloc(4096);
		npool = pool ? 4096 / sizeof(*pool) : 0;
	}
	return npool ? &pool[--npool] : NULL;
}

/*
 * The flags are the new version's; calls of the old one that are on their way
 * may need more words of stack copied, and more does no harm.
 */
static uint32_t
join_flags(uint32_t old, uint32_t new)
{
	uint32_t a = old & GORT__EX_WORDS_MASK, b = new &GORT__EX_WORDS_MASK;

	return (new & ~GORT__EX_WORDS_MASK) | (a > b ? a : b);
}

struct gort__target *
gort__slot_target(
    struct slot *s, struct gort__image *im, void (*body)(void), uint32_t flags)
{
	struct target *t;

	gort__mutex_lock(&slotlock);
	for (t = s->targets; t && t->busy; t = t->link)
		;
	if (!t && (t = new_target()) != NULL) {
		t->link = s->targets;
		s->targets = t;
	}
	if (t) {
		t->busy = true;
		t->t.body = body;
		/* a late reader may hold it: above */
		__atomic_store_n(&t->t.image, im, __ATOMIC_RELEASE);
		s->head.flags = join_flags(s->head.flags, flags);
	}
	gort__mutex_unlock(&slotlock);
	return t ? &t->t : NULL;
}

void
gort__slot_switch(struct slot *s, struct gort__target *t)
{
	__atomic_store_n(&s->head.target, t, __ATOMIC_SEQ_CST);
}

void
gort__slot_release(struct slot *s, const struct gort__image *im)
{
	struct target *t;

	gort__mutex_lock(&slotlock);
	for (t = s->targets; t; t = t->link) {
		if (t->t.image != im)
			continue;
		__atomic_store_n(
		    &t->t.image, &gort__cold_image, __ATOMIC_RELEASE);
		t->busy = false;
	}
	gort__mutex_unlock(&slotlock);
}
