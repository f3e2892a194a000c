/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults that are not gort's: a process ends, and a host's handler is called,
 * just as without gort_catch_faults(). Each fact is one child with it and one
 * without, which must tell the same.
 */
#include "check.h"

#include <errno.h>
#include <gort.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* What a child's handler has seen; compared byte by byte. */
struct seen {
	int calls, signo, code, value, sent_by_self;
	uintptr_t address;
	int blocked_self, blocked_other, on_altstack, error;
	int status; /* of the child */
};

static struct seen *shared; /* with the children */
static char altstack[65536];

static void
note(int sig, siginfo_t *si)
{
	char here;
	sigset_t now;

	shared->calls++;
	shared->signo = sig;
	if (si) {
		shared->code = si->si_code;
		shared->address = si->si_code > 0 ? (uintptr_t)si->si_addr : 0;
		shared->value = si->si_code <= 0 ? si->si_value.sival_int : 0;
		shared->sent_by_self =
		    si->si_code <= 0 && si->si_pid == getpid();
	}
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	shared->blocked_self = sigismember(&now, sig);
	shared->blocked_other = sigismember(&now, SIGUSR2);
	shared->on_altstack =
	    &here >= altstack && &here < altstack + sizeof(altstack);
}

static void
with_info(int sig, siginfo_t *si, void *ucontext)
{
	(void)ucontext;
	note(sig, si);
	_exit(33);
}

static void
without_info(int sig)
{
	note(sig, NULL);
	_exit(34);
}

static sigjmp_buf env;

static void
jumps(int sig)
{
	note(sig, NULL);
	siglongjmp(env, 1);
}

static void
faults_itself(int sig)
{
	volatile int *volatile nowhere = (volatile int *)24;

	note(sig, NULL);
	*nowhere = 1;
}

/* ---- what the children do --------------------------------------------------- */

static int catching; /* with gort_catch_faults() */

static void
install(int sig, struct sigaction sa)
{
	sigaction(sig, &sa, NULL);
}

static void
catch_now(void)
{
	if (catching && gort_catch_faults(1) != 0)
		_exit(98);
}

static void
write_nowhere(void)
{
	volatile int *volatile nowhere = (volatile int *)16;

	*nowhere = 1;
}

static void
divide(void)
{
#ifndef __aarch64__ /* where it is zero */
	volatile int seven = 7, zero = 0;

	_exit(seven / zero);
#else
	raise(SIGFPE);
#endif
}

static void
illegal(void)
{
#ifdef __aarch64__
	__asm__ volatile("udf #0");
#else
	__asm__ volatile("ud2");
#endif
}

/* Past the end of a file that is mapped. */
static void
bus(void)
{
	char name[] = "/tmp/gort-bus-XXXXXX";
	int fd = mkstemp(name);
	volatile char *p;

	unlink(name);
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	_exit(p[0]);
}

static void
plain_segv(void)
{
	catch_now();
	write_nowhere();
}

static void
plain_bus(void)
{
	catch_now();
	bus();
}

static void
plain_fpe(void)
{
	catch_now();
	divide();
}

static void
plain_ill(void)
{
	catch_now();
	illegal();
}

static void
sent_segv(void)
{
	catch_now();
	kill(getpid(), SIGSEGV);
}

static void
sent_to_thread(void)
{
	catch_now();
	raise(SIGBUS);
}

static void
ignored_sent(void)
{
	signal(SIGSEGV, SIG_IGN);
	catch_now();
	kill(getpid(), SIGSEGV);
	_exit(35);
}

static void
ignored_fault(void)
{
	signal(SIGSEGV, SIG_IGN);
	catch_now();
	write_nowhere();
}

static void
info_before(void)
{
	struct sigaction sa = {
	    .sa_sigaction = with_info, .sa_flags = SA_SIGINFO};

	sigaddset(&sa.sa_mask, SIGUSR2);
	install(SIGSEGV, sa);
	catch_now();
	write_nowhere();
}

static void
plain_before(void)
{
	install(SIGFPE, (struct sigaction){.sa_handler = without_info});
	catch_now();
	divide();
}

static void
nodefer_before(void)
{
	install(SIGILL, (struct sigaction){.sa_sigaction = with_info,
			    .sa_flags = SA_SIGINFO | SA_NODEFER});
	catch_now();
	illegal();
}

static void
altstack_before(void)
{
	stack_t ss = {.ss_sp = altstack, .ss_size = sizeof(altstack)};

	sigaltstack(&ss, NULL);
	install(SIGSEGV, (struct sigaction){.sa_sigaction = with_info,
			     .sa_flags = SA_SIGINFO | SA_ONSTACK});
	catch_now();
	write_nowhere();
}

static void
queued(void)
{
	install(SIGSEGV, (struct sigaction){.sa_sigaction = with_info,
			     .sa_flags = SA_SIGINFO});
	catch_now();
	sigqueue(getpid(), SIGSEGV, (union sigval){.sival_int = 4711});
}

static void
installed_after(void)
{
	catch_now();
	install(SIGSEGV, (struct sigaction){.sa_sigaction = with_info,
			     .sa_flags = SA_SIGINFO});
	write_nowhere();
}

/* Twice by siglongjmp: the mask and the handler are as they were. */
static void
jumped_out(void)
{
	volatile int times = 0;
	sigset_t now;

	install(SIGSEGV, (struct sigaction){.sa_handler = jumps});
	catch_now();
	sigsetjmp(env, 1);
	if (times++ < 2)
		write_nowhere();
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	_exit(40 + sigismember(&now, SIGSEGV));
}

static void
once_only(void)
{
	install(SIGSEGV, (struct sigaction){.sa_handler = jumps,
			     .sa_flags = (int)SA_RESETHAND});
	catch_now();
	sigsetjmp(env, 1);
	write_nowhere();
}

/* The kernel ends a process that faults where the signal is blocked. */
static void
fault_in_handler(void)
{
	install(SIGSEGV, (struct sigaction){.sa_handler = faults_itself});
	catch_now();
	write_nowhere();
}

/* A handler that came later calls what was there, which is gort's. */
static struct sigaction next;

static void
chains(int sig, siginfo_t *si, void *ucontext)
{
	shared->error++;
	if (next.sa_flags & SA_SIGINFO)
		next.sa_sigaction(sig, si, ucontext);
	else if (next.sa_handler != SIG_DFL && next.sa_handler != SIG_IGN)
		next.sa_handler(sig);
	else
		signal(sig, SIG_DFL);
}

static void
chained_after(void)
{
	struct sigaction sa = {.sa_sigaction = chains, .sa_flags = SA_SIGINFO};

	install(SIGSEGV, (struct sigaction){.sa_handler = without_info});
	catch_now();
	sigaction(SIGSEGV, &sa, &next);
	write_nowhere();
}

/* And gort's is installed over that again. */
static void
chained_between(void)
{
	struct sigaction sa = {.sa_sigaction = chains, .sa_flags = SA_SIGINFO};

	install(SIGSEGV, (struct sigaction){.sa_handler = without_info});
	catch_now();
	sigaction(SIGSEGV, &sa, &next);
	catch_now();
	write_nowhere();
}

static void *
unbound(void *unused)
{
	write_nowhere();
	return unused;
}

static void
nothing(void *unused)
{
	(void)unused;
}

/* A boundary was there, and one is on another thread. */
static void
other_thread(void *unused)
{
	pthread_t t;

	(void)unused;
	pthread_create(&t, NULL, unbound, NULL);
	pthread_join(t, NULL);
}

static void
outside_boundary(void)
{
	catch_now();
	gort_try(nothing, NULL, NULL);
	write_nowhere();
}

static void
thread_without_boundary(void)
{
	catch_now();
	gort_try(other_thread, NULL, NULL);
}

/* ---- comparing -------------------------------------------------------------- */

static struct seen
run_child(void (*fn)(void), int with_gort, const char *dir)
{
	struct rlimit core = {1 << 20, 1 << 20};
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (chdir(dir) != 0 || setrlimit(RLIMIT_CORE, &core) != 0)
			_exit(97);
		catching = with_gort;
		fn();
		_exit(36);
	}
	if (waitpid(pid, &shared->status, 0) != pid)
		shared->status = -1;
	return *shared;
}

static int
same(const char *name, void (*fn)(void), int ends_by)
{
	char dir[] = "/tmp/gort-fault-XXXXXX", clean[64];
	struct seen with, without;
	int ok;

	if (!mkdtemp(dir))
		return 0;
	without = run_child(fn, 0, dir);
	with = run_child(fn, 1, dir);
	snprintf(clean, sizeof(clean), "rm -rf %s", dir);
	ok = system(clean) == 0 && memcmp(&with, &without, sizeof(with)) == 0;
	if (!ok)
		printf("    %s: status %#x, was %#x; signal %d/%d code %d/%d "
		       "calls %d/%d mask %d%d/%d%d\n",
		    name, (unsigned)with.status, (unsigned)without.status,
		    with.signo, without.signo, with.code, without.code,
		    with.calls, without.calls, with.blocked_self,
		    with.blocked_other, without.blocked_self,
		    without.blocked_other);
	/* and it is not that nothing happened in either */
	if (ends_by > 0)
		ok &= WIFSIGNALED(with.status) &&
		      WTERMSIG(with.status) == ends_by;
	else
		ok &= WIFEXITED(with.status) && WEXITSTATUS(with.status) != 36;
	return ok;
}

#define SAME(fn, by) CHECK(same(#fn, fn, by))

static void
endings(void)
{
	SAME(plain_segv, SIGSEGV);
	SAME(plain_bus, SIGBUS);
	SAME(plain_fpe, SIGFPE);
	SAME(plain_ill, SIGILL);
}

static void
sent(void)
{
	SAME(sent_segv, SIGSEGV);
	SAME(sent_to_thread, SIGBUS);
	SAME(ignored_sent, 0);
	SAME(ignored_fault, SIGSEGV);
}

static void
handlers_before(void)
{
	SAME(info_before, 0);
	SAME(plain_before, 0);
	SAME(nodefer_before, 0);
	SAME(altstack_before, 0);
	SAME(queued, 0);
}

static void
handlers_after(void)
{
	SAME(installed_after, 0);
}

static void
handlers_leave(void)
{
	SAME(jumped_out, 0);
	SAME(once_only, SIGSEGV);
	SAME(fault_in_handler, SIGSEGV);
}

static void
chains_end(void)
{
	SAME(chained_after, 0);
	SAME(chained_between, 0);
}

static void
outside(void)
{
	SAME(outside_boundary, SIGSEGV);
	SAME(thread_without_boundary, SIGSEGV);
}

/* ---- inside ----------------------------------------------------------------- */

static volatile int noted;

static void
chains_here(int sig, siginfo_t *si, void *ucontext)
{
	noted++;
	next.sa_sigaction(sig, si, ucontext);
}

static void
fault_below(void *unused)
{
	(void)unused;
	write_nowhere();
}

/* A handler over ours that calls on leaves its signal unblocked. */
static void
chained_inside(void)
{
	struct sigaction sa = {
	    .sa_sigaction = chains_here, .sa_flags = SA_SIGINFO};
	struct sigaction old;
	struct gort_error err;
	sigset_t now;
	int i;

	REQUIRE(gort_catch_faults(1) == 0);
	sigaddset(&sa.sa_mask, SIGUSR2);
	REQUIRE(sigaction(SIGSEGV, &sa, &old) == 0);
	next = old;
	noted = 0;
	for (i = 1; i <= 3; i++) {
		CHECK(gort_try(fault_below, NULL, &err) == -GORT_EFAULT);
		CHECK(noted == i && err.address == 16);
		pthread_sigmask(SIG_BLOCK, NULL, &now);
		CHECK(!sigismember(&now, SIGSEGV));
		CHECK(!sigismember(&now, SIGUSR2));
	}
	CHECK(sigaction(SIGSEGV, &old, NULL) == 0);
	CHECK(gort_catch_faults(0) == 0);
}

/* What else a signal leaves changed. */
static void
state_is_kept(void)
{
	struct gort_error err;
	sigset_t set, now;
#ifdef __x86_64__
	unsigned mxcsr, was, after;
	unsigned short cw, cw_was, cw_after;
#endif
	int i;

	REQUIRE(gort_catch_faults(1) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
#ifdef __x86_64__
	__asm__("stmxcsr %0\n\tfnstcw %1" : "=m"(was), "=m"(cw_was));
	mxcsr = was | 0x8040;  /* flush to zero, denormals are zero */
	cw = cw_was & 0xfcffu; /* single precision */
	__asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(cw));
#endif
	for (i = 0; i < 3; i++)
		CHECK(gort_try(fault_below, NULL, &err) == -GORT_EFAULT);
#ifdef __x86_64__
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1"
			 : "=m"(after), "=m"(cw_after));
	__asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(was), "m"(cw_was));
	CHECK((after & ~0x3fu) == (mxcsr & ~0x3fu));
	CHECK(cw_after == cw);
#endif
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1) && !sigismember(&now, SIGSEGV));
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	CHECK(gort_catch_faults(0) == 0);
}

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

#if defined(__x86_64__) || defined(__i386__)
/* Two values on the x87 stack, and an exception of it that waits. */
static void
fault_in_x87(void *divides)
{
	unsigned short cw;

	__asm__ volatile("fnstcw %0" : "=m"(cw));
	cw &= 0xfffbu; /* division by zero is an exception */
	__asm__ volatile("fldcw %0\n\tfld1\n\tfldz\n\tfld1" : : "m"(cw));
	if (divides)
		__asm__ volatile("fdivp\n\tfwait");
	fault_below(NULL);
}

/* The kernel gives it back as it was; code after a boundary finds it empty. */
static void
check_x87(void)
{
	volatile long double x = 2;
	unsigned short was;
	struct gort_error err;
	int i;

	__asm__ volatile("fnstcw %0" : "=m"(was));
	for (i = 0; i < 4; i++) {
		CHECK(gort_try(fault_in_x87, i & 1 ? &err : NULL, &err) ==
		      -GORT_EFAULT);
		CHECK(err.signo == (i & 1 ? SIGFPE : SIGSEGV));
		__asm__ volatile("fldcw %0" : : "m"(was));
		CHECK(x * x == 4);
	}
}
#else
static void
check_x87(void)
{
}
#endif

/* An alternate stack that disarms itself is armed again. */
static void
autodisarm(void)
{
	stack_t ss = {.ss_sp = altstack,
	    .ss_size = sizeof(altstack),
	    .ss_flags = (int)SS_AUTODISARM};
	stack_t now, off = {.ss_flags = SS_DISABLE}, old;
	struct gort_error err;

	REQUIRE(gort_catch_faults(1) == 0);
	sigaltstack(NULL, &old);
	if (sigaltstack(&ss, NULL) != 0) {
		printf("    SKIP: %s\n", strerror(errno));
		gort_catch_faults(0);
		return;
	}
	CHECK(gort_try(fault_below, NULL, &err) == -GORT_EFAULT);
	CHECK(sigaltstack(NULL, &now) == 0 && now.ss_sp == altstack);
	check_x87();
	CHECK(sigaltstack(&off, NULL) == 0);
	if (!(old.ss_flags & SS_DISABLE))
		sigaltstack(&old, NULL);
	CHECK(gort_catch_faults(0) == 0);
}

static const struct test tests[] = {
    {"a fault ends the process with the same status and core", endings},
    {"so does a signal that was sent; one that is ignored does not", sent},
    {"handlers from before get the same siginfo, mask and stack",
	handlers_before},
    {"handlers from after come first", handlers_after},
    {"handlers may jump out, be used once, or fault", handlers_leave},
    {"handlers that call each other come to an end", chains_end},
    {"a fault outside a boundary is not gort's", outside},
    {"a later handler may hand a fault on to gort", chained_inside},
    {"mask and floating-point control are as before", state_is_kept},
    {"an alternate stack that disarms itself is armed again, the x87 empty",
	autodisarm},
};

int
main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 99;
	return RUN_TESTS("faults of the host", tests);
}
