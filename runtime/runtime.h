/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The runtime's own structures and what its files offer each other and the
 * loader. Private.
 *
 * g   a thread of execution: its frame stack, its panics.
 * m   what an OS thread is bound to while it uses gort; holds the g it runs.
 * image   one loaded version of a module, from registration to unload.
 * gate    what exported calls wait at until they may run (gate.c).
 *
 * Lock ranks, outer to inner: oplocks < modlock < gatelock < slotlock < mlock.
 * No lock is held while code of a module runs, but oplocks, which are made for
 * that (oplock.c).
 */
#ifndef GORT_RUNTIME_H
#define GORT_RUNTIME_H

#include <stdatomic.h>
#include <stdbool.h>

#include "../abi/abi.h"
#include "../abi/tls.h"
#include "../include/gort_err.h"
#include "os.h"
#include "stack.h"

#define GORT_MAXIMAGES 4096   /* module versions loaded at a time */
#define GORT_FIRST_IMAGES 128 /* of those, in static memory */
#define GORT_FIRST_MS 2       /* threads' records there */
#define GORT_TOMBSTONES 64    /* unloaded ones whose names are kept */
#define GORT_MAXFRAMES 16384  /* nested entered calls on one thread */
#define GORT_RUNFRAMES 64     /* more, for deferred calls of panics */
#define GORT_REPORT 16384     /* bytes of an uncaught panic's report */
#define PAGE_SHARE 512        /* of an m's first page for call counters */

struct m;
struct chunk;

/* A thread of execution. ctx first: assembly finds it at the g's address. */
struct g {
	struct gort__ctx ctx;
	struct gort__frame *base;    /* first frame; fixed */
	struct m *m;                 /* the m that runs it */
	struct gort__image *initing; /* whose hook runs on it; gate passes */
	bool is_init;                /* the runtime-init thread's */
	bool raising;                /* a fault now is one of ours */
	bool unlisted;               /* a module it loaded found no record */
	const char *opening;         /* the module that it loads, whose */
	/* registration it claims; NULL: none */
	struct gort__oplock *oplocks; /* that it holds; gatelock */
	unsigned forklocks;           /* that it holds; gatelock */
	struct panic *ending;        /* what the uncaught hook was called for */
	const char *ending_at;       /* and how deep */
	struct gort__frame *forking; /* in fork: its top then */
	uintptr_t fork_sp;           /* and how deep fork's handlers are */
};

/* Where gp's frame stack really ends. */
static inline struct gort__frame *
gort__frames_end(const struct g *gp)
{
	return gp->base + GORT_MAXFRAMES;
}

/*
 * Note [The limit as a request]
 * Entered calls and boundaries look whether there is room for a frame. So a
 * thread is asked by that same look to do something first, as Go's stackguard0
 * asks for preemption: gort_catch_faults() lowers every ctx's limit, and a
 * drain that of a thread that seems to be inside; the fast path fails, and the
 * slow one does what may have been asked for and goes on. Without a request the
 * limit is where frames that longjmp left are swept away. Those below a live
 * one cannot be used again yet, so there is some room above the limit.
 */
#define GORT_ROOM_TO_SWEEP 64

static inline struct gort__frame *
gort__frames_limit(const struct g *gp)
{
	return __atomic_load_n(&gp->ctx.limit, __ATOMIC_RELAXED);
}

/* Any thread. */
static inline void
gort__ask(struct g *gp)
{
	__atomic_store_n(&gp->ctx.limit, gp->base, __ATOMIC_SEQ_CST);
}

/* Takes the request; its own thread. */
static inline bool
gort__asked(struct g *gp)
{
	return gort__frames_limit(gp) == gp->base &&
	       __atomic_exchange_n(&gp->ctx.limit,
		   gort__frames_end(gp) - GORT_ROOM_TO_SWEEP,
		   __ATOMIC_SEQ_CST) == gp->base;
}

/* Takes off the frames of the calling thread's g that longjmp left: sweep.c. */
void gort__frames_sweep(void);

/* Entries of the walker's cache; see unwind.c. */
struct ucache;

/*
 * The per-thread side of the runtime; recycled, never unmapped before stop.
 * Images count their calls from the last counter down, and frames go up: what a
 * thread that uses little writes to lies in one page.
 */
struct m {
	char unused[PAGE_SHARE];
	uint64_t calls[GORT_MAXIMAGES]; /* calls begun, by image index */
	struct g g0;                    /* what the thread runs */
	struct m *alllink;              /* all m's; set once, never changes */
	struct m *freelink;             /* free m's; mlock */
	_Atomic bool bound;             /* a thread has it */
	_Atomic int tid;                /* that thread's id, for messages */
	char errmsg[512];               /* gort_errmsg() */
	struct gort__threadstart start; /* of a thread of ours; gort__newm, */
					/* then owner only */
	struct panic *freepanic;        /* records to reuse; owner only */
	struct gort__bounds own;        /* the thread's stack; owner only */
	struct gort__bounds sigstack;   /* for handlers, where the thread has */
					/* none; owner only */
	struct gort__bounds spare;      /* where the panic of a stack */
					/* overflow runs; owner only */
	bool overflowed;                /* Windows: without a guard; owner */
	void *teb[3];                   /* Windows: stack in the TEB before */
	struct ucache *ucache;          /* walker's cache; owner only */
	struct chunk *freechunk;        /* for deferred calls; owner only */
	struct chunk *allchunk;         /* those too that are in use */
	/* those past the limit are for runs of deferred calls */
	struct gort__frame frames[GORT_MAXFRAMES + GORT_RUNFRAMES];
} __attribute__((aligned(4096)));

/*
 * One loaded version of a module. In a static table, so that its memory stays
 * readable whatever a late reader holds; reused after unload.
 */
struct gort__image {
	struct gort__image_head head; /* assembly reads it */
	_Atomic int state;            /* enum gort_plugin_state; gatelock */
	_Atomic bool used;            /* slot in the table taken; modlock */
	_Atomic bool claimed;         /* gort_open inits it, not the init */
				      /* thread; modlock */
	const struct g *opener;       /* who was opening a plugin when it */
				      /* came; modlock */
	const struct g *worker;       /* runs its hooks; gatelock */
	unsigned kept;                /* not to be given away; modlock */
	bool finished;                /* fini has begun; gatelock */
	uint32_t serial;              /* which use of this table slot */
	struct gort_moduledata *md;   /* registered data; NULL once gone */
	const char *base;             /* address range of the object; for */
	const char *end;              /* naming code, kept after unload */
	char name[64];                /* copies: they outlive the module */
	char version[32];
	char reason[256];        /* FAILED, QUARANTINED: why; gatelock */
	_Atomic bool wary;       /* a fault puts it in quarantine */
	_Atomic uint64_t panics; /* failures attributed to it */
	_Atomic bool noting;     /* last_error is being written */
	char last_error[256];    /* text of the last of those */
};

static inline bool
gort__gate_is_open(const struct gort__image *im)
{
	return __atomic_load_n(&im->head.gate, __ATOMIC_SEQ_CST) == GATE_OPEN;
}

/* ---- m.c: threads ------------------------------------------------------ */

/*
 * The current g; binds the thread to an m first if it has none (needm). NULL
 * when there is no memory for one, with the fallback message set. The m stays
 * with the thread until it exits.
 */
static inline struct g *gort__needm(void);
struct g *gort__bindm(void); /* its slow half */

/* The current g, or NULL on a thread that is not bound. */
static inline struct g *
gort__getg(void)
{
	return gort__getg_raw();
}

static inline struct g *
gort__needm(void)
{
	struct g *gp = gort__getg();

	return __builtin_expect(gp != NULL, 1) ? gp : gort__bindm();
}

/*
 * Start a thread of the runtime's own that has an m from its first frame on
 * and runs fn; nobody joins it. what names it in the error. Where the thread
 * cannot keep the m, fn finds no g, as on any thread before gort__needm().
 * Any thread, also one that has no m; gatelock may be held. 0, -GORT_ENOMEM or
 * -GORT_ELIMIT with *e filled, and nothing started.
 */
int gort__newm(const char *what, void (*fn)(void), struct gort_err *e);

/*
 * All m's, newest first; walk by alllink between these two, which are the
 * innermost lock: gort_shutdown() unmaps m's. After a fork the child needs
 * none.
 */
void gort__allm_lock(void);
void gort__allm_unlock(void);
struct m *gort__allm(void);

/* Create the key that returns a thread's m. 0 or -GORT_E... */
int gort__m_init(struct gort_err *e);

/* Delete the key, unmap every m. Nothing may be in flight. */
void gort__m_fini(void);

/* Child of a fork: only the calling thread's m is still bound. */
void gort__m_forked(void);

/* ---- gate.c: the gate ---------------------------------------------------- */

/*
 * Guards the runtime's state, the images' states and reasons, and what else
 * the child of a fork must find whole: who holds it waits for nobody.
 */
void gort__gate_lock(void);
void gort__gate_unlock(void);

extern _Atomic int gort__state GORT__INTERNAL;

static inline enum gort_state
gort__gate_state(void)
{
	return (enum gort_state)atomic_load_explicit(
	    &gort__state, memory_order_acquire);
}

/*
 * Move the runtime to a new state and wake who waits; gatelock held. A
 * transition that the state machine does not have is a throw. reason: for
 * FAILED, kept.
 */
void gort__gate_set(enum gort_state to, const char *reason);

/* Why it is FAILED, which is final. */
const char *gort__gate_reason(void);

/* Set an image's state (gate byte too) and wake waiters; gatelock held. */
void gort__gate_set_image(
    struct gort__image *im, int state, const char *reason);

/*
 * Wait until READY, starting the runtime where it is COLD. 0, or EFAILED,
 * ESTOPPED, ETIMEDOUT with *e filled.
 */
int gort__gate_wait(int timeout_ms, struct gort_err *e);

/*
 * Wait until an image may be entered. 0, or with *e filled what refuses it:
 * EINIT, EABI.., ESTATE, as its reason says.
 */
int gort__gate_wait_image(struct gort__image *im, struct gort_err *e);

/* Sleep until some state changes or ms passed; gatelock held. false: time. */
bool gort__gate_sleep(int64_t deadline_ns);
void gort__gate_wake(void);

/*
 * Child of a fork: gatelock given back, state COLD where it was READY or
 * STARTING. Not where the init thread forked, which goes on in the child.
 */
void gort__gate_forked(bool by_init);

/*
 * gp's thread ends. Hooks that it was in do not return, so their modules have
 * FAILED; its oplocks are free.
 */
void gort__gate_thread_end(struct g *gp);

/* ---- oplock.c: locks of operations ----------------------------------------- */

/*
 * May be held while code of modules runs: a thread that ends, or that the child
 * of a fork does not have, gives them back. Zeroed: free. Not recursive.
 */
struct gort__oplock {
	const void *owner; /* its g, the lock itself for a thread that */
			   /* has none; NULL: free; gatelock */
	struct gort__oplock *link; /* the g's others; gatelock */
};

/* No lock held but outer oplocks. */
void gort__oplock(struct gort__oplock *l);
void gort__opunlock(struct gort__oplock *l);

/* Give back those of gp; gatelock held, or the only thread. */
void gort__oplocks_drop(struct g *gp);

/* ---- rt0.c: start and stop ------------------------------------------------ */

/*
 * What the constructor does, once: in a program that holds the archive, a
 * constructor of its own may call an export before ours has run.
 */
void gort__rt0_start(void);

/*
 * Start the runtime-init thread if it is not at work: COLD -> STARTING, or
 * new modules to initialise. gatelock held. A thread that cannot be created
 * makes the state FAILED (or, when READY already, the waiting modules').
 */
void gort__rt0_kick(void);

/*
 * The init thread's g while it waits for more modules, in no code of theirs,
 * or NULL; gatelock held, which that thread takes before it goes on.
 */
const struct g *gort__rt0_idle(void);

/* The init thread ends in a hook: another one goes on. gatelock held. */
void gort__rt0_init_ended(void);

/*
 * Between these two a fork waits: the dynamic linker's tables are no use to a
 * child that was forked while another thread changed them. For a second at
 * most, as constructors and hooks run in between, which may wait for who forks.
 * They nest.
 */
void gort__forklock(void);
void gort__forkunlock(void);

/* ---- module.c: registered modules ---------------------------------------- */

/* Initialise claimed-by-nobody modules in the order of their needs. */
void gort__modules_init(void);

/* Fail modules that still wait for an init thread; gatelock held. */
void gort__modules_fail(const char *reason);

/* A registered module that waits for an init thread exists; gatelock held. */
bool gort__modules_pending(void);

/* Run one registered image's init; its needs are met. Sets state, reason. */
int gort__image_init(struct gort__image *im, struct gort_err *e);

/*
 * Run a module's fini hook, below a boundary, once and after its other hooks;
 * not when it is being removed.
 */
void gort__image_fini(struct gort__image *im);

/* Run a hook of im below a boundary; calls from it pass im's gate. */
int gort__image_try(
    struct gort__image *im, gort_func *fn, void *arg, struct gort_error *err);

/* 0, or ENEEDS naming the first need that is not met. */
int gort__image_check_needs(const struct gort__image *im, struct gort_err *e);

/*
 * The same, at one moment: 0 with the gate's lock held, under which im may now
 * serve, as nobody has begun to close what it needs.
 */
int gort__image_lock_met(const struct gort__image *im, struct gort_err *e);

/* The image registered for module data in [base, end), or NULL. */
struct gort__image *gort__image_in(const void *base, const void *end);

/* Is a module of that name READY in the process? */
bool gort__module_ready(const char *name);

/*
 * The same for a need: a module that the init thread is about to initialise is
 * waited for, but not by that thread.
 */
bool gort__need_met(const char *name);

/* gp begins to load: what it loaded before is not waited for again. */
void gort__modules_disown(const struct g *gp);

/*
 * Wait for the modules that came while this thread loaded im's object: those
 * of libraries that it needs. 0, or what refuses the first that is not READY.
 */
int gort__image_await_others(const struct gort__image *im, struct gort_err *e);

/* Stop: run the fini hooks of all, newest first; false if calls remain. */
bool gort__modules_stop(int64_t deadline_ns, struct gort_err *e);

/* Is its opener still to make it READY, or to give up? gatelock held. */
bool gort__image_settles(const struct gort__image *im);

/* A module that serves, or may come to do so; NULL: none. gatelock held. */
const struct gort__image *gort__modules_unstopped(void);

/* Child of a fork or prepare: the module list's lock. */
void gort__modules_lock(void);
void gort__modules_unlock(void);

/* ---- tables.c: static --------------------------------------------- */

/*
 * Less than 2 MiB: where the kernel gives every memory huge pages it would else
 * give one for the first byte that is written here.
 */
extern struct gort__image gort__images[GORT_FIRST_IMAGES] GORT__INTERNAL;
extern struct m gort__ms[GORT_FIRST_MS] GORT__INTERNAL;

/* ---- image.c: in-flight calls --------------------------------------------- */

/* The i-th entry of the image table, used or not. */
struct gort__image *gort__image_at(unsigned i);
/* Why what leads to gort__unlisted_image is refused: ELIMIT. */
extern struct gort__image gort__unlisted_image GORT__INTERNAL;
int gort__err_unlisted(struct gort_err *e);
/* im, or gort__cold_image where a module has a GORT__COLD of its own. */
struct gort__image *gort__image_known(struct gort__image *im);
struct gort__image *gort__image_alloc(void);   /* modlock; NULL: table full */
void gort__image_free(struct gort__image *im); /* modlock */

/* Calls of im in flight now, over all threads (a snapshot). */
uint64_t gort__image_in_flight(const struct gort__image *im);

/* Calls of im begun since it was registered. */
uint64_t gort__image_calls(const struct gort__image *im);

/* Is the calling thread inside im? */
bool gort__image_is_inside(const struct gort__image *im);

/*
 * The gate of im is closed (state DRAINING): wait until no call is inside.
 * 0, EDEADLK from inside, ETIMEDOUT naming the threads, ESYS where there is no
 * barrier for threads that may be.
 */
int gort__image_drain(
    struct gort__image *im, int64_t deadline_ns, struct gort_err *e);

/*
 * This thread may have taken a frame and given it back because a gate was
 * closed: wakes who counted it.
 */
void gort__turned_back(void);

/*
 * A fault was contained in im: where its plugin is wary, no more calls of it.
 * Takes the gatelock.
 */
void gort__image_quarantine(
    struct gort__image *im, const struct gort_error *err);

/* Keep err's text as the image's last error, for gort_stat(). */
void gort__image_note_error(
    struct gort__image *im, const struct gort_error *err);

/* The image whose code holds pc; unloaded ones too, the newest. NULL: none. */
const struct gort__image *gort__image_of_pc(const void *pc);

/* ---- slot.c: stable function pointers ------------------------------------- */

/*
 * A slot is what a gort_sym() pointer leads to: its stub loads the slot's
 * address and jumps to gort__entry. Memory is never unmapped, and reused
 * only after GORT_SLOT_QUARANTINE others were freed.
 */
struct slot;

#define GORT_SLOT_QUARANTINE 512

struct slot *gort__slot_alloc(struct gort_err *e);
void gort__slot_free(struct slot *s);
void *gort__slot_pc(const struct slot *s);

/*
 * Give the slot a target in im; not current until gort__slot_switch. NULL:
 * no memory. A target belongs to its slot and is reused once its image is
 * not in use any more, which gort__slot_release says.
 */
struct gort__target *gort__slot_target(
    struct slot *s, struct gort__image *im, void (*body)(void), uint32_t flags);
void gort__slot_switch(struct slot *s, struct gort__target *t);
void gort__slot_release(struct slot *s, const struct gort__image *im);

/* fork holds the pool's lock over the copy. */
void gort__slots_lock(void);
void gort__slots_unlock(void);

/* ---- error.c ---------------------------------------------------------------- */

/* Make *e this thread's gort_errmsg(); returns -e->code. */
int gort__seterr(const struct gort_err *e);

/* The same from parts. */
int gort__seterrf(int code, const char *fmt, ...) GORT__PRINTF(2, 3);

/* Why gort__needm() found no g: ENOMEM, ESTOPPED or EFAILED. */
int gort__err_unbound(struct gort_err *e);
int gort__seterr_unbound(void);

/* A broken invariant: print and abort. */
_Noreturn void gort__throw(const char *fmt, ...) GORT__PRINTF(1, 2);

/* ---- panic.c, unwind.c, raise.c, exception.c ------------------------------- */

#include "panic.h"

#endif
