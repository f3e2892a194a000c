/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The language handlers of gort's own frames; Windows amd64. Private.
 */
#ifndef GORT_SEH_H
#define GORT_SEH_H

#include <windows.h>

/*
 * Called by the system's dispatcher when an exception, or an unwind, comes to
 * a frame of gort__catch or gort__entry (Microsoft, "x64 exception handling",
 * "Language-specific handler").
 */
EXCEPTION_DISPOSITION gort__catch_handler(EXCEPTION_RECORD *rec, void *frame,
    CONTEXT *context, DISPATCHER_CONTEXT *disp);
EXCEPTION_DISPOSITION gort__entry_handler(EXCEPTION_RECORD *rec, void *frame,
    CONTEXT *context, DISPATCHER_CONTEXT *disp);

/*
 * The frame that goes on with regs, as RtlUnwindEx wants its target named
 * (the establisher frame); NULL: it has no unwind data.
 */
void *gort__frame_address(const struct gort__regs *regs);

#endif
