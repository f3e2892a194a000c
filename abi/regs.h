/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers that a frame gives back to its caller, and going on with a
 * set of them.
 */
#ifndef GORT_ABI_REGS_H
#define GORT_ABI_REGS_H

#include "abi.h"

struct gort__regs {
	uintptr_t pc;           /* where the frame goes on: a return address */
	uintptr_t sp;           /* after the return to it */
	uintptr_t r[REGS_KEPT]; /* preserved registers: K_..., cpu.h */
};

GORT__AT(struct gort__regs, pc, REGS_PC);
GORT__AT(struct gort__regs, sp, REGS_SP);
GORT__AT(struct gort__regs, r, REGS_R);

/* The registers of the caller, as after the return of this call. */
void gort__getregs(struct gort__regs *regs);

/*
 * Where an entered call goes on when its body returns: fills pc and what the
 * frame holds of the other registers; sp is FRAME_SP.
 */
static inline void
gort__frame_resume(const struct gort__frame *f, struct gort__regs *regs)
{
#ifdef ENTRY_KEEPS_FRAME
	regs->pc = (uintptr_t)gort__entry_out;
	regs->r[K_ENTRY] = (uintptr_t)f;
#else
	regs->pc = (uintptr_t)f->pc;
	regs->r[K_ENTRY] = (uintptr_t)f->bx;
#endif
	regs->sp = (uintptr_t)f->sp;
}

/*
 * Call fn(arg) in place of what the frame called: with its registers, its
 * stack pointer and its pc as return address. What lay deeper is gone. fn
 * must not return.
 */
_Noreturn void gort__call_from(
    const struct gort__regs *regs, void (*fn)(void *), void *arg);

/* Go on at regs->pc, which is no return address: nothing is pushed. */
_Noreturn void gort__go(const struct gort__regs *regs);

/* What a call returns, in every place where a caller may look for it. */
struct gort__result {
	uintptr_t gpr[2] __attribute__((aligned(16))); /* integers, pointers */
	uint64_t fp[2] __attribute__((aligned(16)));   /* vector register */
	unsigned char st[16]; /* a long double, for the x87 stack */
	uintptr_t x87;        /* st is used */
	const void *more;     /* REGS_MORE bytes for the caller; NULL: as now */
};

/* Go on at regs->pc as after the return of a call that gave r. */
_Noreturn void gort__return_to(
    const struct gort__regs *regs, const struct gort__result *r);

#endif
