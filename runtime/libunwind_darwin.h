/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The part of libSystem's unwinder (LLVM's libunwind) that steps a frame.
 * Declared here as it is in every macOS since 10.6: <libunwind.h> is not among
 * the headers that a cross build finds. Contexts and cursors are larger than
 * any version's. Private.
 */
#ifndef GORT_LIBUNWIND_DARWIN_H
#define GORT_LIBUNWIND_DARWIN_H

#include <stdint.h>

struct unw_context {
	uint64_t data[256];
};
struct unw_cursor {
	uint64_t data[256];
};

struct unw_proc_info {
	uint64_t start_ip, end_ip; /* the function */
	uint64_t lsda;             /* 0: none */
	uint64_t handler;          /* its personality; 0: none */
	uint64_t gp, flags;
	uint32_t format, unwind_info_size;
	uint64_t unwind_info, extra;
	uint64_t spare[8];
};

/* Pseudo numbers of registers; all others have their DWARF numbers. */
enum { UNW_IP = -1, UNW_SP = -2 };

int unw_getcontext(struct unw_context *context);
int unw_init_local(struct unw_cursor *cursor, struct unw_context *context);
int unw_step(struct unw_cursor *cursor); /* > 0: there is a caller */
int unw_get_reg(struct unw_cursor *cursor, int reg, uint64_t *value);
int unw_set_reg(struct unw_cursor *cursor, int reg, uint64_t value);
int unw_get_proc_info(struct unw_cursor *cursor, struct unw_proc_info *info);
int unw_is_signal_frame(struct unw_cursor *cursor);

#endif
