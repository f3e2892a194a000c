/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Panics, exceptions and faults at the boundary, through every kind of frame.
 */
#include "check.h"

#include <errno.h>
#include <gort.h>
#include <gort/defer.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>

void without_tables(void (*fn)(void *), void *arg);

static struct gort_error err;
static struct gort_plugin *p;

static void
plain(void *arg)
{
	gort_panic("plain %s", (const char *)arg);
}

static void
c_frames(void)
{
	CHECK(gort_try(plain, "one", &err) == -GORT_EPANIC);
	CHECK(err.code == GORT_EPANIC);
	CHECK(strcmp(err.message, "plain one") == 0);
	CHECK(err.module[0] == '\0');
	CHECK(err.nframes >= 1 && err.skipped == 0);
	CHECK(strstr(gort_errmsg(), "plain one") != NULL);
}

static void
nothing(void *arg)
{
	(*(int *)arg)++;
}

static void
no_panic(void)
{
	int n = 0;

	CHECK(gort_try(nothing, &n, &err) == 0);
	CHECK(n == 1);
}

__attribute__((noinline)) static void
deep(int n)
{
	volatile int keep = n;

	if (n == 0)
		gort_panic("at the bottom");
	if (n > 0)
		deep(n - 1);
	keep++;
}

static void
go_deep(void *arg)
{
	deep(*(int *)arg);
}

static void
many_frames(void)
{
	int n = 1000;

	CHECK(gort_try(go_deep, &n, &err) == -GORT_EPANIC);
	CHECK(err.nframes == GORT_ERROR_FRAMES);
}

static void
inner(void *arg)
{
	struct gort_error e;

	CHECK(gort_try(plain, "inner", &e) == -GORT_EPANIC);
	CHECK(strcmp(e.message, "plain inner") == 0);
	gort_panic("outer %s", (const char *)arg);
}

static void
nested(void)
{
	CHECK(gort_try(inner, "x", &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "outer x") == 0);
}

#ifdef __EXCEPTIONS
static int cleaned;

static void
clean(int *unused)
{
	(void)unused;
	cleaned++;
}

static void
with_cleanup(void *arg)
{
	__attribute__((cleanup(clean))) int guard = 0;

	(void)guard;
	plain(arg);
}

static void
c_cleanups(void)
{
	cleaned = 0;
	CHECK(gort_try(with_cleanup, "c", &err) == -GORT_EPANIC);
	CHECK(cleaned == 1);
}
#endif

static void
plain_without_tables(void *arg)
{
	without_tables(plain, arg);
}

static void
gaps(void)
{
	CHECK(gort_try(plain_without_tables, "g", &err) == -GORT_EPANIC);
	CHECK(err.skipped == 1);
}

static void
from_plugin(void)
{
	struct gort_stats st;

	CHECK(gort_call(gort_sym(p, "boom"), "x", &err) == -GORT_EPANIC);
	CHECK(strcmp(err.message, "boom x from 1.0") == 0);
	CHECK(strcmp(err.module, "basic") == 0);
	CHECK(strcmp(err.version, "1.0") == 0);
	REQUIRE(gort_stat(p, &st) == 0);
	CHECK(st.panics == 1 && st.in_flight == 0);
	CHECK(strstr(st.last_error, "boom x") != NULL);
}

static void
faults(void)
{
	int out = 1;

	REQUIRE(gort_catch_faults(1) == 0);
	CHECK(gort_call(gort_sym(p, "null"), NULL, &err) == -GORT_EFAULT);
	CHECK(err.signo == SIGSEGV && err.address == 8);
	CHECK(strcmp(err.module, "basic") == 0);
#ifdef __aarch64__ /* where a division by zero is zero */
	CHECK(gort_call(gort_sym(p, "divide"), &out, &err) == 0);
	CHECK(out == 0);
#else
	CHECK(gort_call(gort_sym(p, "divide"), &out, &err) == -GORT_EFAULT);
	CHECK(err.signo == SIGFPE);
#endif
	CHECK(gort_catch_faults(0) == 0);
}

/* Twice the same, so that a mask left behind would show. */
static void
fault_again(void)
{
	int i;

	REQUIRE(gort_catch_faults(1) == 0);
	for (i = 0; i < 100; i++)
		CHECK(
		    gort_call(gort_sym(p, "null"), NULL, &err) == -GORT_EFAULT);
	CHECK(gort_catch_faults(0) == 0);
}

#if defined(__x86_64__) || defined(__i386__)
/* Two values are on the x87 stack when it faults. */
static void
fault_with_x87(void *at)
{
	__asm__ volatile("fld1\n\tfld1\n\tmovl $1, (%0)"
			 :
			 : "r"(at)
			 : "memory");
}

/* It has eight places; what does not fit is not a number. */
static void
fault_leaves_x87(void)
{
	volatile long double x = 2;
	int i;

	REQUIRE(gort_catch_faults(1) == 0);
	for (i = 0; i < 5; i++)
		CHECK(
		    gort_try(fault_with_x87, (void *)8, &err) == -GORT_EFAULT);
	CHECK(x * x == 4);
	CHECK(gort_catch_faults(0) == 0);
}
#endif

#ifdef __EXCEPTIONS
/* A leaf: its return address may be in a register only. */
__attribute__((noinline)) static void
leaf(volatile int *nowhere)
{
	*nowhere = 1;
}

static void
leaf_below_cleanup(void *arg)
{
	__attribute__((cleanup(clean))) int guard = 0;
	/* not seen by the compiler, which knows that a leaf does not throw */
	void (*volatile fn)(volatile int *) = leaf;

	(void)guard;
	fn(arg);
}

static void
fault_with_cleanup(void)
{
	char where[256];

	REQUIRE(gort_catch_faults(1) == 0);
	cleaned = 0;
	CHECK(gort_try(leaf_below_cleanup, (void *)8, &err) == -GORT_EFAULT);
	CHECK(cleaned == 1 && err.skipped == 0);
	REQUIRE(err.nframes >= 2);
	gort_describe_pc(err.frames[1], where, sizeof(where));
	CHECK(strncmp(where, "leaf_below_cleanup", 18) == 0 ||
	      strncmp(where, "?? (test_panic", 14) == 0);
	CHECK(gort_catch_faults(0) == 0);
}
#endif

static void
bad_jump(void *arg)
{
	void (*fn)(void);

	memcpy(&fn, &arg, sizeof(fn));
	fn();
}

static void
bad_jumps(void)
{
	REQUIRE(gort_catch_faults(1) == 0);
	CHECK(gort_try(bad_jump, (void *)16, &err) == -GORT_EFAULT);
	CHECK(err.signo == SIGSEGV && err.address == 16);
	CHECK(gort_catch_faults(0) == 0);
}

static void
illegal(void *arg)
{
	(void)arg;
#ifdef __aarch64__
	__asm__ volatile("udf #0");
#else
	__asm__ volatile("ud2");
#endif
}

static void
illegal_instruction(void)
{
	REQUIRE(gort_catch_faults(1) == 0);
	CHECK(gort_try(illegal, NULL, &err) == -GORT_EFAULT);
	CHECK(err.signo == SIGILL);
	CHECK(gort_catch_faults(0) == 0);
}

#define MANY 20000

static void
panic_again(void *unused)
{
	(void)unused;
	gort_panic("again");
}

static void
panic_often(void *times)
{
	GORT_DEFERS;
	int i;

	for (i = 0; i < *(int *)times; i++)
		gort_defer(panic_again, NULL);
}

static void *
panic_on_small_stack(void *status)
{
	static int many = MANY;

	*(int *)status = gort_try(panic_often, &many, NULL);
	return NULL;
}

/* More than the stack has room for, were each disposed of inside the next. */
static void
replaced_panics(void)
{
	pthread_attr_t attr;
	pthread_t t;
	int status = 0;

	if (under_tsan("its own stack of calls keeps what a panic leaves"))
		return;
	REQUIRE(pthread_attr_init(&attr) == 0);
	REQUIRE(pthread_attr_setstacksize(&attr, 128 << 10) == 0);
	REQUIRE(pthread_create(&t, &attr, panic_on_small_stack, &status) == 0);
	pthread_join(t, NULL);
	pthread_attr_destroy(&attr);
	CHECK(status == -GORT_EPANIC);
}

#ifdef HAVE_FORK
/* How a child ends that does fn. */
static int
end_of(void (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void
write_nowhere(void)
{
	volatile int *volatile nowhere = (volatile int *)8;

	*nowhere = 1;
}

static void
fault_outside(void)
{
	gort_catch_faults(1);
	write_nowhere();
}

static void
sent_signal(void)
{
	gort_catch_faults(1);
	raise(SIGSEGV);
}

static void
own_handler(int sig)
{
	_exit(sig == SIGSEGV ? 33 : 34);
}

static void
handler_before(void)
{
	signal(SIGSEGV, own_handler);
	gort_catch_faults(1);
	write_nowhere();
}

static void
fault_not_asked_for(void)
{
	gort_call(gort_sym(p, "null"), NULL, NULL);
}

static void
others_faults(void)
{
#ifndef HAVE_SANITIZERS /* they have handlers of their own */
	int status = end_of(fault_outside);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	status = end_of(sent_signal);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	status = end_of(handler_before);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 33);
	status = end_of(fault_not_asked_for);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
#else
	CHECK(WIFEXITED(end_of(fault_outside)));
	(void)sent_signal;
	(void)handler_before;
	(void)fault_not_asked_for;
#endif
}

static void
handlers_back(void)
{
	struct sigaction before, after;

	sigaction(SIGBUS, NULL, &before);
	CHECK(gort_catch_faults(1) == 0);
	sigaction(SIGBUS, NULL, &after);
	CHECK(after.sa_handler != before.sa_handler);
	CHECK(gort_catch_faults(0) == 0);
	sigaction(SIGBUS, NULL, &after);
	CHECK(after.sa_handler == before.sa_handler);
}

static void
leave_thread(void *arg)
{
	pthread_exit(arg);
}

static void *
exiting_thread(void *arg)
{
	gort_try(leave_thread, arg, NULL);
	return NULL;
}

static void
wait_here(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void *
waiting_thread(void *arg)
{
	gort_try(wait_here, arg, NULL);
	return NULL;
}

__attribute__((unused)) static void
thread_exit(void)
{
	pthread_t t;
	void *result = NULL;
	int n = 0;

	REQUIRE(pthread_create(&t, NULL, exiting_thread, &n) == 0);
	pthread_join(t, &result);
	CHECK(result == &n);
	REQUIRE(pthread_create(&t, NULL, waiting_thread, NULL) == 0);
	pthread_cancel(t);
	pthread_join(t, &result);
	CHECK(result == PTHREAD_CANCELED);
}

#endif

static jmp_buf env;

static void
jump(void *arg)
{
	(void)arg;
	longjmp(env, 1);
}

static void
longjmp_over(void)
{
	if (setjmp(env) == 0)
		gort_try(jump, NULL, NULL);
	c_frames(); /* the boundary that was jumped over is not landed on */
}

/*
 * Its memory may look alive for long: how far down it lies, and what panics
 * then, decides about what is overwritten.
 */
static void
panics(void *unused)
{
	(void)unused;
	gort_panic("after a jump");
}

static void
panics_deeper(void *unused)
{
	volatile char room[2048];

	(void)unused;
	room[0] = 1;
	gort_panic_value(room[0], NULL, NULL, NULL, "after a jump");
}

static void
goes(void *unused)
{
	(void)unused;
	gort_goexit();
}

struct left {
	gort_func *fn;
	int code;
	size_t n; /* bytes of stack above the boundary that is left */
};

__attribute__((noinline)) static void
left_below(size_t n)
{
	volatile char *room = __builtin_alloca(n + 1);

	room[n] = 1;
	gort_try(jump, NULL, NULL);
	printf("    landed on a boundary that was left\n");
	exit(1);
}

static void
jumps_then(void *arg)
{
	struct left *l = arg;

	if (setjmp(env) == 0)
		left_below(l->n);
	l->fn(NULL);
}

static void
longjmp_over_more(void)
{
	static struct left ways[] = {
	    {panics, GORT_EPANIC, 0},
	    {panics_deeper, GORT_EPANIC, 0},
	    {goes, GORT_EGOEXIT, 0},
	};
	unsigned i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		for (ways[i].n = 0; ways[i].n < 4096; ways[i].n += 16)
			CHECK(gort_try(jumps_then, &ways[i], &err) ==
			      -ways[i].code);
}

static void
keep_errno(void *arg)
{
	(void)arg;
	errno = ENOTTY;
}

static void
errno_survives(void)
{
	errno = EXDEV;
	gort_try(plain, "x", &err);
	CHECK(errno == EXDEV);
	gort_try(keep_errno, NULL, NULL);
	CHECK(errno == ENOTTY);
}

static void
formats(void)
{
	char text[4096], where[256];
	void *pcs[16];
	size_t n;

	gort_call(gort_sym(p, "boom"), "f", &err);
	n = gort_format_error(&err, text, sizeof(text));
	CHECK(n < sizeof(text) && strlen(text) == n);
	CHECK(strncmp(text, "panic: boom f from 1.0\n", 23) == 0);
	CHECK(strstr(text, "in module basic 1.0\n") != NULL);
	CHECK(strstr(text, "(basic 1.0+0x") != NULL);
	CHECK(gort_format_error(&err, text, 10) == n && strlen(text) == 9);
	n = gort_backtrace(pcs, 16);
	CHECK(n >= 2);
	gort_describe_pc(pcs[0], where, sizeof(where));
	CHECK(strstr(where, "test_panic") != NULL);
}

static const struct test tests[] = {
    {"a panic through C frames ends at the boundary", c_frames},
    {"without a panic the boundary returns 0", no_panic},
    {"1000 frames deep", many_frames},
    {"boundaries nest", nested},
#ifdef __EXCEPTIONS
    {"C cleanups run when a panic passes", c_cleanups},
#endif
    {"frames without unwind tables are stepped over", gaps},
    {"a plugin's panic names it and is counted", from_plugin},
    {"SIGSEGV and SIGFPE become errors", faults},
    {"a hundred times", fault_again},
#if defined(__x86_64__) || defined(__i386__)
    {"a fault leaves nothing on the x87 stack", fault_leaves_x87},
#endif
#ifdef __EXCEPTIONS
    {"a C cleanup above a leaf that faults runs", fault_with_cleanup},
#endif
    {"a jump to nowhere becomes an error", bad_jumps},
    {"an illegal instruction becomes an error", illegal_instruction},
    {"panics that replace each other are disposed of on a small stack",
	replaced_panics},
#ifdef HAVE_FORK
    {"faults elsewhere and sent signals are as without gort", others_faults},
    {"gort_catch_faults(0) puts the handlers back", handlers_back},
#ifndef HAVE_SANITIZERS /* their end of a thread finds marks of frames */
    {"pthread_exit and cancellation pass through a boundary", thread_exit},
#endif
#endif
    {"a boundary that longjmp left is not landed on", longjmp_over},
    {"nor where its memory looks alive", longjmp_over_more},
    {"errno survives the boundary", errno_survives},
    {"errors and addresses are described", formats},
};

int
main(void)
{
	p = gort_open(plugin("basic1"), 0);
	if (!p) {
		fprintf(stderr, "%s\n", gort_errmsg());
		return 99;
	}
	return RUN_TESTS("panic", tests);
}
