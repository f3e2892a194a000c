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

/* 386: go on at regs->pc, which is no return address: nothing is pushed. */
_Noreturn void gort__go(const struct gort__regs *regs);

/*
 * amd64: what functions of Windows' convention keep for their callers and
 * System V's do not.
 */
struct gort__mskept {
	uint64_t xmm[10][2]; /* xmm6 to xmm15 */
	uint64_t di, si;
};

GORT__AT(struct gort__mskept, di, MSKEPT_DI);
GORT__AT(struct gort__mskept, si, MSKEPT_SI);

/*
 * Linux amd64, not to be called from C. Where the call returns to in it and in
 * gort__sigpanic: so far below the CFA lies there what a mskept has.
 */
void gort__msbridge(void) GORT__INTERNAL;
extern const char gort__msbridge_called[] GORT__INTERNAL;
extern const char gort__sigpanic_called[] GORT__INTERNAL;
#define MSKEPT_AT_XMM 192
#define MSKEPT_AT_DI 24
#define MSKEPT_AT_SI 32

/* What a call returns, in every place where a caller may look for it. */
struct gort__result {
	uintptr_t gpr[2] __attribute__((aligned(16))); /* integers, pointers */
	uint64_t fp[2] __attribute__((aligned(16)));   /* vector register */
	unsigned char st[16]; /* a long double, for the x87 stack */
	uintptr_t x87;        /* st is used */
	const void *more; /* REGS_MORE bytes for the caller, or where that */
			  /* is 0 a struct gort__mskept; NULL: as now */
};

/* Go on at regs->pc as after the return of a call that gave r. */
_Noreturn void gort__return_to(
    const struct gort__regs *regs, const struct gort__result *r);

#endif
