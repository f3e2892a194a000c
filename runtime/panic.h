/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics on their way, the registers of a frame, and the walk over a stack.
 * Included by runtime.h.
 */
#ifndef GORT_PANIC_H
#define GORT_PANIC_H

#include <stddef.h>
#include <string.h>
#include <unwind.h>

#include "../abi/regs.h"

/* The return of a function that recovered. */
struct leaving {
	struct gort__result result; /* what its caller gets */
	void *top;                  /* the g's frames and segments then */
	void *seg;
	unsigned char more[REGS_MORE + 1]; /* result.more */
};

/* One panic. Owned by the m it was raised on; back to its list when over. */
struct panic {
	/*
	 * Zeros: std::terminate with a foreign exception in hand reads C++'s
	 * header from before it (__cxa_current_exception_type), and finds that
	 * it has no type. For the same reader our class ends in a zero bit.
	 */
	char no_cxx_header[128];
	struct _Unwind_Exception ue;       /* what unwinders see */
	struct panic *link;                /* g->panic, or the free list */
	struct _Unwind_Exception *foreign; /* another runtime's exception; */
					   /* &ue when that is gone */
	struct m *m;                       /* whose free list it goes to */
	struct gort__image *image; /* the module it came from, or NULL */
	struct gort__regs regs;    /* where its walk is; first, where it is */
				   /* from (a fault: where it happened) */
	struct gort__regs from;    /* as regs was first */
	struct gort__regs at;      /* asking: the frame */
	struct panic *replaced;    /* the panic that it came in place of */
	struct gort__scope *leave; /* recovered: whose function returns; it */
				   /* may be gone already */
	struct leaving leaving;    /* that function's return */
	struct gort__frame *call;  /* the boundary of the deferred call that */
				   /* it is making, or NULL */
	const char *type;          /* of the value; NULL: there is none */
	void *value;               /* gort_panic_value's */
	void (*destroy)(void *);   /* for the value, or NULL */
	uintptr_t stack_end;       /* elsewhere: where the thread's own ends */
	uintptr_t fence;           /* it does not pass this stack address: */
				   /* the loader is there */
	int saved_errno;           /* for code that goes on after it */
	bool exact;                /* regs.pc is no return address */
	bool from_exact;           /* nor is from.pc */
	bool asking;               /* the personality of the frame of at */
	bool disposing;            /* gort_rust_catch is at work on foreign */
	bool elsewhere;        /* it runs on m->spare: no room on its stack */
	bool cleanups;         /* the walk has met a landing pad */
	bool recovered;        /* gort_recover was called */
	bool goexit;           /* it is a gort_goexit */
	bool goexit_under;     /* it came while one was on its way */
	bool pooled;           /* in a mapped page of records */
	bool first;            /* the first of its page */
	struct gort_error err; /* what a boundary will report */
};

/* The panic that an unwinder has by its exception. */
static inline struct panic *
gort__panic_of(struct _Unwind_Exception *ue)
{
	char *record = (char *)ue - offsetof(struct panic, ue);

	return (struct panic *)(void *)record;
}

/* An empty record on gp->ctx.panic; never NULL: without memory, the reserve. */
struct panic *gort__panic_new(struct g *gp);

/*
 * Take it and those that it came in place of off gp->ctx.panic; kept for reuse.
 */
void gort__panic_free(struct g *gp, struct panic *p);

/* gort_shutdown: give back the records of an m that no thread has. */
void gort__panics_free(struct m *mp);

/*
 * Unwind from regs (the frame that panics) to the innermost boundary of gp
 * and land there; with none, the uncaught end. p->err's code and message are
 * set; the rest is filled here.
 */
_Noreturn void gort__panic_raise(
    struct g *gp, struct panic *p, const struct gort__regs *regs);

/* The same, from the caller of the function that regs are of. */
_Noreturn void gort__panic_raise_caller(
    struct g *gp, struct panic *p, struct gort__regs *regs);

/* The innermost live boundary of gp, or NULL. Drops frames that longjmp left. */
struct gort__frame *gort__boundary(struct g *gp);

/* Take off gp's frames from `to` up, waking who drains their images. */
void gort__frames_cut(struct g *gp, struct gort__frame *to);

/*
 * p is on another stack than the frames that it passes: from which of them
 * can it be raised? Those further in have no room, and their cleanups are
 * left out. *exact: regs->pc is not behind a call. false: all of them up to the
 * one that goes on at sp.
 */
bool gort__panic_find_room(struct g *gp, struct panic *p, uintptr_t sp,
    struct gort__regs *regs, bool *exact);

/* p has come to a boundary: count it. */
void gort__panic_arrive(const struct gort__frame *to, const struct panic *p);

/*
 * Leave for a boundary with p, the newest panic, as what it caught. The frames
 * to there go when they are left: what a signal's handler finds on the stack
 * until then stays mapped.
 */
_Noreturn void gort__panic_land(
    const struct gort__frame *to, const struct panic *p);

/*
 * Walk from regs to the boundary at sp (UINTPTR_MAX: to the end): append to
 * err's frames, count what was stepped over. true: a frame on the way has a
 * landing pad. Another boundary on the way ends it: then longjmp has left that
 * at sp, and gort__boundary() gives the other one from now on.
 */
bool gort__panic_walk(
    struct g *gp, struct gort_error *err, struct gort__regs regs, uintptr_t sp);

/*
 * After gort__unwind_begin(): go on with p's walk, from p->regs to the frame
 * that goes on at sp or to the boundary at limit (or UINTPTR_MAX), whichever
 * comes first; as above. false: neither was there.
 */
bool gort__panic_walk_on(
    struct g *gp, struct panic *p, uintptr_t sp, uintptr_t limit);

/* Count p as a failure of its image; before its frames go. */
void gort__panic_attribute(const struct panic *p);

/* Fill p's image, module and version from gp's innermost entered call. */
void gort__panic_blame(const struct g *gp, struct panic *p);

/* Frames went: forget p's image if no call of it is left; its names stay. */
void gort__panic_blame_again(const struct g *gp, struct panic *p);

/* A frame was left without what it would have run; pc 0: not known. */
static inline void
gort__skipped(struct gort_error *err, uintptr_t pc)
{
	if (!err->skipped++)
		err->skipped_at = (void *)pc;
}

/* Append s without its end; returns where the text goes on. */
static inline char *
gort__put(char *to, const char *s)
{
	size_t n = strlen(s);

	memcpy(to, s, n);
	return to + n;
}

/* Copy as much of an error as is in use. */
static inline void
gort__error_copy(struct gort_error *to, const struct gort_error *from)
{
	memcpy(to, from,
	    offsetof(struct gort_error, frames) +
		from->nframes * sizeof(from->frames[0]));
}

/* ---- defer.c ------------------------------------------------------------------ */

/*
 * Run what functions between p and the boundary `to` (NULL: the end) have
 * deferred. Returns the panic that goes on to the boundary, which is another
 * one where a deferred function panicked; not, if one recovers.
 */
struct panic *gort__defers_run(
    struct g *gp, struct panic *p, const struct gort__frame *to);

/* Return to the caller of the function of p->leave; p is over. */
_Noreturn void gort__defer_leave(struct g *gp, struct panic *p);

/* The rest of gort__defer_slow, which has stored the function's registers. */
void gort__defer_noted(
    struct gort__scope *s, gort_func *fn, void *arg) GORT__INTERNAL;

/* The end of a gort_goexit that no boundary stops; p is over. */
_Noreturn void gort__goexit_thread(struct g *gp, struct panic *p);

/* What the thread of mp had deferred is not run any more. */
void gort__defers_drop(struct m *mp);

/* gort_shutdown: give back the memory of an m that no thread has. */
void gort__chunks_free(struct m *mp);

/* ---- unwind.c ---------------------------------------------------------------- */

struct cfirow;

/* What the walk found at a frame. */
enum step {
	STEP_OK,      /* regs are now the caller's */
	STEP_SKIPPED, /* no unwind info: went on by frame pointer or by the */
		      /* next frame of the g */
	STEP_END,     /* the outermost frame */
};

/* Before a walk on gp: makes its cache ready. */
void gort__unwind_begin(struct g *gp);

/* From now on walks on gp may take no locks, or may; what held before. */
bool gort__unwind_lockless(struct g *gp, bool lockless);

/*
 * Take one frame off regs, after gort__unwind_begin(). *pad: set when the
 * frame has a landing pad (or a terminate region) at this pc. is_fault:
 * regs->pc is the instruction itself, not a return address; set false
 * afterwards (and true again by a signal frame). gp may be NULL: slower.
 * Async-signal-safe, as far as gort__full_step() is not needed.
 */
enum step gort__unwind_step(
    struct g *gp, struct gort__regs *regs, bool *pad, bool *is_fault);

/*
 * The same for who only wants to know where callers are, always
 * async-signal-safe: where gort__full_step() takes locks, registers that a row
 * cannot express keep their values, and frames are stepped over as those
 * without unwind information.
 */
enum step gort__unwind_look(
    struct g *gp, struct gort__regs *regs, bool *is_fault);

/* Where a walk goes to, and what it notes on its way. */
struct walk {
	uintptr_t sp;       /* it is over at the frame that goes on at one */
	uintptr_t limit;    /* of these two */
	void **pcs;         /* return addresses of the frames go here */
	uint32_t *n;        /* how many of them there are */
	uint32_t max;       /* and how many there may be */
	bool full;          /* with that many it is over, too */
	bool pads;          /* a frame had a landing pad */
	bool called;        /* a frame was not the dynamic linker's */
	const char *within; /* it has passed who may not be left */
};

/*
 * Take frames off regs (no fault's) as long as they are of the usual kind and
 * the walk is not over. Returns how many: 0 leaves the next to
 * gort__unwind_step().
 */
unsigned gort__unwind_quick(
    struct g *gp, struct gort__regs *regs, struct walk *w);

/* The row of the frame that regs are of, copied; false: no unwind data. */
bool gort__unwind_row(struct g *gp, const struct gort__regs *regs,
    bool is_fault, struct cfirow *row);

/* A fault ended a walk of gp in the middle. */
void gort__unwind_broken(struct g *gp);

void gort__ucache_free(struct ucache *c);

/* ---- libunwind_lazy.c, fullstep_*.c -------------------------------------------- */

/*
 * Take one frame off regs by a complete unwinder. STEP_SKIPPED: there is none
 * or it does not know the frame; regs unchanged. is_fault: regs->pc is the
 * instruction itself.
 */
enum step gort__full_step(struct gort__regs *regs, bool is_fault);

/* Does it take locks, or load a library? */
extern const bool gort__full_step_locks;

/*
 * REGS_MORE > 0: the same step for what walks do not follow. regs: of the
 * frame, unchanged; more: as the frame has it, becomes the caller's.
 */
void gort__more_step(const struct gort__regs *regs, void *more);

/* Load it now: before walks that start in a signal handler's aftermath. */
void gort__full_step_load(void);

/* ---- cfi.c --------------------------------------------------------------------- */

/* How one frame is left: where its caller's registers are. */
struct cfirule {
	uint8_t kind; /* CFI_SAME, CFI_CFA (at CFA+off), CFI_REG (at reg+off) */
	uint8_t reg;  /* CFI_REG: DWARF number of the base register */
	int32_t off;
};
enum { CFI_SAME, CFI_CFA, CFI_REG, CFI_UNDEF };

/* What has to be done about a frame that a panic leaves. */
enum pad {
	PAD_NONE, /* nothing */
	PAD_AT,   /* going on at row.lp, with row.selector */
	PAD_ASK,  /* its personality routine knows */
	PAD_HOLE, /* in no range of the tables: nothing may be thrown here */
};

/* Whose frame it is, where the runtime's books must follow it. */
enum { OWNER_OTHER, OWNER_ENTRY, OWNER_SEGMENT, OWNER_CATCH, OWNER_MS };

struct cfirow {
	uintptr_t pc;        /* key: the pc this row is for; 0: empty */
	uintptr_t lp;        /* PAD_AT: the landing pad */
	struct cfirow *next; /* cached: the row of the caller, last time */
	const uint8_t *fde;  /* it and its CIE say all of this; NULL: not all */
	uint32_t saved;      /* quick: columns that lie at the CFA */
	int32_t cfa_off;
	int32_t cfa_add;  /* cfa_mem: is added to that word */
	int32_t sp_off;   /* sp_rel: the caller's sp is this far from ours */
	int32_t args;     /* what a landing pad adds to sp first */
	int32_t selector; /* PAD_AT: what it finds beside the exception */
	uint8_t sp_rel;   /* else it is the CFA */
	uint8_t cfa_reg;  /* DWARF number: sp, or a preserved one */
	uint8_t cfa_mem;  /* the CFA is from the word at cfa_reg + cfa_off */
	uint8_t pad;      /* enum pad */
	uint8_t signal;   /* a signal frame: its return address is exact */
	uint8_t hard;     /* not expressible here: HARD_... */
	uint8_t ra;       /* column of the return address */
	uint8_t owner;    /* OWNER_... */
	uint8_t quick;    /* `saved` and the CFA say all; unwind.c */
	int8_t cfa_col;   /* quick: column of cfa_reg, -1 for sp */
	uint8_t obj;      /* cached: the object pc is in; unwind.c */
	struct cfirule rule[ROW_RULES]; /* by column, cpu.h */
};

/* What of a row is not expressible, for gort__full_step to know. */
enum {
	HARD_ROW = 1, /* anything */
	HARD_CFA = 2, /* the CFA, until it gets a plain rule again */
	HARD_REG = 4, /* a preserved register, not where the caller is */
};

/* Find and run pc's unwind program. false: no unwind info covers pc. */
bool gort__cfi_row(uintptr_t pc, struct cfirow *row);

/* The same, with the rules of what it leaves out (cpu.h) if more is not NULL. */
bool gort__cfi_more(uintptr_t pc, struct cfirow *row, struct cfirule *more);

/* The CFA of the frame of regs; where its rule has saved a register, or 0. */
uintptr_t gort__row_cfa(
    const struct cfirow *row, const struct gort__regs *regs);
uintptr_t gort__rule_place(
    const struct cfirule *rule, const struct gort__regs *regs, uintptr_t cfa);

/* ---- lsda.c -------------------------------------------------------------------- */

/* Fill row's pad from the exception table of the function at start. */
void gort__lsda_pad(
    uintptr_t lsda, uintptr_t start, uintptr_t pc, struct cfirow *row);

/* ---- raise.c -------------------------------------------------------------------- */

/*
 * Raise p through the process's own unwinder, so that the cleanups between
 * regs and the boundary run; frames that stop it are stepped over. In:
 * p->err.skipped, frames that the walk stepped over. Does not return: it lands,
 * and p->err.skipped says what was left out.
 */
_Noreturn void gort__raise(struct g *gp, struct panic *p);

/*
 * Run the cleanups of the frames that p passed, up to the one that goes on at
 * p->regs, then gort__defer_leave(). What has no unwind data is left out.
 */
_Noreturn void gort__raise_to(struct g *gp, struct panic *p);

/*
 * Raise an exception of another runtime that has come to a boundary once more,
 * from here. Returns when nothing takes it.
 */
void gort__raise_again(struct _Unwind_Exception *ue);

/* Personality routines of gort__catch, gort__entry and gort__morestack. */
_Unwind_Reason_Code gort__catch_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx);
_Unwind_Reason_Code gort__entry_personality(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx);

_Unwind_Reason_Code gort__morestack_personality(int version,
    _Unwind_Action actions, _Unwind_Exception_Class class,
    struct _Unwind_Exception *ue, struct _Unwind_Context *ctx);

/* Is code at that address of the process's unwinder, which is asked for? */
bool gort__is_unwinder(const void *code);

/*
 * What a personality of that unwinder sees: the frame's registers, and what it
 * was told to give to a landing pad (pc and the two of results).
 */
void gort__raise_context(
    struct _Unwind_Context *ctx, struct gort__regs *regs, uintptr_t gpr[2]);

/* ---- msframe_*.c ----------------------------------------------------------------- */

/*
 * Frames of linked code of Windows' convention have these, OWNER_MS: what gcc
 * compiles as C++ and as C. Note [Landing in Windows' code]
 */
_Unwind_Reason_Code gort__msframe_cxx(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx) GORT__INTERNAL;
_Unwind_Reason_Code gort__msframe_c(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx) GORT__INTERNAL;
bool gort__is_msframe(uintptr_t personality);

/*
 * What the frame that goes on at sp, from here on the stack, expects to be kept
 * besides. false: nothing on the way knows all of it.
 */
bool gort__msframe_kept(uintptr_t sp, struct gort__mskept *kept);

/*
 * As gort__call_from(), for such a frame and fn(anything, arg): it finds what it
 * has kept again.
 */
_Noreturn void gort__msframe_call(const struct gort__regs *regs,
    const struct gort__mskept *kept, void (*fn)(void *, void *), void *arg);

/* ---- exception.c ----------------------------------------------------------------- */

/* Fill p->err from the exception that it is a record of, and dispose of that. */
void gort__exception_describe(struct panic *p);

/* ---- rustpanic.c ----------------------------------------------------------------- */

/*
 * The same for a Rust panic, which ends only where its object says how: Note
 * [The end of a Rust panic].
 */
void gort__rust_describe(struct _Unwind_Exception *ue, struct panic *p);

/* ---- fault_*.c ------------------------------------------------------------------ */

/* gort_shutdown and fork: put back the handlers, if ours are installed. */
void gort__faults_off(void);

/* Do boundaries turn faults into panics now? m.c's: binding a thread asks. */
extern _Atomic bool gort__catching GORT__INTERNAL;

/*
 * Make the calling thread ready for a stack overflow: an alternate signal
 * stack if it has none, and memory to run the panic on. Without memory
 * overflows are as without gort.
 */
void gort__faults_thread(struct m *mp);

/* The thread of mp ends: take back what it was given. The memory stays. */
void gort__faults_thread_end(struct m *mp);

/* gort_shutdown: give back the memory of an m that no thread has. */
void gort__faults_free(struct m *mp);

#endif
