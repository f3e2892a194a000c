/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics that cross frames which are not plain C: callbacks of libc, signal
 * handlers, assembly, other stacks, other link namespaces.
 */
#include "check.h"

#include <errno.h>
#include <gort.h>
#include <link.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdint.h>
#include <stdbool.h>
#include <ucontext.h>

void without_tables(void (*fn)(void *), void *arg);

static struct gort_error err;
static int cleaned;

static void
plain(void *arg)
{
	gort_panic("plain %s", (const char *)arg);
}

static int
caught(void (*fn)(void *), void *arg, const char *message)
{
	return gort_try(fn, arg, &err) == -GORT_EPANIC &&
	       strcmp(err.message, message) == 0;
}

/* ---- libc's callbacks ------------------------------------------------------- */

#ifdef __GLIBC__

static int
panicking_order(const void *a, const void *b)
{
	(void)a;
	(void)b;
	gort_panic("in order");
}

static void
sort(void *unused)
{
	int v[64] = {3, 1, 2};

	(void)unused;
	qsort(v, 64, sizeof(v[0]), panicking_order);
}

static void
search(void *unused)
{
	int v[64] = {1, 2, 3}, key = 2;

	(void)unused;
	bsearch(&key, v, 64, sizeof(v[0]), panicking_order);
}

static void
callbacks(void)
{
	CHECK(caught(sort, NULL, "in order") && err.skipped == 0);
	CHECK(caught(search, NULL, "in order") && err.skipped == 0);
}

static int tries;

static void
first_time(void)
{
	if (++tries == 1)
		gort_panic("once");
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
run_once(void *unused)
{
	(void)unused;
	pthread_once(&once, first_time);
}

/* glibc's cleanup there makes it run again; without it this would hang. */
static void
once_again(void)
{
	CHECK(caught(run_once, NULL, "once"));
	CHECK(gort_try(run_once, NULL, &err) == 0);
	CHECK(tries == 2);
	CHECK(gort_try(run_once, NULL, &err) == 0);
	CHECK(tries == 2);
}

static int
panicking_visit(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)info;
	(void)size;
	(void)arg;
	gort_panic("while visiting");
}

static void
visit(void *unused)
{
	(void)unused;
	dl_iterate_phdr(panicking_visit, NULL);
}

static void *
opens(void *ok)
{
	void *lib = dlopen(plugin("pass1"), RTLD_NOW);

	return lib && dlclose(lib) == 0 ? ok : NULL;
}

/* The dynamic linker's lock is given back: another thread can take it. */
static void
visiting(void)
{
	void *result = NULL;
	pthread_t t;

	CHECK(caught(visit, NULL, "while visiting"));
	REQUIRE(pthread_create(&t, NULL, opens, &tries) == 0);
	pthread_join(t, &result);
	CHECK(result == &tries);
}

#endif

/* ---- signal handlers -------------------------------------------------------- */

static volatile int handled;

static void
with_boundary(int sig)
{
	struct gort_error e;
	char word[] = "in a handler";

	(void)sig;
	handled = gort_try(plain, word, &e) == -GORT_EPANIC &&
		  strcmp(e.message, "plain in a handler") == 0;
}

static void
raise_signal(void *sig)
{
	raise((int)(intptr_t)sig);
}

/* musl's return from a handler has no unwind data. */
static bool
sees_handlers(void)
{
#ifdef __GLIBC__
	return true;
#else
	printf("    SKIP: nothing tells that a frame is a handler's\n");
	return false;
#endif
}

static void
boundary_in_handler(void)
{
	struct sigaction sa = {.sa_handler = with_boundary}, old;

	handled = 0;
	REQUIRE(sigaction(SIGUSR1, &sa, &old) == 0);
	CHECK(gort_try(raise_signal, (void *)(intptr_t)SIGUSR1, &err) == 0);
	CHECK(handled == 1);
	CHECK(sigaction(SIGUSR1, &old, NULL) == 0);
}

static void *trace[64];
static size_t traced;

static void
tracing(int sig)
{
	(void)sig;
	traced = gort_backtrace(trace, 64);
}

/* From the handler, over the kernel's frame, to who was interrupted. */
static void
trace_from_handler(void)
{
	struct sigaction sa = {.sa_handler = tracing}, old;
	void *here[64];
	size_t n = gort_backtrace(here, 64);

	if (!sees_handlers())
		return;
	REQUIRE(sigaction(SIGUSR1, &sa, &old) == 0);
	raise(SIGUSR1);
	CHECK(sigaction(SIGUSR1, &old, NULL) == 0);
	/* the same callers, outermost first, but for this function's call */
	REQUIRE(n >= 2 && traced > n);
	CHECK(memcmp(&trace[traced - n + 1], &here[1],
		  (n - 1) * sizeof(here[0])) == 0);
}

#ifdef HAVE_FORK
static void
panicking_handler(int sig)
{
	(void)sig;
	gort_panic("from the handler");
}

static void
faulting_handler(int sig)
{
	volatile int *volatile nowhere = (volatile int *)8;

	(void)sig;
	*nowhere = 1;
}

static int ends[2];

/* How a child ends whose handler does that, and what it says. */
static int
end_of_handler(void (*fn)(int), char *said, size_t n)
{
	struct sigaction sa = {.sa_handler = fn};
	ssize_t got;
	int status;
	pid_t pid;

	said[0] = '\0';
	fflush(stdout);
	if (pipe(ends))
		return -1;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 2);
		sigaction(SIGUSR1, &sa, NULL);
		gort_catch_faults(1);
		gort_try(raise_signal, (void *)(intptr_t)SIGUSR1, NULL);
		_exit(0);
	}
	close(ends[1]);
	got = read(ends[0], said, n - 1);
	said[got > 0 ? got : 0] = '\0';
	close(ends[0]);
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void
refused_in_handler(void)
{
	char said[4096];
	int status;

	if (emulated("its signal frames have no unwind data") ||
	    !sees_handlers())
		return;
	status = end_of_handler(panicking_handler, said, sizeof(said));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
	CHECK(strncmp(said,
		  "panic: from the handler in a signal handler, which "
		  "no panic may leave\n",
		  70) == 0);
	status = end_of_handler(faulting_handler, said, sizeof(said));
#ifndef HAVE_SANITIZERS
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
	CHECK(strstr(said, "in a signal handler") != NULL);
#endif
}
#endif

/* ---- assembly --------------------------------------------------------------- */

#if defined(__x86_64__) && defined(__ELF__)
#define HAVE_ASM 1
/* a frame that says where it is, and one that does not */
void asm_with_cfi(void (*fn)(void *), void *arg);
void asm_without_cfi(void (*fn)(void *), void *arg);
/* one whose CFA is sp + 16 again where it was an expression */
void asm_after_expression(void (*fn)(void *), void *arg);
/* one that faults while its CFA is in rax, and leaves no frame record */
void asm_in_scratch(void);
__asm__(".text\n"
	".type asm_with_cfi, @function\n"
	"asm_with_cfi:\n"
	"	.cfi_startproc\n"
	"	pushq %rbx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset %rbx, 0\n"
	"	movq $-1, %rbx\n"
	"	subq $160, %rsp\n"
	"	.cfi_adjust_cfa_offset 160\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	call *%rax\n"
	"	addq $160, %rsp\n"
	"	popq %rbx\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size asm_with_cfi, . - asm_with_cfi\n"
	".type asm_without_cfi, @function\n"
	"asm_without_cfi:\n"
	"	pushq %rbp\n"
	"	movq %rsp, %rbp\n"
	"	subq $160, %rsp\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	call *%rax\n"
	"	leave\n"
	"	ret\n"
	".size asm_without_cfi, . - asm_without_cfi\n"
	".type asm_after_expression, @function\n"
	"asm_after_expression:\n"
	"	.cfi_startproc\n"
	"	pushq %rbx\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_rel_offset %rbx, 0\n"
	"	movq %rsp, %rax\n"
	"	subq $48, %rsp\n"
	"	movq %rax, 40(%rsp)\n"
	"	.cfi_escape 0x0f, 5, 0x77, 40, 0x06, 0x23, 16\n"
	"	movq 40(%rsp), %rsp\n"
	"	.cfi_def_cfa_register %rsp\n"
	"	movq %rdi, %rax\n"
	"	movq %rsi, %rdi\n"
	"	call *%rax\n"
	"	popq %rbx\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size asm_after_expression, . - asm_after_expression\n"
	".type asm_in_scratch, @function\n"
	"asm_in_scratch:\n"
	"	.cfi_startproc\n"
	"	movq %rsp, %rax\n"
	"	.cfi_def_cfa_register %rax\n"
	"	pushq %rbp\n"
	"	.cfi_offset %rbp, -16\n"
	"	xorl %ebp, %ebp\n"
	"	andq $-64, %rsp\n"
	"	movl $1, 16\n"
	"	ud2\n"
	"	.cfi_endproc\n"
	".size asm_in_scratch, . - asm_in_scratch\n");

static void
over_asm(void *arg)
{
	asm_with_cfi(plain, arg);
}

static void
over_bare_asm(void *arg)
{
	asm_without_cfi(plain, arg);
}

static void
over_expression(void *arg)
{
	asm_after_expression(plain, arg);
	__asm__ volatile(""); /* no tail call */
}

static void
assembly(void)
{
	bool called = false;
	uint32_t i;
	char word[] = "asm";

	CHECK(caught(over_asm, word, "plain asm") && err.skipped == 0);
	CHECK(caught(over_bare_asm, word, "plain asm") && err.skipped == 1);
	CHECK(caught(over_expression, word, "plain asm") && err.skipped == 0);
	/* after that frame comes who called it */
	for (i = 0; i < err.nframes; i++)
		called |=
		    (uintptr_t)err.frames[i] - (uintptr_t)over_expression < 256;
	CHECK(called);
}

static void
fault_in_scratch(void *unused)
{
	(void)unused;
	asm_in_scratch();
}

/* What lies between is not left without a word. */
static void
scratch(void)
{
	REQUIRE(gort_catch_faults(1) == 0);
	CHECK(gort_try(fault_in_scratch, NULL, &err) == -GORT_EFAULT);
	CHECK(err.skipped == 1);
	CHECK(err.nframes && err.skipped_at == err.frames[0]);
	CHECK(gort_catch_faults(0) == 0);
}
#endif

/* ---- what is left out ------------------------------------------------------- */

static void
over_gap(void *arg)
{
	without_tables(plain, arg);
}

static void
gap_is_named(void)
{
	char where[256], text[4096], word[] = "gap";

	CHECK(caught(over_gap, word, "plain gap") && err.skipped == 1);
	gort_describe_pc(err.skipped_at, where, sizeof(where));
	gort_format_error(&err, text, sizeof(text));
	CHECK(strstr(text, "(1 frames left without running their cleanups, "
			   "first ") != NULL);
	CHECK(strstr(text, where) != NULL);
	CHECK(strstr(where, "without_tables") || strstr(where, "test_cross"));
}

/* ---- other stacks ----------------------------------------------------------- */

#ifdef __GLIBC__ /* musl has no swapcontext */
static ucontext_t host, other;
static int results;

static void
on_other_stack(void)
{
	char word[] = "on a host's stack";

	results = caught(plain, word, "plain on a host's stack") +
		  caught(plain, word, "plain on a host's stack");
}

__attribute__((unused)) static void
swapped(void)
{
	static char stack[256 << 10];

	REQUIRE(getcontext(&other) == 0);
	other.uc_stack.ss_sp = stack;
	other.uc_stack.ss_size = sizeof(stack);
	other.uc_link = &host;
	makecontext(&other, on_other_stack, 0);
	results = 0;
	REQUIRE(swapcontext(&host, &other) == 0);
	CHECK(results == 2);
}

/* The boundary is on the thread's own stack. */
static void
out_of_context(void)
{
	char word[] = "out of it";

	plain(word);
}

static void
swap_below_boundary(void *unused)
{
	static char stack[256 << 10];

	(void)unused;
	getcontext(&other);
	other.uc_stack.ss_sp = stack;
	other.uc_stack.ss_size = sizeof(stack);
	other.uc_link = &host;
	makecontext(&other, out_of_context, 0);
	swapcontext(&host, &other);
}

__attribute__((unused)) static void
swapped_out(void)
{
	int i;

	for (i = 0; i < 3; i++)
		CHECK(caught(swap_below_boundary, NULL, "plain out of it"));
}

#endif

/* ---- other namespaces ------------------------------------------------------- */

#if defined(__GLIBC__) && !defined(HAVE_SANITIZERS) /* there but once */
#define HAVE_NAMESPACES
#endif
#ifdef HAVE_NAMESPACES

typedef void pass(void (*)(void *), void *);

static pass *far_pass;

static void
over_namespace(void *arg)
{
	far_pass(plain, arg);
}

static int
open_far(const char *name, int **count)
{
	void *lib = dlmopen(LM_ID_NEWLM, plugin(name), RTLD_NOW);
	void *sym = lib ? dlsym(lib, "pass") : NULL;

	memcpy(&far_pass, &sym, sizeof(sym));
	if (count)
		*count = lib ? dlsym(lib, "pass_cleaned") : NULL;
	return sym != NULL;
}

static void
namespaces(void)
{
	char word[] = "far";

	if (!open_far("pass1", NULL)) {
		printf("    SKIP: %s\n", dlerror());
		return;
	}
	CHECK(caught(over_namespace, word, "plain far") && err.skipped == 0);
}

/* With an unwinder of its own, which its cleanup resumes. */
static void
namespace_cleanups(void)
{
	char word[] = "far";
	int *count, i;

	if (!open_far("passclean", &count)) {
		printf("    SKIP: %s\n", dlerror());
		return;
	}
	for (i = 1; i <= 3; i++) {
		CHECK(caught(over_namespace, word, "plain far"));
		CHECK(err.skipped == 0);
		CHECK(count && *count == i);
	}
}

#endif

/* ---- the end of a thread ---------------------------------------------------- */

#ifdef __EXCEPTIONS
static void
clean(int *unused)
{
	(void)unused;
	cleaned++;
}
#endif

static struct gort_plugin *p;

static void
leave(void *unused)
{
	(void)unused;
	pthread_exit(&p);
}

static void
call_plugin(void *fn)
{
	void (*call_back)(void *);
	struct {
		void (*fn)(void *);
		void *arg;
	} cb = {leave, NULL};
#ifdef __EXCEPTIONS
	__attribute__((cleanup(clean))) int guard = 0;

	(void)guard;
#endif
	memcpy(&call_back, &fn, sizeof(fn));
	call_back(&cb);
}

static void *
exits_inside(void *fn)
{
	gort_try(call_plugin, fn, NULL);
	return NULL;
}

/* The calls that the thread was in are over. */
__attribute__((unused)) static void
exit_inside_calls(void)
{
	struct gort_stats st;
	void *got = NULL;
	pthread_t t;
	int i;

	p = gort_open(plugin("basic1"), 0);
	REQUIRE(p != NULL);
	cleaned = 0;
	for (i = 0; i < 10; i++) {
		REQUIRE(pthread_create(&t, NULL, exits_inside,
			    gort_sym(p, "call_back")) == 0);
		pthread_join(t, &got);
		CHECK(got == &p);
		REQUIRE(gort_stat(p, &st) == 0);
		CHECK(st.in_flight == 0 && st.panics == 0);
	}
#ifdef __EXCEPTIONS
	CHECK(cleaned == 10);
#endif
	CHECK(gort_close(p, 1000) == 0);
}

static const struct test tests[] = {
#ifdef __GLIBC__ /* musl has no unwind data */
    {"a panic leaves qsort and bsearch", callbacks},
    {"pthread_once runs again after one", once_again},
    {"dl_iterate_phdr's lock is given back", visiting},
#endif
    {"a boundary in a signal handler catches", boundary_in_handler},
    {"a backtrace crosses a signal frame", trace_from_handler},
#ifdef HAVE_FORK
    {"a panic that would leave a signal handler is refused",
	refused_in_handler},
#endif
#ifdef HAVE_ASM
    {"assembly with and without unwind data is passed", assembly},
    {"a fault with the CFA in a scratch register names what it left", scratch},
#endif
    {"a frame that was left out is named", gap_is_named},
#if defined(__GLIBC__) && !defined(HAVE_SANITIZERS)
    /* sanitizers know nothing of such a stack */
    {"panics on a stack that the host swapped to", swapped},
    {"and from there to a boundary on the thread's own", swapped_out},
#endif
#ifdef HAVE_NAMESPACES
    {"code in another link namespace is passed", namespaces},
#ifdef __EXCEPTIONS
    {"and its cleanups run, by its own unwinder", namespace_cleanups},
#endif
#endif
#ifndef HAVE_SANITIZERS /* their end of a thread finds marks of frames */
    {"pthread_exit inside exported calls ends them", exit_inside_calls},
#endif
};

int
main(void)
{
	return RUN_TESTS("crossing", tests);
}
