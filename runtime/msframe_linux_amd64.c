/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of code of Windows' calling convention in a Linux process, whose
 * handlers are gcc's: finding and entering their landing pads.
 *
 * Note [Landing in Windows' code]
 * The tables of such a frame are those of Linux, so the process's own
 * personality routine decides what is done there. But the landing pad expects
 * rdi, rsi and xmm6 to xmm15 as they were at the call, and no unwinder gives
 * those back: libgcc's follows no vector registers and writes neither of the
 * others. So the personality routine of these frames asks the process's, and
 * where that has chosen a landing pad, it does not return but goes there itself,
 * as boundaries do (Note [Whose unwinder]).
 *
 * The values are on the stack between there and here. All code of System V's
 * convention that such a frame calls is called by a function that keeps all of
 * them for it: gort__msbridge, or one that a compiler has made (ms_abi), whose
 * unwind data says where. Other such frames in between have saved what they use,
 * which their own unwind data says (Note [Frames of Windows' code]). So one walk
 * from here takes from each frame what that has saved, the last as the last
 * word. A frame of System V's convention saves none and may change all, but
 * before the walk is back in Windows' code there is another bridge. What a fault
 * found is saved by gort__sigpanic. The unwind data of these two does not say
 * it, since libunwind takes none that names vector registers.
 *
 * A panic that runs on another stack, as after overflow, cannot be walked from:
 * until it has entered a landing pad of other code, those of Windows' code are
 * left out.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"

#include <dlfcn.h>
#include <string.h>

#define ALL ((1u << MORE_RULES) - 1)

static void
take_all(uintptr_t cfa, struct gort__mskept *kept)
{
	memcpy(
	    kept->xmm, (const void *)(cfa - MSKEPT_AT_XMM), sizeof(kept->xmm));
	memcpy(&kept->di, (const void *)(cfa - MSKEPT_AT_DI), 8);
	memcpy(&kept->si, (const void *)(cfa - MSKEPT_AT_SI), 8);
}

/* Take what the frame of regs has saved. Returns which, as bits. */
static unsigned
take_saved(const struct cfirow *row, const struct cfirule *more,
    const struct gort__regs *regs, struct gort__mskept *kept)
{
	uintptr_t cfa = gort__row_cfa(row, regs), at;
	unsigned had = 0, i;

	if (regs->pc == (uintptr_t)gort__msbridge_called ||
	    regs->pc == (uintptr_t)gort__sigpanic_called) {
		take_all(cfa, kept);
		return ALL;
	}
	for (i = 0; i < MORE_RULES; i++) {
		at = gort__rule_place(&more[i], regs, cfa);
		if (!at)
			continue;
		if (i < 10)
			memcpy(kept->xmm[i], (const void *)at, 16);
		else
			memcpy(i == 10 ? &kept->di : &kept->si,
			    (const void *)at, 8);
		had |= 1u << i;
	}
	return had;
}

bool
gort__msframe_kept(uintptr_t sp, struct gort__mskept *kept)
{
	const struct g *gp = gort__getg();
	struct cfirule more[MORE_RULES];
	unsigned known = 0, depth;
	struct gort__regs regs;
	bool pad, exact = false;
	struct cfirow row;
	enum step s;

	gort__getregs(&regs);
	if (gp && regs.sp >= (uintptr_t)gp->m->spare.lo &&
	    regs.sp < (uintptr_t)gp->m->spare.hi)
		return false;
	for (depth = 0; regs.sp != sp && depth < 1000000; depth++) {
		if (gort__cfi_more(regs.pc - !exact, &row, more) && !row.hard)
			known |= take_saved(&row, more, &regs, kept);
		s = gort__unwind_step(NULL, &regs, &pad, &exact);
		if (s == STEP_END)
			return false;
		if (s == STEP_SKIPPED)
			known = 0; /* who knows what that has saved */
	}
	return known == ALL;
}

/* The frame calls the bridge, which calls fn. */
_Noreturn void
gort__msframe_call(const struct gort__regs *regs,
    const struct gort__mskept *kept, void (*fn)(void *, void *), void *arg)
{
	struct gort__result r = {
	    .gpr = {(uintptr_t)fn, (uintptr_t)arg}, .more = kept};
	struct gort__regs to = *regs;

	to.sp -= sizeof(to.pc);
	*(uintptr_t *)to.sp = to.pc;
	to.pc = (uintptr_t)gort__msbridge;
	gort__return_to(&to, &r);
}

/*
 * The process's routine, looked for when the first such frame is passed, by all
 * that come meanwhile. What brought its library along may have done so for
 * itself alone.
 */
static _Unwind_Personality_Fn
routine(unsigned i)
{
	static _Unwind_Personality_Fn _Atomic found[2];
	const char *name = i ? "__gcc_personality_v0" : "__gxx_personality_v0";
	void *lib;

	if (found[i] || gort__dl_function(NULL, name, &found[i]))
		return found[i];
	lib = dlopen(
	    i ? "libgcc_s.so.1" : "libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
	if (lib)
		gort__dl_function(lib, name, &found[i]);
	return found[i];
}

/*
 * caller: who asks, and whose ctx is. What the process's routine answers; where
 * that is a landing pad, go there.
 */
static _Unwind_Reason_Code
answer(unsigned i, const void *caller, _Unwind_Action actions,
    struct _Unwind_Exception *ue, struct _Unwind_Context *ctx)
{
	struct gort__mskept kept;
	struct gort__result r = {.more = &kept};
	_Unwind_Personality_Fn fn = routine(i);
	_Unwind_Reason_Code rc;
	struct gort__regs regs;

	if (!fn || !gort__is_unwinder(caller))
		return _URC_CONTINUE_UNWIND;
	rc = fn(1, actions, ue->exception_class, ue, ctx);
	if (rc != _URC_INSTALL_CONTEXT)
		return rc;
	gort__raise_context(ctx, &regs, r.gpr);
	if (gort__msframe_kept(regs.sp, &kept))
		gort__return_to(&regs, &r);
	if (actions & _UA_HANDLER_FRAME)
		gort__throw(
		    "Windows' code cannot catch: its registers are lost");
	return _URC_CONTINUE_UNWIND;
}

_Unwind_Reason_Code
gort__msframe_cxx(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx)
{
	(void)version; /* it is 1 */
	(void)class;
	return answer(0, __builtin_return_address(0), actions, ue, ctx);
}

_Unwind_Reason_Code
gort__msframe_c(int version, _Unwind_Action actions,
    _Unwind_Exception_Class class, struct _Unwind_Exception *ue,
    struct _Unwind_Context *ctx)
{
	(void)version;
	(void)class;
	return answer(1, __builtin_return_address(0), actions, ue, ctx);
}

bool
gort__is_msframe(uintptr_t personality)
{
	return personality == (uintptr_t)gort__msframe_cxx ||
	       personality == (uintptr_t)gort__msframe_c;
}
