/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a ucontext, of a signal handler or for libunwind: Linux
 * 386.
 */
#include "os.h"
#include "ucontext_regs.h"

#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <unistd.h>

/* not in every C library's headers */
#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static const int greg[REGS_KEPT] = {REG_EBX, REG_EBP, REG_ESI, REG_EDI};

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	const greg_t *g = uc->uc_mcontext.gregs;
	int i;

	regs->pc = (uintptr_t)g[REG_EIP];
	regs->sp = (uintptr_t)g[REG_ESP];
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = (uintptr_t)g[greg[i]];
}

void
gort__ucontext_set(void *ucontext, const struct gort__regs *regs)
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;
	int i;

	g[REG_EIP] = (greg_t)regs->pc;
	g[REG_ESP] = (greg_t)regs->sp;
	for (i = 0; i < REGS_KEPT; i++)
		g[greg[i]] = (greg_t)regs->r[i];
}

/* 386 has no red zone: what lies below esp is nobody's. */
void
gort__ucontext_call(void *ucontext, void (*fn)(void))
{
	ucontext_t *uc = ucontext;
	greg_t *g = uc->uc_mcontext.gregs;

	g[REG_ESP] -= 4;
	*(greg_t *)g[REG_ESP] = g[REG_EIP];
	g[REG_EIP] = (greg_t)(uintptr_t)fn;
}

/*
 * What lies on the stack when the kernel has called a handler with SA_SIGINFO
 * (rt_sigframe of Linux, arch/x86).
 */
struct sigframe {
	const void *caller; /* the handler's return address */
	int sig;
	const void *info_at;
	const void *ucontext_at;
	unsigned char info[128];
	ucontext_t ucontext;
};

/* The part of the kernel's floating-point state that is of interest here. */
struct fpstate {
	uint32_t cw;
	unsigned char x87[106];
	uint16_t magic; /* 0: mxcsr is there */
	uint32_t env[6];
	uint32_t mxcsr;
};

_Static_assert(offsetof(struct fpstate, magic) == 110, "");
_Static_assert(offsetof(struct fpstate, mxcsr) == 136, "");
_Static_assert(offsetof(struct sigframe, ucontext) == 144, "");

/*
 * As on amd64, past the kernel's return from a handler: for 32-bit code that
 * takes apart all floating-point state. 0 is no mxcsr of a processor that has
 * one, but for code that unmasks everything; it returns as usual.
 */
void
gort__ucontext_leave(const void *ucontext, const void *caller)
{
	const ucontext_t *uc = ucontext;
	const char *at = ucontext;
	const struct sigframe *frame =
	    (const void *)(at - offsetof(struct sigframe, ucontext));
	const struct fpstate *fp = (const void *)uc->uc_mcontext.fpregs;
	struct gort__regs regs;

	/* somebody's copy of a context may have nothing before it */
	if ((uintptr_t)at - (uintptr_t)__builtin_frame_address(0) > 4096)
		return;
	/* the frame that the kernel makes begins with its return address */
	if (caller != frame->caller || frame->ucontext_at != ucontext || !fp ||
	    fp->magic || !fp->mxcsr ||
	    ((unsigned)uc->uc_stack.ss_flags & SS_AUTODISARM))
		return;
	gort__ucontext_get(ucontext, &regs);
	/* another handler may have jumped to ours, with a mask of its own */
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &uc->uc_sigmask, NULL, 8);
	__asm__ volatile("fldcw %0\n\tldmxcsr %1"
			 :
			 : "m"(fp->cw), "m"(fp->mxcsr));
	gort__go(&regs);
}

/*
 * struct sigframe of the kernel (arch/x86, sigframe.h) holds a sigcontext, the
 * same words as a gregset_t, where esp stands twice.
 */
uintptr_t
gort__oldframe_sp(uintptr_t at, uintptr_t word)
{
	uintptr_t cs, ss;
	gregset_t g;

	__asm__("mov %%cs, %0\n\tmov %%ss, %1" : "=r"(cs), "=r"(ss));
	if (word != cs ||
	    !gort__safe_read(
		(const void *)(at - REG_CS * sizeof(g[0])), g, sizeof(g)) ||
	    (uintptr_t)g[REG_SS] != ss || g[REG_ESP] != g[REG_UESP])
		return 0;
	return (uintptr_t)g[REG_ESP];
}
