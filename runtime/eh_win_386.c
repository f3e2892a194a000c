/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The meeting with libgcc's DWARF unwinder on Windows 386. Each DLL registers
 * its own .eh_frame with libgcc_s_dw2-1.dll, if that is in the process when
 * the DLL is loaded. C++ plugins may bring it along later: then it is told of
 * this library's frames, boundary and entry, before code of theirs can throw.
 */
#include "runtime.h"
#include "dynlib.h"
#include "objbounds.h"

#include <string.h>

#define LIBGCC "libgcc_s_dw2-1.dll"

static struct gort__mutex lock = GORT__MUTEX_INIT;
static bool joined; /* lock */

bool
gort__dl_unwinder(void **lib)
{
	*lib = GetModuleHandleA(LIBGCC);
	return *lib != NULL;
}

/* What crtbegin.o does when it finds libgcc at start-up. */
__attribute__((constructor)) static void
was_there(void)
{
	joined = GetModuleHandleA(LIBGCC) != NULL;
}

void
gort__join_unwinder(void)
{
	static void *object[16]; /* libgcc's: struct object has six words */
	void (*register_frames)(const void *, void *);
	const uint8_t *frames, *end;
	HMODULE h;
	void *p;

	gort__mutex_lock(&lock);
	if (!joined && (h = GetModuleHandleA(LIBGCC)) != NULL) {
		p = gort__dl_symbol(h, "__register_frame_info");
		memcpy(&register_frames, &p, sizeof(p));
		if (p && gort__object_eh_frame(&lock, &frames, &end)) {
			/* it must stay: it holds on to object */
			GetModuleHandleExA(
			    GET_MODULE_HANDLE_EX_FLAG_PIN, LIBGCC, &h);
			register_frames(frames, object);
			joined = true;
		}
	}
	gort__mutex_unlock(&lock);
}

const bool gort__full_step_locks = false;

/* Rows say nearly all there is to say of compiled code. */
enum step
gort__full_step(struct gort__regs *regs, bool is_fault)
{
	(void)regs;
	(void)is_fault;
	return STEP_SKIPPED;
}

/* Handlers that a function put on the list it has taken off by itself. */
void
gort__more_step(const struct gort__regs *regs, void *more)
{
	(void)regs;
	(void)more;
}

void
gort__full_step_load(void)
{
}
