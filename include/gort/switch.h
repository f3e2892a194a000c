/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stacks and switching between them: contexts that hand the processor to one
 * another on one thread (generators, coroutines, tasks), and going on with a
 * bigger stack where one runs short.
 *
 * A context that does not run is three words (where it goes on, its stack
 * pointer and its frame pointer) in a struct gort_gobuf, Go's name for it.
 * Every other register is on its stack. Backtraces end at the first frame of
 * a stack; a parked context can be unwound from its words.
 *
 *	gort_stack_init(&task, memory, size, fn, arg);
 *	gort_switch(&self, &task);	parks self, runs fn(arg)
 *
 *	in fn:	gort_switch(&task, &self);	and back
 *	at its end:	gort_gogo(&self);
 *
 * The contexts of one thread share its boundaries (gort_try, exported calls):
 * these nest over them as on one stack. So a context has a boundary of its
 * own at its bottom, or none is parked inside one that another leaves first.
 *
 * What a switch does not carry along: errno and all other thread-local state,
 * signal masks, MXCSR and the x87 control word (gort_switch_fp() does carry
 * the last two). A context belongs to one thread at a time; whoever moves it
 * to another orders the two by a lock, and its code must not keep the address
 * of a thread-local variable across a switch (compilers do).
 */
#ifndef GORT_SWITCH_H
#define GORT_SWITCH_H

#include <gort.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A context that is parked. The memory is the caller's, zeroed before its
 * first use (and before another thread parks its own stack there), and stays
 * where it is while the context is alive.
 */
struct gort_gobuf {
	void *pc;    /* where it goes on */
	void *sp;    /* its stack pointer there */
	void *fp;    /* its frame pointer there */
	void *grown; /* the segments that gort_stack_grow() gave it */
	/* Windows: seh, hi, lo are the TEB's first words, in its order */
	void *seh; /* Windows: the TEB's ExceptionList */
	void *hi;  /* its stack: one past its highest byte */
	void *lo;  /* lowest byte; NULL: a thread's own, and not asked for */
		   /* yet. Windows: as in the TEB */
	void *aux; /* Windows: the TEB's DeallocationStack. Else the record */
		   /* of the sanitizer or valgrind that watches */
};

/*
 * Make a context that will run fn(arg) on the size bytes of memory at lo, as
 * if called from nowhere. At least 512 bytes (Windows: 8 KiB); what fn needs
 * more, with everything it calls and (without an alternate stack) signal
 * handlers, is the caller's to know. No guard is set up. fn must not return:
 * it leaves for good by gort_gogo(); a return ends the process. Memory and
 * *buf belong to the caller again when another context has left it for good
 * and gort_stack_fini() was called. Errors: EINVAL (too small, no fn).
 */
GORT_API int gort_stack_init(
    struct gort_gobuf *buf, void *lo, size_t size, gort_func *fn, void *arg);

/*
 * Nobody will switch to *buf any more: tell the tools that watch, and give
 * back the segments that its stack grew into. Not from the context itself.
 */
GORT_API void gort_stack_fini(struct gort_gobuf *buf);

/*
 * Park the caller in *from and go on with *to. Returns when somebody
 * switches to *from, with every register that calls preserve. Any stack; the
 * two must differ. Async-signal-safe if the contexts are.
 */
GORT_API void gort_switch(struct gort_gobuf *from, struct gort_gobuf *to);

/* The same, and MXCSR and the x87 control word (arm64: FPCR) are kept. */
GORT_API void gort_switch_fp(struct gort_gobuf *from, struct gort_gobuf *to);

/* Go on with *to and forget the caller: its frames are gone. */
GORT_API GORT__NORETURN void gort_gogo(struct gort_gobuf *to);

/*
 * Note in *buf where the caller is, for gort_mcall() and for backtraces. Not
 * parked: nobody can switch to it, since the caller's registers are not kept.
 */
GORT_API void gort_gosave(struct gort_gobuf *buf);

/*
 * Park the caller in *from and call fn(arg) on the stack of *to, below where
 * that is parked or was when gort_gosave() noted it. fn must not return: it
 * leaves by gort_gogo(), to *from or another. *to stays as it is, so a
 * scheduler's context serves all its tasks. Returns as gort_switch() does.
 */
GORT_API void gort_mcall(
    struct gort_gobuf *from, struct gort_gobuf *to, gort_func *fn, void *arg);

/*
 * Fill pcs[] with up to n code addresses of a parked context, innermost
 * first; the number filled.
 */
GORT_API size_t gort_backtrace_parked(
    const struct gort_gobuf *buf, void **pcs, size_t n);

/*
 * Call fn(arg) with at least size bytes of stack: on a segment of its own,
 * which is kept for the next such call, then return to the old stack. Panics,
 * exceptions and backtraces pass through. (Windows: only panics do surely, and
 * cleanups of the frames between may be left out, which gort_error.skipped
 * counts: the system unwinds to higher addresses only.) Errors: ENOMEM (fn not
 * called).
 */
GORT_API int gort_stack_grow(size_t size, gort_func *fn, void *arg);

/*
 * How many bytes of its stack the caller has left; 0 where the runtime does
 * not know the stack, as after gort_switch_inline().
 */
GORT_API size_t gort_stack_left(void);

/*
 * The check at the head of a void function that may find too little stack:
 *
 *	static void
 *	visit(void *arg)
 *	{
 *		GORT_MORESTACK(4096, visit, arg);
 *
 * With less than need bytes left the rest of the function runs on a segment
 * with room for GORT_SEGMENT bytes and more, then returns to the caller. If
 * there is no memory for it, it panics.
 */
#define GORT_SEGMENT 65536
#define GORT_MORESTACK(need, fn, arg) \
	do { \
		if (__builtin_expect(gort_stack_left() < (need), 0)) { \
			if (gort_stack_grow( \
				(size_t)(need) + GORT_SEGMENT, fn, arg) != 0) \
				gort_panic("%s", gort_errmsg()); \
			return; \
		} \
	} while (0)

/*
 * gort_switch_inline(from, to): gort_switch() without the call, for hand-offs
 * that are too frequent for it: it saves the three words, lets the compiler
 * keep what it needs across in the caller's frame, and jumps. Whoever was
 * parked by either form can be gone on with by either. Sanitizers and
 * valgrind are told only by gort_switch(), which this is in code that an
 * AddressSanitizer or ThreadSanitizer build compiles. Not in code compiled
 * with -fsplit-stack, nor where GORT_MORESTACK() shall know the stack.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GORT__SWITCH_TOLD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GORT__SWITCH_TOLD 1
#endif
#endif

#ifdef GORT__SWITCH_TOLD
static inline void
gort_switch_inline(struct gort_gobuf *from, struct gort_gobuf *to)
{
	gort_switch(from, to);
}
#elif defined(__x86_64__) && defined(_WIN32)
#include <gort/switch_win_amd64.h>
#elif defined(__x86_64__)
#include <gort/switch_sysv_amd64.h>
#elif defined(__i386__) && defined(_WIN32)
#include <gort/switch_win_386.h>
#elif defined(__i386__)
#include <gort/switch_sysv_386.h>
#elif defined(__aarch64__)
#include <gort/switch_sysv_arm64.h>
#else
#error "gort: no switch for this target"
#endif

#ifdef __cplusplus
}
#endif

#endif
