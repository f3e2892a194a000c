/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stacks that a g runs on: their bounds, the segments that they grew
 * into, and who is told of switches. Private.
 */
#ifndef GORT_RUNTIME_STACK_H
#define GORT_RUNTIME_STACK_H

#include "config.h"

struct g;
struct gort__segment;

/* ---- stack.c, stack_none.c ------------------------------------------------ */

/*
 * An unwinding has left the segments that gp took after `to` was its newest
 * (NULL: all): they are kept for reuse. On the stack that is gone on with.
 */
void gort__stack_cut(struct g *gp, struct gort__segment *to);

/* A boundary caught something: on its stack again, in its frame, which has *o. */
void gort__stack_landed(struct g *gp, const struct gort__outside *o);

/* Unmap the segments that gp keeps for reuse. */
void gort__stack_drop(struct g *gp);

/* ---- stackbounds_*.c --------------------------------------------------- */

/* The stack that the system gave the calling thread; false: cannot tell. */
bool gort__threadstack(struct gort__bounds *b);

#ifdef HAVE_STACKS

#include "../abi/morestack.h"
#include "../abi/switch.h"

/* Bits of gort__switch_watch: why switches go through stack.c. */
enum {
	WATCH_TOOL = 1,   /* a sanitizer */
	WATCH_BOUNDS = 2, /* g.stack is to be right after a switch */
	WATCH_SPLIT = 4,  /* and the limit that split-stack code reads */
};

/* What a tool wants back when a context goes on. Lies on the parked stack. */
struct tool_state {
	void *fake; /* AddressSanitizer's fake stack */
};

/* Code that runs between telling a sanitizer of a switch and the switch. */
#define GORT__UNWATCHED \
	__attribute__((no_sanitize("address", "thread"), noinline))

/*
 * A segment with at least size usable bytes is gp's newest from now on; NULL:
 * no memory. gort__segment_leave takes it off again, wherever it is.
 */
struct gort__segment *gort__segment_enter(struct g *gp, size_t size);
void gort__segment_leave(struct g *gp, struct gort__segment *s);

/* ---- stacktool_*.c ------------------------------------------------------ */

/* Is a sanitizer in the process that must be told of switches? */
bool gort__tool_watches(void);

/* A context gets or loses a stack of its own; uses buf->aux. */
void gort__tool_new(struct gort_gobuf *buf);
void gort__tool_free(struct gort_gobuf *buf);

/* Frames on this piece of stack were left without a word; it is used anew. */
void gort__tool_clean(struct gort__bounds b);

/* Windows: the TEB's bounds go with a segment that is entered, and left. */
void gort__tool_enter_segment(struct gort__segment *s);
void gort__tool_leave_segment(struct gort__segment *s);

/* A segment is mapped, or about to be unmapped. */
void gort__tool_new_segment(struct gort__segment *s);
void gort__tool_free_segment(struct gort__segment *s);

/*
 * About to leave for the stack b of context to (NULL: none of its own, as a
 * segment). st NULL: for good. And once there, or back: st as it was at
 * leaving, NULL for the first time.
 */
void gort__tool_leave(struct tool_state *st, struct gort_gobuf *from,
    const struct gort_gobuf *to, struct gort__bounds b);
void gort__tool_arrive(const struct tool_state *st);

#endif

#endif
