/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine level: the C view of what abi/'s assembly does. It knows the
 * record of an entered call and nothing of the runtime above it.
 *
 * Note [Entered calls]
 * Every call that enters a module, and every boundary, has a frame on the
 * frame stack of its thread of execution (struct gort__ctx, the head of a g).
 * An entered call keeps its return address and one callee-saved register
 * there rather than on the machine stack, so the body finds its stack
 * arguments where the caller put them, whatever its signature: one entry
 * serves every function. The frames are also the in-flight accounting: a
 * module version is idle when no frame of any thread names it. The owner
 * writes its frames with plain stores; whoever drains closes the image's
 * gate, makes every thread pass a barrier (membarrier(2)), and then reads
 * all frames: a caller either published its frame before the barrier, and is
 * seen, or looks at the gate after it, and turns back.
 */
#ifndef GORT_ABI_H
#define GORT_ABI_H

#include <gort.h>

#include "cpu.h"

/* The head of an image (struct gort__image) that gort__entry reads. */
struct gort__image_head {
	uint8_t gate;  /* GATE_OPEN: calls pass without a look elsewhere */
	uint8_t drain; /* set by who drains: leaving calls wake it */
	uint16_t unused;
	uint32_t index; /* of this image in every thread's call counters */
};

struct gort__ctx;
struct gort__scope;
struct panic;

/* One entered call or boundary; owned by its thread, cleared when left. */
struct gort__frame {
	void *pc; /* entered call: return address into the caller */
	void *bx; /* entered call: the caller's callee-saved register */
	void *sp; /* entered call: caller's sp after the return; */
		  /* boundary: sp of gort__catch's frame; NULL: longjmp */
		  /* left it, as a panic has found */
	struct gort__image *image;   /* entered module; NULL for a boundary */
	struct gort__ctx *ctx;       /* the stack this frame is on */
	struct gort__target *target; /* the function; NULL for a boundary */
#ifdef __i386__
	void (*body)(void); /* its code: no register is free to hold it */
#endif
};

/* Where a stack lies; lo NULL: not known. */
struct gort__bounds {
	char *lo;
	char *hi; /* one past its highest byte */
};

/*
 * A piece of memory that a stack goes on in. Lies in its own highest bytes.
 * On its g's list of those in use, or of those kept for reuse.
 */
struct gort__segment {
	struct gort__segment *link; /* the next older, or the next kept */
	struct gort__bounds at;     /* usable bytes; hi is 64-aligned */
	struct gort__bounds from;   /* of the stack that it continues */
	void *base;                 /* what was mapped */
	size_t size;                /* and how much */
	unsigned tool;              /* valgrind's number of it */
	void *holder; /* the gobuf that is parked with it, or NULL; stack.c */
	void *system[3]; /* Windows: the TEB's before */
};

/*
 * The frame stack of one thread of execution, and the machine stack it runs
 * on: the head of struct g. Owned by the thread that runs it.
 */
struct gort__ctx {
	struct gort__frame *top;       /* first unused frame */
	struct gort__frame *limit;     /* frames end here */
	uint64_t *calls;               /* calls begun, by image index */
	struct gort__bounds stack;     /* what it runs on, if known */
	struct gort__segment *seg;     /* in use, newest first */
	struct gort__segment *freeseg; /* kept for reuse */
	struct panic *panic;           /* on their way, newest first */
	struct gort__scope *scopes;    /* deferred calls since the innermost */
				       /* boundary, newest first */
};

/*
 * What a boundary goes back to when something lands on it; on its stack, at
 * the cookie.
 */
struct gort__outside {
	struct gort__frame *frame; /* the boundary's; the cookie */
	struct gort_error *err;    /* as gort__catch got it */
	struct gort__segment *seg; /* of the ctx, as they were */
	struct panic *panic;
	struct gort__scope *scopes;
};

/* The head of anything gort__entry is given: a slot or a gort__export. */
struct gort__slot_head {
	struct gort__target *target; /* current target; changes atomically */
	uint32_t flags;              /* GORT__EX_... */
};

_Static_assert(
    EX_SRET == GORT__EX_SRET && EX_ST0 == GORT__EX_ST0, "flags of a slot");
_Static_assert(PTR == sizeof(void *), "PTR");

#define GORT__AT(s, m, o) \
	_Static_assert(offsetof(s, m) == (o), #s "." #m " moved")
GORT__AT(struct gort__frame, pc, FRAME_PC);
GORT__AT(struct gort__frame, bx, FRAME_BX);
GORT__AT(struct gort__frame, sp, FRAME_SP);
GORT__AT(struct gort__frame, image, FRAME_IMAGE);
GORT__AT(struct gort__frame, ctx, FRAME_CTX);
GORT__AT(struct gort__frame, target, FRAME_TARGET);
_Static_assert(sizeof(struct gort__frame) == FRAME_SIZE, "frame size");
GORT__AT(struct gort__ctx, top, CTX_TOP);
GORT__AT(struct gort__ctx, limit, CTX_LIMIT);
GORT__AT(struct gort__ctx, calls, CTX_CALLS);
GORT__AT(struct gort__ctx, stack, CTX_STACK);
GORT__AT(struct gort__ctx, seg, CTX_SEG);
GORT__AT(struct gort__ctx, freeseg, CTX_FREESEG);
GORT__AT(struct gort__ctx, panic, CTX_PANIC);
GORT__AT(struct gort__ctx, scopes, CTX_SCOPES);
GORT__AT(struct gort__outside, frame, OUTSIDE_FRAME);
GORT__AT(struct gort__outside, err, OUTSIDE_ERR);
GORT__AT(struct gort__outside, seg, OUTSIDE_SEG);
GORT__AT(struct gort__outside, panic, OUTSIDE_PANIC);
GORT__AT(struct gort__outside, scopes, OUTSIDE_SCOPES);
_Static_assert(sizeof(struct gort__outside) == OUTSIDE_SIZE, "OUTSIDE_SIZE");
GORT__AT(struct gort__segment, link, SEG_LINK);
GORT__AT(struct gort__segment, at, SEG_AT);
GORT__AT(struct gort__segment, from, SEG_FROM);
GORT__AT(struct gort__image_head, gate, IMAGE_GATE);
GORT__AT(struct gort__image_head, drain, IMAGE_DRAIN);
GORT__AT(struct gort__image_head, index, IMAGE_INDEX);
GORT__AT(struct gort__slot_head, target, SLOT_TARGET);
GORT__AT(struct gort__slot_head, flags, SLOT_FLAGS);
GORT__AT(struct gort__export, target, SLOT_TARGET);
_Static_assert(offsetof(struct gort__export, flags) ==
		   offsetof(struct gort__slot_head, flags),
    "an export begins as a slot");
GORT__AT(struct gort__target, image, TARGET_IMAGE);
GORT__AT(struct gort__target, body, TARGET_BODY);

/*
 * Call fn(arg) below a boundary frame on ctx, with no deferred calls noted.
 * Returns 0 when fn returned, with ctx's scopes as at the call; when
 * gort__catch_land() came back to it, what gort__catch_landed() returns. The
 * caller has made sure that ctx has room for a frame. Any stack with room;
 * callee-saved registers as at the call in both cases.
 */
int gort__catch(
    gort_func *fn, void *arg, struct gort__ctx *ctx, struct gort_error *err);

/* Where fn returns to in it; sp then is that of the boundary's frame. */
extern const char gort__catch_called[] GORT__INTERNAL;

/*
 * Leave for the boundary whose frame's sp this is: what lies deeper on the
 * machine stack is gone.
 */
_Noreturn void gort__catch_land(void *sp);

/*
 * In C, by the layer above: the rest of a landing, in the boundary's frame.
 * Takes its frame and all above it off the frame stack and puts ctx back to
 * what *o says. What it returns is gort__catch's result.
 */
int gort__catch_landed(const struct gort__outside *o);

/* The entry of every export stub and slot; not a C function (see entry_*). */
GORT_API void gort__entry(void);

#ifdef ENTRY_KEEPS_FRAME
/* Where bodies return to in gort__entry, directly and from a copying call. */
extern const char gort__entry_out[], gort__entry_out_copied[];

/* Where an unwind by the system to a boundary arrives; it calls gort__caught. */
extern const char gort__catch_caught[];
void gort__caught(struct gort__frame *frame);

/* And one to the caller of a function that recovered: gort__unwound_c. */
extern const char gort__unwound[];
struct _Unwind_Exception;
_Noreturn void gort__unwound_c(struct _Unwind_Exception *ue);
#endif

/*
 * The slow path of gort__entry, written in C by the layer above: waits at
 * the gate, binds the thread, publishes and checks a frame. Runs on the
 * caller's stack with its argument registers saved in args. NULL refuses the
 * call: args->ret then goes to the caller as the result.
 */
struct gort__frame *gort__enter_slow(
    struct gort__slot_head *slot, struct gort__args *args);

/*
 * Find out how the slow path saves vector registers, if the C library knows.
 * Where it does not, the first slow path asks the CPU, which takes some ten
 * microseconds in a virtual machine.
 */
void gort__xstate_init(void);

/* After a call left an image whose drain byte is set: wake who drains. */
void gort__leave_slow(void);

/*
 * Where a fault is made a panic: the signal handler sets pc here and sp
 * below the red zone, with the fault's pc pushed as return address. Saves
 * nothing: it calls gort__sigpanic_c, which does not return.
 */
void gort__sigpanic(void);
_Noreturn void gort__sigpanic_c(void *sp);

/* Thread-local g: see tls_*.S; the inline accessors are in tls.h. */
void **gort__gaddr(void);

#endif
