/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred calls, recovering from panics, and ending a task early, with the
 * meaning that they have in Go.
 *
 *	static void
 *	close_it(void *f)
 *	{
 *		fclose(f);
 *	}
 *
 *	static void
 *	failed(void *result)
 *	{
 *		if (gort_recover())
 *			*(int *)result = -1;
 *	}
 *
 *	int
 *	parse(const char *path)
 *	{
 *		GORT_DEFERS_RESULT(int, result);
 *		FILE *f = fopen(path, "r");
 *
 *		gort_defer(failed, &result);
 *		if (!f)
 *			gort_panic("no %s", path);
 *		gort_defer(close_it, f);
 *		gort_return(parse_file(f));
 *	}
 *
 * GORT_DEFERS or GORT_DEFERS_RESULT stands once among the declarations at the
 * top of a function. What the function defers runs when it returns, newest
 * first; when a panic passes it, on top of the panicking stack. A deferred
 * function that recovers the panic makes the function that deferred it
 * return to its caller, with the value that its result variable then has.
 *
 * No compiler flag is needed; the function is never inlined. Its unwind
 * tables must be there, as they are unless switched off. For C; C++ has
 * destructors and catch, and can call what is declared here as functions.
 */
#ifndef GORT_DEFER_H
#define GORT_DEFER_H

#ifndef GORT_H
#error "include <gort.h>, not <gort/defer.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A deferred call. */
struct gort__deferred {
	gort_func *fn;
	void *arg;
};

/* words of registers in a scope; vector registers where they are preserved */
#if defined(_WIN32) && defined(__x86_64__)
#define GORT__SCOPE_REGS 30
#elif defined(__aarch64__)
#define GORT__SCOPE_REGS 22
#else
#define GORT__SCOPE_REGS 16
#endif

#define GORT__DEFERS_INLINE 4 /* more go to memory of the thread's */

/* What a function has deferred. In its frame; the runtime links it. */
struct gort__scope {
	struct gort__deferred *next; /* for the next one; NULL: none so far */
	struct gort__deferred *end;  /* there is room up to here */
	const void *result;          /* its result variable, or NULL */
	uintptr_t kind;              /* GORT__RESULT_KIND of it */
	/* at the first gort_defer: pc, sp, preserved registers */
	uintptr_t regs[GORT__SCOPE_REGS];
	struct gort__scope *link;  /* that of an outer function, on the g */
	struct gort__scope **head; /* where the g has its innermost one */
	void *chunk;               /* newest memory for more, or NULL */
	void *top;                 /* the g's frames and segments then */
	void *seg;
	struct gort__deferred rec[GORT__DEFERS_INLINE];
};

/*
 * Note fn(arg) in s, which is new or full, and link a new one on the g. Binds
 * the thread; without memory it panics. Called by gort_defer().
 */
GORT_API void gort__defer_slow(struct gort__scope *s, gort_func *fn, void *arg);

/* The function returns: run what is in s, newest first, and unlink it. */
GORT_API void gort__scope_run(struct gort__scope *s);

/*
 * Stop the panic whose passing called the calling function, and say what it
 * was. NULL where that is not so: the caller was not called directly by the
 * run of deferred functions for a panic, or the panic is recovered already,
 * or it is gort_goexit(). The error is the runtime's, good until the calling
 * function returns. Only by the macro gort_recover().
 */
GORT_API const struct gort_error *gort__recover(void);

/*
 * As gort_panic(), with a code of the caller's own (gort_error.detail) and
 * optionally a value: type names its type; destroy (or NULL) is called with
 * it when the panic is over and nobody took it. Any thread, any stack.
 */
GORT_API GORT__NORETURN void gort_panic_value(int code, const char *type,
    void *value, void (*destroy)(void *value), const char *fmt, ...)
    GORT__PRINTF(5, 6);

/*
 * The value of the panic that gort_recover() gave err for, if its type is
 * the one named: the caller owns it now. NULL: there is none of that type,
 * or it was taken.
 */
GORT_API void *gort_take_value(const struct gort_error *err, const char *type);

/*
 * Panic anew with the message, code and value of the panic that
 * gort_recover() gave err for; in the same deferred function.
 */
GORT_API GORT__NORETURN void gort_repanic(const struct gort_error *err);

/*
 * Run the deferred calls up to the innermost gort_try or gort_call, which
 * then returns -GORT_EGOEXIT; below none, end the thread as pthread_exit does.
 * Nothing recovers it. Called while a panic passes, it takes its place.
 */
GORT_API GORT__NORETURN void gort_goexit(void);

#ifdef __cplusplus
}
#else

/*
 * A label whose address is kept bars inlining and cloning, in gcc and clang:
 * the frames that the runtime returns to, and looks for, are the function's
 * own. The empty asm goto could go there for all the compiler knows; so
 * whatever the function does, it may return, with a value from memory. It is
 * what uses the label's address, so that this goes with a function that nobody
 * calls; in an array, whose value debug information does not tell.
 */
#define GORT__OWN_FRAME(return_) \
	__extension__({ \
		__label__ gort__away, gort__on; \
		static void *const gort__here[] = {&&gort__away}; \
		__asm__ goto("" : : "m"(gort__here[0]) : : gort__away); \
		goto gort__on; \
	gort__away: \
		return_; \
	gort__on: \
		0; \
	})

/* gort__scope_run, as far as there is no chunk. */
static inline __attribute__((always_inline)) void
gort__scope_end(struct gort__scope *s)
{
	if (__builtin_expect(s->next == NULL, 0))
		return;
	if (__builtin_expect(s->chunk != NULL, 0)) {
		gort__scope_run(s);
		return;
	}
	*s->head = s;
	while (s->next != s->rec) {
		s->next--;
		s->next->fn(s->next->arg);
	}
	*s->head = s->link;
	s->next = s->end = NULL;
}

static inline __attribute__((always_inline)) void
gort__defer(struct gort__scope *s, gort_func *fn, void *arg)
{
	struct gort__deferred *r = s->next;

	if (__builtin_expect(r == s->end, 0)) {
		gort__defer_slow(s, fn, arg);
		return;
	}
	r->fn = fn;
	r->arg = arg;
	s->next = r + 1;
}

/* bytes of the largest result that is not returned in memory */
#if defined(_WIN32) && defined(__x86_64__)
#define GORT__RESULT_MAX 8
#else
#define GORT__RESULT_MAX 16
#endif

/* Bits of a result's kind: gcc's type class, its size, is it extended. */
#define GORT__RESULT_KIND(v) \
	((uintptr_t)__builtin_classify_type(v) | (uintptr_t)sizeof(v) << 8 | \
	    (uintptr_t) _Generic((v), signed char : 1, short : 1, char \
				 : (char)-1 < 0, default : 0) \
		<< 16 | \
	    GORT__RESULT_IS_QUAD(v))

/* __float128 where long double is another type, as large, of the x87 */
#define GORT__RESULT_QUAD 0x20000u
#ifdef __SIZEOF_FLOAT128__
#define GORT__RESULT_IS_QUAD(v) \
	_Generic((v), __float128 : GORT__RESULT_QUAD, default : 0)
#else
#define GORT__RESULT_IS_QUAD(v) 0
#endif

/* i386: __float128 is in memory, _Float16 in a vector register */
#ifdef __i386__
#define GORT__RESULT_FITS(v) \
	(sizeof(v) <= GORT__RESULT_MAX && \
	    (__builtin_classify_type(v) != 8 || \
		(sizeof(v) >= 4 && sizeof(v) <= 12)))
#else
#define GORT__RESULT_FITS(v) (sizeof(v) <= GORT__RESULT_MAX)
#endif

#define GORT__SCOPE(result_, kind_, return_) \
	__attribute__(( \
	    cleanup(gort__scope_end))) struct gort__scope gort__scope; \
	__attribute__((unused)) int gort__scope_made = \
	    (gort__scope.next = NULL, gort__scope.end = NULL, \
		gort__scope.head = NULL, gort__scope.chunk = NULL, \
		gort__scope.result = (result_), gort__scope.kind = (kind_), \
		GORT__OWN_FRAME(return_))

/* In a function that defers: for one without a result. */
#define GORT_DEFERS GORT__SCOPE(NULL, 0, return )

/*
 * And for one with: declares the variable, which is zero. The type is an
 * integer, floating or pointer type; a structure is passed by pointer. Windows
 * x86-64: no long double, which calls return in memory there; 386: no __float128
 * for the same reason, and no _Float16.
 */
#define GORT_DEFERS_RESULT(type_, name_) \
	type_ name_ = 0; \
	__attribute__((unused)) __typeof__(name_) *volatile gort__result = \
	    &name_; \
	_Static_assert(__builtin_classify_type(name_) < 9, \
	    "a result is a number or a pointer"); \
	_Static_assert( \
	    GORT__RESULT_FITS(name_), "a result is returned in a register"); \
	GORT__SCOPE(&name_, GORT__RESULT_KIND(name_), return *gort__result)

/* Call fn(arg) when the function returns or a panic passes it. */
#define gort_defer(fn_, arg_) gort__defer(&gort__scope, (fn_), (arg_))

/*
 * return value_; after that the deferred calls run, and what they make of the
 * result variable is returned. A plain return returns its value whatever
 * they do.
 */
#define gort_return(value_) \
	do { \
		*gort__result = (value_); \
		gort__scope_end(&gort__scope); \
		return *gort__result; \
	} while (0)

#define gort_recover() \
	__extension__({ \
		const struct gort_error *gort__e; \
		(void)GORT__OWN_FRAME(goto gort__on); \
		gort__e = gort__recover(); \
		__asm__ volatile("" : "+r"(gort__e)); \
		gort__e; \
	})

#endif

#endif
