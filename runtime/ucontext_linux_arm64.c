/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a ucontext, of a signal handler or for libunwind: Linux
 * arm64.
 */
#include "ucontext_regs.h"

#include <libunwind.h>
#include <string.h>
#include <sys/ucontext.h>

/* PSTATE.BTYPE: how the last branch went, for a landing mark to check */
#define PSTATE_BTYPE UINT64_C(0xc00)

/* libunwind's context is a shorter ucontext, up to the registers the same. */
_Static_assert(
    offsetof(unw_context_t, uc_mcontext) == offsetof(ucontext_t, uc_mcontext),
    "libunwind's context");

/*
 * The vector registers are the first record of what the kernel has added
 * (asm/sigcontext.h: magic, size, status, control, 32 of 16 bytes each).
 */
#define FPSIMD_MAGIC 0x46508001u
#define FPSIMD_V8 (16 + 8 * 16)

static void
get_vectors(const ucontext_t *uc, uintptr_t *d8)
{
	const char *at = (const char *)uc->uc_mcontext.__reserved;
	uint32_t magic;
	int i;

	memcpy(&magic, at, sizeof(magic));
	for (i = 0; i < 8; i++) {
		d8[i] = 0;
		if (magic == FPSIMD_MAGIC)
			memcpy(&d8[i], at + FPSIMD_V8 + 16 * i, sizeof(d8[i]));
	}
}

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	int i;

	regs->pc = uc->uc_mcontext.pc;
	regs->sp = uc->uc_mcontext.sp;
	for (i = 0; i < K_D8; i++)
		regs->r[i] = uc->uc_mcontext.regs[gort__kept_dwarf(i)];
	get_vectors(uc, &regs->r[K_D8]);
}

void
gort__ucontext_set(void *ucontext, const struct gort__regs *regs)
{
	ucontext_t *uc = ucontext;
	int i;

	uc->uc_mcontext.pc = regs->pc;
	uc->uc_mcontext.sp = regs->sp;
	for (i = 0; i < K_D8; i++)
		uc->uc_mcontext.regs[gort__kept_dwarf(i)] = regs->r[i];
}

/*
 * x30 may hold the return address of a leaf function, so it is kept beside
 * the pc: FAULT_..., catch_sysv_arm64.S. There is no red zone.
 */
void
gort__ucontext_call(void *ucontext, void (*fn)(void))
{
	ucontext_t *uc = ucontext;
	uint64_t *sp;

	uc->uc_mcontext.sp -= 32;
	sp = (uint64_t *)uc->uc_mcontext.sp;
	sp[1] = uc->uc_mcontext.pc;
	sp[2] = uc->uc_mcontext.regs[30];
	uc->uc_mcontext.pc = (uintptr_t)fn;
	uc->uc_mcontext.pstate &= ~PSTATE_BTYPE;
}

/* Returning restores what else the kernel has saved. */
void
gort__ucontext_leave(const void *ucontext, const void *caller)
{
	(void)ucontext;
	(void)caller;
}

/* All handlers have a ucontext. */
uintptr_t
gort__oldframe_sp(uintptr_t at, uintptr_t word)
{
	(void)at;
	(void)word;
	return 0;
}
