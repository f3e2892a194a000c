/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Backtraces and their texts: from signal handlers, with locks held by whom
 * they interrupt; of versions that are gone; to the end of every stack.
 */
#include "check.h"

#include <dlfcn.h>
#include <gort.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#if defined(__GLIBC__) && !defined(HAVE_SANITIZERS)
#define OWN_MALLOC 1

void *__libc_malloc(size_t n);
void __libc_free(void *p);
void *__libc_realloc(void *p, size_t n);
void *__libc_calloc(size_t n, size_t m);

/* of each thread: gort's own may be allocating, too */
static __thread volatile sig_atomic_t in_malloc, in_handler, allocated_there;
static __thread volatile sig_atomic_t interrupt; /* raise there once */

static void
enter(void)
{
	allocated_there += in_handler;
	in_malloc = 1;
	if (interrupt) {
		interrupt = 0;
		raise(SIGUSR1);
	}
}

void *
malloc(size_t n)
{
	void *p;

	enter();
	p = __libc_malloc(n);
	in_malloc = 0;
	return p;
}

void
free(void *p)
{
	enter();
	__libc_free(p);
	in_malloc = 0;
}

void *
realloc(void *p, size_t n)
{
	enter();
	p = __libc_realloc(p, n);
	in_malloc = 0;
	return p;
}

void *
calloc(size_t n, size_t m)
{
	void *p;

	enter();
	p = __libc_calloc(n, m);
	in_malloc = 0;
	return p;
}

/* ---- signal handlers -------------------------------------------------------- */

/* Who asks the dynamic linker takes its lock. */
typedef int iterator(
    int (*visit)(struct dl_phdr_info *, size_t, void *), void *arg);
static iterator *real_iterate;
static __thread volatile sig_atomic_t asked_there;

__attribute__((constructor)) static void
find_iterate(void)
{
	void *p = dlsym(RTLD_NEXT, "dl_iterate_phdr");

	memcpy(&real_iterate, &p, sizeof(p));
}

int
dl_iterate_phdr(int (*visit)(struct dl_phdr_info *, size_t, void *), void *arg)
{
	asked_there += in_handler;
	return real_iterate(visit, arg);
}

static void *pcs[64];
static volatile size_t got, lines; /* raise() is a leaf to compilers */
static char texts[64][256];
static int was_in_malloc;

static void
trace_here(int sig)
{
	size_t i;

	(void)sig;
	in_handler = 1;
	was_in_malloc = in_malloc;
	got = gort_backtrace(pcs, 64);
	lines = 0;
	for (i = 0; i < got; i++)
		lines += gort_describe_pc(pcs[i], texts[i], 256) > 0;
	in_handler = 0;
}

static int
described(const char *name)
{
	size_t i;

	for (i = 0; i < got; i++)
		if (strncmp(texts[i], name, strlen(name)) == 0)
			return 1;
	return 0;
}

static void *
interrupted_malloc(void *ok)
{
	struct sigaction sa = {.sa_handler = trace_here}, old;
	void *(*volatile get)(size_t) = malloc; /* not left out */

	sigaction(SIGUSR1, &sa, &old);
	allocated_there = 0;
	got = 0;
	interrupt = 1;
	free(get(100));
	sigaction(SIGUSR1, &old, NULL);
	return was_in_malloc && got > 3 && lines == got && !allocated_there
		   ? ok
		   : NULL;
}

/* First of all in the process, on a thread that gort does not know. */
static void
handler_in_malloc(void)
{
	void *ok = NULL;
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, interrupted_malloc, texts) == 0);
	pthread_join(t, &ok);
	CHECK(ok == texts);
	CHECK(described("malloc+"));
	/* and where gort has a cache */
	CHECK(gort_backtrace(pcs, 1) == 1);
	CHECK(interrupted_malloc(texts) == texts);
	CHECK(described("malloc+"));
}

/*
 * hard_frame(fn, arg) calls fn(arg). Its unwind program says of a preserved
 * register what rows do not express (DW_CFA_val_offset).
 */
void hard_frame(void (*fn)(void *), void *arg);
extern const char hard_frame_returns[];

#define HARD_FRAME(text) \
	__asm__(".text\n\t.type hard_frame, %function\n" \
		".globl hard_frame, hard_frame_returns\n" \
		"hard_frame:\n\t.cfi_startproc\n\t" text \
		"\n\t.cfi_endproc\n\t.size hard_frame, .-hard_frame\n")
#if defined(__x86_64__)
HARD_FRAME("pushq %rbp\n\t.cfi_def_cfa_offset 16\n\t.cfi_offset %rbp, -16\n"
	   "\tmovq %rsp, %rbp\n\t.cfi_def_cfa_register %rbp\n"
	   "\t.cfi_escape 0x14, 3, 1\n"
	   "\tmovq %rdi, %rax\n\tmovq %rsi, %rdi\n\tcall *%rax\n"
	   "hard_frame_returns:\n\tpopq %rbp\n\t.cfi_def_cfa %rsp, 8\n\tret");
#elif defined(__i386__)
HARD_FRAME("pushl %ebp\n\t.cfi_def_cfa_offset 8\n\t.cfi_offset %ebp, -8\n"
	   "\tmovl %esp, %ebp\n\t.cfi_def_cfa_register %ebp\n"
	   "\t.cfi_escape 0x14, 3, 1\n"
	   "\tsubl $4, %esp\n\tpushl 12(%ebp)\n\tcall *8(%ebp)\n"
	   "hard_frame_returns:\n\tleave\n\t.cfi_def_cfa %esp, 4\n\tret");
#elif defined(__aarch64__)
HARD_FRAME("stp x29, x30, [sp, -16]!\n\t.cfi_def_cfa_offset 16\n"
	   "\t.cfi_offset x29, -16\n\t.cfi_offset x30, -8\n"
	   "\tmov x29, sp\n\t.cfi_escape 0x14, 19, 1\n"
	   "\tmov x2, x0\n\tmov x0, x1\n\tblr x2\n"
	   "hard_frame_returns:\n\tldp x29, x30, [sp], 16\n\tret");
#endif

/*
 * The same, where an expression over the CFA says where the register is, as
 * those of glibc's libmvec do. It leaves no frame record.
 */
#ifdef __x86_64__
void placed_frame(void (*fn)(void *), void *arg);
__asm__(".text\n\t.type placed_frame, %function\n"
	"placed_frame:\n\t.cfi_startproc\n"
	"\tpushq %rbp\n\t.cfi_def_cfa_offset 16\n\t.cfi_offset %rbp, -16\n"
	"\tpushq %r12\n\t.cfi_def_cfa_offset 24\n"
	"\t.cfi_escape 0x10, 12, 2, 0x48, 0x1c\n" /* lit24, minus */
	"\tsubq $8, %rsp\n\t.cfi_def_cfa_offset 32\n"
	"\txorl %ebp, %ebp\n"
	"\tmovq %rdi, %rax\n\tmovq %rsi, %rdi\n\tcall *%rax\n"
	"\taddq $8, %rsp\n\t.cfi_def_cfa_offset 24\n"
	"\tpopq %r12\n\t.cfi_def_cfa_offset 16\n"
	"\tpopq %rbp\n\t.cfi_def_cfa_offset 8\n\tret\n"
	"\t.cfi_endproc\n\t.size placed_frame, .-placed_frame\n");
#else
#define placed_frame NULL
#endif

/* Calls fn(arg) from a frame that it aligns itself. */
__attribute__((noinline)) static void
aligned_frame(void (*fn)(void *), void *arg)
{
	_Alignas(128) volatile char room[128];

	room[0] = ((uintptr_t)room & 127) == 0;
	CHECK(room[0]);
	fn(arg);
	room[1] = room[0];
}

/* Frames of every kind, one calling the other, then fn(arg). */
struct way {
	void (*step[8])(void (*fn)(void *), void *arg);
	unsigned at;
	void (*fn)(void *);
	void *arg;
	void *back[8]; /* where each of them was called from */
};

__attribute__((noinline)) static void
go_on(void *arg)
{
	struct way *w = arg;
	unsigned i = w->at++;

	w->back[i] = __builtin_return_address(0);
	if (w->step[i])
		w->step[i](go_on, w);
	else
		w->fn(w->arg);
	w->back[7] = w; /* no tail call */
}

static void
raise_it(void *unused)
{
	(void)unused;
	raise(SIGUSR1);
}

static int
has_pc(const void *pc)
{
	size_t i;

	for (i = 0; i < got; i++)
		if (pcs[i] == pc)
			return 1;
	return 0;
}

/* The handler runs below all of them; nothing is missing of its trace. */
static void *
interrupted_way(void *arg)
{
	struct sigaction sa = {.sa_handler = trace_here}, old;
	struct way *w = arg;
	unsigned i;

	sigaction(SIGUSR1, &sa, &old);
	w->at = 0;
	w->fn = raise_it;
	got = 0;
	allocated_there = asked_there = 0;
	go_on(w);
	sigaction(SIGUSR1, &old, NULL);
	for (i = 0; i < w->at; i++)
		if (!has_pc(w->back[i]))
			return NULL;
	return got > w->at && lines == got && !allocated_there && !asked_there
		   ? w
		   : NULL;
}

static void
frames_without_rows(void)
{
	struct way w = {.step = {aligned_frame, hard_frame, aligned_frame}};
	void *lib = dlopen(plugin("passnoid1"), RTLD_NOW), *ok = NULL, *pass;
	pthread_t t;
	unsigned i;

	REQUIRE(lib != NULL);
	pass = dlsym(lib, "pass");
	memcpy(&w.step[3], &pass, sizeof(pass));
	w.step[4] = placed_frame;
	REQUIRE(pthread_create(&t, NULL, interrupted_way, &w) == 0);
	pthread_join(t, &ok);
	CHECK(ok == &w);
	CHECK(has_pc(hard_frame_returns));
	/* the same where gort has a cache, and knows the frames */
	for (i = 0; i < 3; i++) {
		CHECK(gort_backtrace(pcs, 64) > 2);
		CHECK(interrupted_way(&w) == &w);
		CHECK(has_pc(hard_frame_returns));
	}
	dlclose(lib);
}

/* Another thread holds the dynamic linker's lock. */
static pthread_barrier_t held, done;

static int
hold(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)info;
	(void)size;
	(void)unused;
	pthread_barrier_wait(&held);
	pthread_barrier_wait(&done);
	return 1;
}

static void *
hold_lock(void *unused)
{
	dl_iterate_phdr(hold, NULL);
	return unused;
}

static void
panics(void *unused)
{
	(void)unused;
	gort_panic("with the lock held");
}

static void
faults(void *unused)
{
	volatile int *nowhere = NULL;

	(void)unused;
	*nowhere = 1;
}

/* Rows say all of these. */
static void
panics_below(void *arg)
{
	struct way *w = arg;

	w->at = 0;
	go_on(w);
}

static void
linker_is_locked(void)
{
	struct way w = {.step = {aligned_frame, aligned_frame}};
	struct sigaction sa = {.sa_handler = trace_here}, old;
	void *lib = dlopen(plugin("passnoid1"), RTLD_NOW), *pass;
	struct gort_error err;
	pthread_t t;
	int i;

	REQUIRE(lib != NULL);
	pass = dlsym(lib, "pass");
	REQUIRE(gort_catch_faults(1) == 0);
	pthread_barrier_init(&held, NULL, 2);
	pthread_barrier_init(&done, NULL, 2);
	REQUIRE(pthread_create(&t, NULL, hold_lock, NULL) == 0);
	pthread_barrier_wait(&held);
	sigaction(SIGUSR1, &sa, &old);
	got = 0;
	raise(SIGUSR1);
	CHECK(got > 2);
	CHECK(lines == got);
	if (lines != got)
		printf("    %zu frames, %zu lines\n", got, lines);
	CHECK(described("raise+") || described("gsignal+") ||
	      described("pthread_kill"));
	sigaction(SIGUSR1, &old, NULL);
	/* nor does a panic wait for it */
	CHECK(gort_try(panics, NULL, &err) == -GORT_EPANIC);
	w.fn = panics;
	CHECK(gort_try(panics_below, &w, &err) == -GORT_EPANIC);
	CHECK(err.skipped == 0);
	w.fn = faults;
	CHECK(gort_try(panics_below, &w, &err) == -GORT_EFAULT);
	CHECK(err.skipped == 0);
	/* nor one through an object without a build id, known or not */
	memcpy(&w.step[2], &pass, sizeof(pass));
	w.fn = panics;
	for (i = 0; i < 3; i++) {
		CHECK(gort_try(panics_below, &w, &err) == -GORT_EPANIC);
		CHECK(err.skipped == 0 && err.nframes > 4);
	}
	w.step[2] = hard_frame;
	CHECK(interrupted_way(&w) == &w);
	pthread_barrier_wait(&done);
	pthread_join(t, NULL);
	pthread_barrier_destroy(&held);
	pthread_barrier_destroy(&done);
	gort_catch_faults(0);
	dlclose(lib);
}
#endif

/* ---- texts ------------------------------------------------------------------ */

static void
unloaded_version(void)
{
	struct gort_plugin *p = gort_open(plugin("basic1"), 0);
	struct gort_error err;
	char text[8192], where[256];
	int named = 0;
	unsigned i;

	REQUIRE(p != NULL);
	CHECK(gort_call(gort_sym(p, "boom"), "x", &err) == -GORT_EPANIC);
	gort_format_error(&err, text, sizeof(text));
	CHECK(strstr(text, "(basic 1.0+0x") != NULL);
	CHECK(gort_close(p, 1000) == 0);
	gort_format_error(&err, text, sizeof(text));
	/* musl's dlclose unmaps nothing */
	for (i = 0; i < err.nframes; i++) {
		gort_describe_pc(err.frames[i], where, sizeof(where));
		named += strncmp(where, "?? (basic 1.0, unloaded+0x", 26) == 0;
	}
#ifdef __GLIBC__
	CHECK(named == 1);
	CHECK(strstr(text, "?? (basic 1.0, unloaded+0x") != NULL);
#else
	(void)named;
#endif
	CHECK(strstr(text, "in module basic 1.0\n") != NULL);
}

static void
like_dladdr(void)
{
	static const char *const names[] = {
	    "gort_backtrace", "gort_call", "qsort", "printf", "dlopen"};
	char where[256], want[128];
	unsigned i, k, off;
	Dl_info dl;
	void *at;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		at = dlsym(RTLD_DEFAULT, names[i]);
		if (!at)
			continue;
		/* twice: what was found is remembered */
		for (off = 1; off <= 4; off++) {
			for (k = 0; k < 2; k++) {
				void *pc = (char *)at + off;

				REQUIRE(dladdr((char *)pc - 1, &dl) != 0);
				gort_describe_pc(pc, where, sizeof(where));
				snprintf(want, sizeof(want), "%s+0x%zx (",
				    dl.dli_sname,
				    (size_t)((char *)pc -
					     (char *)dl.dli_saddr));
				/* one of several names of the place */
				CHECK(strstr(where, strchr(want, '+')) != NULL);
				CHECK(strcmp(names[i], "gort_call") != 0 ||
				      strncmp(where, want, strlen(want)) == 0);
			}
		}
	}
	CHECK(gort_describe_pc((void *)16, where, sizeof(where)) == 4);
	CHECK(strcmp(where, "0x10") == 0);
	CHECK(gort_describe_pc((void *)16, where, 3) == 4);
	CHECK(strcmp(where, "0x") == 0);
}

/* ---- the ends of stacks ----------------------------------------------------- */

static size_t from_thread;

static void *
trace_thread(void *unused)
{
	void *here[64];

	from_thread = gort_backtrace(here, 64);
	return unused;
}

static void
thread_ends(void)
{
	pthread_t t;

	REQUIRE(pthread_create(&t, NULL, trace_thread, NULL) == 0);
	pthread_join(t, NULL);
	/* this function, libc's start of a thread, perhaps clone */
	CHECK(from_thread >= 2 && from_thread <= 4);
}

static const struct test tests[] = {
#ifdef OWN_MALLOC
    {"a handler that interrupts malloc takes and names one", handler_in_malloc},
    {"nor is anything asked or loaded for frames that have no cached row",
	frames_without_rows},
    {"also while the dynamic linker is locked", linker_is_locked},
#endif
    {"frames of an unloaded version keep its name", unloaded_version},
    {"names are those that dladdr gives", like_dladdr},
    {"it ends where the thread began", thread_ends},
};

int
main(void)
{
	return RUN_TESTS("backtraces", tests);
}
