/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a ucontext, of a signal handler or for libunwind: Linux
 * amd64.
 */
#include "ucontext_regs.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

/* not in every C library's headers */
#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static const int greg[REGS_KEPT] = {
    REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15};

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	const greg_t *g = uc->uc_mcontext.gregs;
	int i;

	regs->pc = (uintptr_t)g[REG_RIP];
	regs->sp = (uintptr_t)g[REG_RSP];
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = (uintptr_t)g[greg[i]];
}

void
gort__ucontext_set(void *ucontext, const struct gort__regs *regs)
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;
	int i;

	g[REG_RIP] = (greg_t)regs->pc;
	g[REG_RSP] = (greg_t)regs->sp;
	for (i = 0; i < REGS_KEPT; i++)
		g[greg[i]] = (greg_t)regs->r[i];
}

/*
 * The word lies in the red zone (psABI 3.2.2): only a leaf function uses
 * that, and the instruction that faulted is not run again. So the frame of
 * the faulting function is just as its unwind data says.
 */
void
gort__ucontext_call(void *ucontext, void (*fn)(void))
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;

	g[REG_RSP] -= 8;
	*(greg_t *)g[REG_RSP] = g[REG_RIP];
	g[REG_RIP] = (greg_t)(uintptr_t)fn;
}

/*
 * The kernel gives a handler cleared floating-point state; what a call
 * preserves of the code's (psABI 3.2.1) is in its frame: the control word of
 * the x87 and MXCSR. An alternate stack that it disarmed only it can arm. What
 * calls of Windows' convention preserve goes along.
 */
void
gort__ucontext_leave(const void *ucontext, const void *caller)
{
	const ucontext_t *uc = ucontext;
	fpregset_t fp = uc->uc_mcontext.fpregs;
	struct gort__mskept kept;
	struct gort__result r = {.more = &kept};
	struct gort__regs regs;

	/* the frame that the kernel makes begins with its return address */
	if (caller != ((void *const *)ucontext)[-1] || !fp ||
	    ((unsigned)uc->uc_stack.ss_flags & SS_AUTODISARM))
		return;
	gort__ucontext_get(ucontext, &regs);
	/* another handler may have jumped to ours, with a mask of its own */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &uc->uc_sigmask, NULL, 8);
	__asm__ volatile("fldcw %0\n\tldmxcsr %1"
			 :
			 : "m"(fp->cwd), "m"(fp->mxcsr));
	memcpy(kept.xmm, &fp->_xmm[6], sizeof(kept.xmm));
	kept.di = (uint64_t)uc->uc_mcontext.gregs[REG_RDI];
	kept.si = (uint64_t)uc->uc_mcontext.gregs[REG_RSI];
	gort__return_to(&regs, &r);
}

/* All handlers have a ucontext. */
uintptr_t
gort__oldframe_sp(uintptr_t at, uintptr_t word)
{
	(void)at;
	(void)word;
	return 0;
}
