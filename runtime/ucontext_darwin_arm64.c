/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers in a signal handler's ucontext: macOS arm64.
 */
#include "ucontext_regs.h"

#include <sys/ucontext.h>

/* where a kept register lies: x29 and x30 have names of their own */
static uint64_t *
reg_at(_STRUCT_ARM_THREAD_STATE64 *s, int column)
{
	int number = gort__kept_dwarf(column);

	return number == 29   ? &s->__fp
	       : number == 30 ? &s->__lr
			      : &s->__x[number];
}

void
gort__ucontext_get(const void *ucontext, struct gort__regs *regs)
{
	const ucontext_t *uc = ucontext;
	_STRUCT_ARM_THREAD_STATE64 *s = &uc->uc_mcontext->__ss;
	int i;

	regs->pc = s->__pc;
	regs->sp = s->__sp;
	for (i = 0; i < REGS_KEPT; i++)
		regs->r[i] = *reg_at(s, i);
}

void
gort__ucontext_set(void *ucontext, const struct gort__regs *regs)
{
	ucontext_t *uc = ucontext;
	_STRUCT_ARM_THREAD_STATE64 *s = &uc->uc_mcontext->__ss;
	int i;

	s->__pc = regs->pc;
	s->__sp = regs->sp;
	for (i = 0; i < REGS_KEPT; i++)
		*reg_at(s, i) = regs->r[i];
}

/*
 * x30 may hold the return address of a leaf function, so it is kept beside
 * the pc: FAULT_..., catch_sysv_arm64.S; below the red zone of 128 bytes.
 */
void
gort__ucontext_call(void *ucontext, void (*fn)(void))
{
	ucontext_t *uc = ucontext;
	_STRUCT_ARM_THREAD_STATE64 *s = &uc->uc_mcontext->__ss;
	uint64_t *sp;

	s->__sp -= 32;
	sp = (uint64_t *)s->__sp;
	sp[1] = s->__pc;
	sp[2] = s->__lr;
	s->__pc = (uintptr_t)fn;
}

/* The kernel's return restores more than registers. */
void
gort__ucontext_leave(const void *ucontext, const void *caller)
{
	(void)ucontext;
	(void)caller;
}
