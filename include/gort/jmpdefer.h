/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The machine's part of running deferred functions: each runs in the frame of
 * the function that deferred it, however many they are. Go's words.
 *
 * gort__deferreturn takes the newest record off a list and jumps to its
 * function with a return address that leads back to the very call of
 * gort__deferreturn (jmpdefer); with an empty list it returns. So it is
 * called by a fixed sequence of instructions, whose length it knows, and the
 * list's address waits in a register that calls preserve.
 */
#ifndef GORT_JMPDEFER_H
#define GORT_JMPDEFER_H

#include <gort.h>

/* A deferred call. The owner's memory, free again when fn begins. */
struct gort__defer {
	struct gort__defer *link; /* the one deferred before */
	gort_func *fn;
	void *arg;
};

/*
 * GORT__DEFERRETURN(list): run the calls on a list (struct gort__defer *
 * variable; its address is taken) newest first, also those that they add.
 * To unwinders each is called from this function. Not for a function that
 * has C++ or cleanup-attribute objects alive at that place: no landing pad
 * covers it.
 *
 * The frame pointer is asked for so that the function's unwind rows do not
 * count from the stack pointer, which the sequence moves: past the red zone,
 * and to the alignment of calls, which a function without others may not
 * have. A nop comes before the call, as unwinders look at the byte before a
 * return address.
 */
#if defined(__x86_64__) && defined(_WIN32)
#include <gort/jmpdefer_win_amd64.h>
#elif defined(__x86_64__)
#include <gort/jmpdefer_sysv_amd64.h>
#elif defined(__i386__)
#include <gort/jmpdefer_386.h>
#elif defined(__aarch64__)
#include <gort/jmpdefer_arm64.h>
#else
#error "gort: no jmpdefer for this target"
#endif

#endif
