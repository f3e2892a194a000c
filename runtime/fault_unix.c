/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hardware faults as panics, on request: SIGSEGV, SIGBUS, SIGFPE and SIGILL
 * raised by an instruction below a boundary. The handler leaves to
 * gort__sigpanic on the faulting stack: by returning there, or, where nothing
 * but registers has to be restored, directly (gort__ucontext_leave). Where the
 * stack is full the panic runs on memory that the m has for that. All other
 * deliveries go to the handler that was there before, as if it were installed
 * itself.
 */
#include "../include/small.h"
#include "config.h"

#include "runtime.h"
#include "objbounds.h"
#include "ucontext_regs.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define UNDER_ASAN 1
#else
#define UNDER_ASAN 0
#endif
#ifdef HAVE_SANITIZERS /* they count handlers that are at work */
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#define NSIGNALS (sizeof(signals) / sizeof(signals[0]))

/*
 * What was there when ours was installed; and the first time. They differ where
 * somebody came over us, perhaps to call us in turn, before we were installed
 * again.
 */
static struct sigaction before[NSIGNALS], first[NSIGNALS];
static bool had_first[NSIGNALS];

/* Append an address; the text has room. */
static char *
put_address(char *to, uintptr_t v)
{
	int shift = 8 * (int)sizeof(v) - 4;

	while (shift > 0 && !(v >> shift))
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*to++ = "0123456789abcdef"[v >> shift & 15];
	return to;
}

static const char *
cause(const siginfo_t *si)
{
	switch (si->si_signo) {
	case SIGSEGV:
		return si->si_code == SEGV_MAPERR   ? "address not mapped"
		       : si->si_code == SEGV_ACCERR ? "access not permitted"
						    : "invalid address";
	case SIGBUS:
		return "bus error";
	case SIGFPE:
		return si->si_code == FPE_INTDIV   ? "integer divide by zero"
		       : si->si_code == FPE_INTOVF ? "integer overflow"
						   : "arithmetic exception";
	default:
		return "illegal instruction";
	}
}

static const char *
signal_name(int sig)
{
	switch (sig) {
	case SIGSEGV:
		return "SIGSEGV";
	case SIGBUS:
		return "SIGBUS";
	case SIGFPE:
		return "SIGFPE";
	default:
		return "SIGILL";
	}
}

/* "SIGSEGV: address not mapped (address 0x8)"; no snprintf: it is slow. */
static void
describe(struct gort_error *err, const siginfo_t *si)
{
	char *to = err->message;

	to = gort__put(to, signal_name(si->si_signo));
	to = gort__put(gort__put(to, ": "), cause(si));
	to = put_address(gort__put(to, " (address 0x"), err->address);
	gort__put(to, ")")[0] = '\0';
}

/* Bytes of stack that raising a panic and a cleanup may take. */
#define ROOM 16384
/* A frame may go past its stack's end by so much, guard and all. */
#define PAST (1 << 20)
#define SIGSTACK_BYTES 65536
#define SPARE_BYTES (256 << 10)

/* Is a thread with stack b out of room at sp? */
static bool
is_full(const struct gort__bounds *b, uintptr_t sp)
{
	uintptr_t lo = (uintptr_t)b->lo;

	return b->lo && sp < lo + ROOM && sp > lo - PAST;
}

/*
 * The panic runs on the stack of the fault, or where that is full on the
 * spare one. false: that one is full itself.
 */
static bool
find_stack(struct m *mp, struct panic *p, bool unmapped, void *ucontext)
{
	struct gort__bounds own = mp->own;
	struct gort__regs regs = p->regs;

	/* it may end earlier: RLIMIT_AS, a mapping that it has grown up to */
	if (unmapped &&
	    p->err.address - (uintptr_t)own.lo < (size_t)(own.hi - own.lo))
		own.lo = (char *)p->err.address;
	if (is_full(&mp->spare, regs.sp))
		return false;
	if (!is_full(&own, regs.sp))
		return true;
	if (!mp->spare.lo || (regs.sp > (uintptr_t)mp->spare.lo &&
				 regs.sp < (uintptr_t)mp->spare.hi))
		return false;
	if (p->err.signo == SIGSEGV)
		gort__copy(p->err.message, sizeof(p->err.message),
		    "SIGSEGV: stack overflow");
	p->elsewhere = true;
	p->stack_end = (uintptr_t)own.lo;
	p->from = regs;
	regs.sp = (uintptr_t)mp->spare.hi - 64;
	gort__ucontext_set(ucontext, &regs);
	return true;
}

/*
 * A fault while a panic is being raised is not walked again: it is as if the
 * walk had ended there.
 */
static bool
take(siginfo_t *si, void *ucontext)
{
	struct g *gp = gort__getg();
	struct panic *p;

	/* si_code > 0: raised by the kernel for an instruction */
	if (!gp || si->si_code <= 0 || !gort__boundary(gp))
		return false;
	p = gort__panic_new(gp);
	p->err.code = GORT_EFAULT;
	p->err.signo = si->si_signo;
	p->err.address = (uintptr_t)si->si_addr;
	describe(&p->err, si);
	gort__ucontext_get(ucontext, &p->regs);
	if (!find_stack(gp->m, p,
		si->si_signo == SIGSEGV && si->si_code == SEGV_MAPERR,
		ucontext)) {
		gort__panic_free(gp, p);
		return false;
	}
	gort__ucontext_call(ucontext, gort__sigpanic);
	return true;
}

/* Is it our own code that read where it must not, on a broken stack? */
static bool
is_own(uintptr_t pc)
{
	const char *base, *end;

	return gort__object_bounds(
		   (const void *)(uintptr_t)gort__sigpanic, &base, &end) &&
	       pc >= (uintptr_t)base && pc < (uintptr_t)end;
}

_Noreturn void
gort__sigpanic_c(void *sp)
{
	struct g *gp = gort__getg();
	struct panic *p = gp->ctx.panic;

	(void)sp;
	if (is_own(p->regs.pc))
		gort__unwind_broken(gp);
	if (gp->raising) {
		gp->raising = false;
		gort__panic_blame(gp, p);
		gort__panic_land(gort__boundary(gp), p);
	}
	gort__panic_raise(gp, p, &p->regs);
}

static unsigned
index_of(int sig)
{
	unsigned i;

	for (i = 0; signals[i] != sig; i++)
		;
	return i;
}

/*
 * The default action: it takes place when the instruction runs again. One that
 * was sent is sent again as it was, and waits for the handler's return.
 */
static void
default_action(int sig, siginfo_t *si)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(sig, &dfl, NULL);
	if (si->si_code > 0)
		return;
	sigemptyset(&set);
	sigaddset(&set, sig);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
#ifdef __linux__
	syscall(SYS_rt_tgsigqueueinfo, getpid(), gort__tid(), sig, si);
#else
	pthread_kill(pthread_self(), sig);
#endif
}

/*
 * A word of siginfo_t that the kernel does not use marks what we have passed
 * on: who came over us and calls us in turn must not be called again.
 */
#define MARK 0x676f7274
#define MARK_AT (sizeof(siginfo_t) / sizeof(int) - 1)

static bool
mark(siginfo_t *si)
{
	int was, with = MARK;
	char *at = (char *)si + MARK_AT * sizeof(int);

	memcpy(&was, at, sizeof(was));
	memcpy(at, &with, sizeof(with));
	return was == MARK;
}

/* SA_RESETHAND: a handler is called once. */
static void
use_up(unsigned i, void (*fn)(int))
{
	if (before[i].sa_handler == fn)
		before[i].sa_handler = SIG_DFL;
	if (first[i].sa_handler == fn)
		first[i].sa_handler = SIG_DFL;
}

/* As the kernel would call the handler that was there. */
static void
pass_on(int sig, siginfo_t *si, void *ucontext)
{
	unsigned i = index_of(sig);
	struct sigaction sa = mark(si) ? first[i] : before[i];
	sigset_t old;

	if (sa.sa_handler == SIG_IGN && si->si_code <= 0)
		return;
	if (sa.sa_handler == SIG_DFL || sa.sa_handler == SIG_IGN) {
		default_action(sig, si);
		return;
	}
	if ((unsigned)sa.sa_flags & (unsigned)SA_RESETHAND)
		use_up(i, sa.sa_handler);
	if (!(sa.sa_flags & SA_NODEFER))
		sigaddset(&sa.sa_mask, sig);
	pthread_sigmask(SIG_BLOCK, &sa.sa_mask, &old);
	if (sa.sa_flags & SA_SIGINFO)
		sa.sa_sigaction(sig, si, ucontext);
	else
		sa.sa_handler(sig);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void
handler(int sig, siginfo_t *si, void *ucontext)
{
	int saved = errno;
	bool taken = atomic_load(&gort__catching) && take(si, ucontext);

	if (!taken)
		pass_on(sig, si, ucontext);
	errno = saved;
	if (taken && !UNDER_SANITIZER)
		gort__ucontext_leave(ucontext, __builtin_return_address(0));
}

static bool
is_ours(const struct sigaction *sa)
{
	return (sa->sa_flags & SA_SIGINFO) && sa->sa_sigaction == handler;
}

/* Put back what was there, unless somebody has come after us. */
static void
restore_all(void)
{
	struct sigaction now;
	unsigned i;

	for (i = 0; i < NSIGNALS; i++) {
		if (sigaction(signals[i], NULL, &now) != 0 || !is_ours(&now))
			continue;
		sigaction(signals[i], &before[i], NULL);
		had_first[i] = false;
	}
}

__attribute__((cold)) static int
install_all(struct gort_err *e)
{
	struct sigaction sa = {.sa_sigaction = handler};
	unsigned i;

	for (i = 0; i < NSIGNALS; i++) {
		struct sigaction now;

		if (sigaction(signals[i], NULL, &now) != 0)
			goto fail;
		if (is_ours(&now))
			continue;
		if (!had_first[i]) {
			first[i] = now;
			had_first[i] = true;
		}
		before[i] = now;
		sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER |
			      (now.sa_flags & SA_RESTART);
		if (sigaction(signals[i], &sa, NULL) != 0)
			goto fail;
	}
	return 0;
fail:
	gort__err(e, GORT_ESYS, NULL, GORT_ERR_NO_OFFSET, "sigaction(%s): %s",
	    signal_name(signals[i]), strerror(errno));
	restore_all();
	return -e->code;
}

static bool
map_stack(struct gort__bounds *b, size_t bytes)
{
	size_t guard = gort__pagesize();
	char *at;

	if (b->lo)
		return true;
	at = gort__sysalloc(guard + bytes);
	if (!at)
		return false;
	mprotect(at, guard, PROT_NONE);
	b->lo = at + guard;
	b->hi = b->lo + bytes;
	return true;
}

static void
unmap_stack(struct gort__bounds *b)
{
	size_t guard = gort__pagesize();

	if (b->lo)
		gort__sysfree(b->lo - guard, (size_t)(b->hi - b->lo) + guard);
	b->lo = NULL;
}

void
gort__faults_thread(struct m *mp)
{
	int saved = errno;
	stack_t now, ss = {.ss_flags = 0};

	if (!atomic_load(&gort__catching))
		return; /* the request is another's */
	if (!mp->own.lo && !gort__threadstack(&mp->own))
		mp->own.lo = NULL;
	/* AddressSanitizer gives threads alternate stacks of its own */
	if (!UNDER_ASAN && sigaltstack(NULL, &now) == 0 &&
	    (now.ss_flags & SS_DISABLE) &&
	    map_stack(&mp->sigstack, SIGSTACK_BYTES)) {
		ss.ss_sp = mp->sigstack.lo;
		ss.ss_size = SIGSTACK_BYTES;
		sigaltstack(&ss, NULL);
	}
	map_stack(&mp->spare, SPARE_BYTES);
	errno = saved;
}

void
gort__faults_thread_end(struct m *mp)
{
	stack_t now, off = {.ss_flags = SS_DISABLE};

	if (mp->sigstack.lo && sigaltstack(NULL, &now) == 0 &&
	    now.ss_sp == mp->sigstack.lo)
		sigaltstack(&off, NULL);
}

void
gort__faults_free(struct m *mp)
{
	unmap_stack(&mp->sigstack);
	unmap_stack(&mp->spare);
}

/* Every thread that is bound gets its stacks at its next boundary. */
static void
make_threads_ready(void)
{
	struct m *mp;

	gort__allm_lock();
	for (mp = gort__allm(); mp; mp = mp->alllink)
		gort__ask(&mp->g0);
	gort__allm_unlock();
}

int
gort_catch_faults(int want)
{
	struct gort_err e;
	int rc = 0;

	gort__full_step_load();
	gort__gate_lock();
	if (want) {
		rc = install_all(&e);
		if (rc == 0 && !atomic_exchange(&gort__catching, true))
			make_threads_ready();
	} else if (atomic_exchange(&gort__catching, false)) {
		restore_all();
	}
	gort__gate_unlock();
	return rc ? gort__seterr(&e) : 0;
}

void
gort__faults_off(void)
{
	gort__gate_lock();
	if (atomic_exchange(&gort__catching, false))
		restore_all();
	gort__gate_unlock();
}
