/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Switching stacks, below the public calls of gort/switch.h: what the layer
 * above gives the assembly and takes from it.
 */
#ifndef GORT_ABI_SWITCH_H
#define GORT_ABI_SWITCH_H

#include <gort/switch.h>

#include <string.h>

#include "abi.h"

GORT__AT(struct gort_gobuf, pc, GOBUF_PC);
GORT__AT(struct gort_gobuf, sp, GOBUF_SP);
GORT__AT(struct gort_gobuf, fp, GOBUF_FP);
GORT__AT(struct gort_gobuf, seh, GOBUF_SEH);
GORT__AT(struct gort_gobuf, hi, GOBUF_HI);
GORT__AT(struct gort_gobuf, lo, GOBUF_LO);
GORT__AT(struct gort_gobuf, aux, GOBUF_AUX);

/*
 * Non-zero: somebody wants to know of switches (a sanitizer, the stack
 * bounds of gort_stack_left(), split stacks). Then the public calls go to the
 * _watched ones, written in C by the layer above, which use the _raw ones.
 */
extern uint8_t gort__switch_watch __attribute__((visibility("hidden")));

void gort__switch_raw(struct gort_gobuf *from, struct gort_gobuf *to);
_Noreturn void gort__gogo_raw(struct gort_gobuf *to);
void gort__mcall_raw(
    struct gort_gobuf *from, struct gort_gobuf *to, gort_func *fn, void *arg);

void gort__switch_watched(struct gort_gobuf *from, struct gort_gobuf *to);
_Noreturn void gort__gogo_watched(struct gort_gobuf *to);
void gort__mcall_watched(
    struct gort_gobuf *from, struct gort_gobuf *to, gort_func *fn, void *arg);

/* After the three words are noted. */
void gort__gosave_watched(struct gort_gobuf *buf);

/* The first thing on a new stack, where somebody watches. */
_Noreturn void gort__gostart_watched(void *arg, gort_func *fn);

/* Their functions returned, which they must not: by the layer above. */
_Noreturn void gort__badmcall(void);
_Noreturn void gort__badgostart(void);

#ifdef _WIN32
/*
 * The handler of exceptions that nobody on a context's stack has taken: does
 * what the system does at the end of a thread's. A language handler on amd64;
 * on 386 in the registration at the stack's top.
 */
int gort__stack_unhandled(
    void *record, void *frame, void *context, void *dispatcher);
#endif

/* The first instruction of a new stack is the byte after this; not C. */
void gort__gostart(void);

/* Fill the three words of a context that will run fn(arg) below hi. */
static inline void
gort__gobuf_start(struct gort_gobuf *buf, void *hi, gort_func *fn, void *arg)
{
	uintptr_t top = (uintptr_t)hi & ~(uintptr_t)15;
	struct {
		void *arg;
		gort_func *fn;
	} *first = (void *)(top - 16 - GOSTART_ABOVE);

	first->arg = arg;
	first->fn = fn;
	buf->pc = (void *)((uintptr_t)gort__gostart + GOSTART_SKIP);
	memset((char *)top - GOSTART_ABOVE, 0, GOSTART_ABOVE);
	buf->sp = (void *)(top - 16 - GOSTART_ABOVE - GOSTART_SHADOW);
	buf->fp = NULL;
}

#endif
