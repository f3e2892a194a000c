/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the layers above must know of the machine: which registers a call
 * preserves and their DWARF numbers, the thread pointer, and what the slow
 * path of gort__entry saves. One cpu_*.h a machine.
 */
#ifndef GORT_ABI_CPU_H
#define GORT_ABI_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "offsets.h"

/*
 * A machine's header gives:
 *	K_...			the preserved registers, in the order of
 *				struct gort__regs.r; REGS_KEPT is their number
 *	K_FP, K_ENTRY		the frame pointer; the one that an entered
 *				call keeps in its frame
 *	DWARF_SP, DWARF_RA	DWARF numbers of the stack pointer and of the
 *				return address column
 *	DWARF_SIGNAL_RA		that column where a signal frame has another
 *	KEPT_DWARF		the DWARF numbers of the K_...
 *	KEPT_LIBUNWIND		libunwind's numbers of them (unw_get_reg)
 *	ROW_PC, ROW_SIGNAL_PC	the columns of cfirow.rule for these two; one
 *				of the K_... where a leaf's return address
 *				stays in a register
 *	ROW_RULES		the number of columns
 *	MORE_RULES		the number of registers that only functions of
 *				another convention keep, which rows leave out;
 *				0 where it is not defined. Of a DWARF number
 *				gort__more_column() says which it is, or -1
 *	FRAME_RECORD_AT_TOP	the frame pointer, two words and then the
 *				caller's sp; else the record may lie lower
 *	MPROTECT_IS_BARRIER	taking write access from a page interrupts
 *				every processor that runs the process
 *	REGS_MORE		bytes of what else a call preserves and walks
 *				do not follow: Windows' vector registers and
 *				list of handlers; 0 where it is not defined
 *	RESULT_REAL_IS_X87(n)	is a floating result of n bytes returned on
 *				the x87 stack?
 *	COOKIE_WORD		which word at a boundary's sp names its frame
 *	EXACT_IS_HARD		rows do not hold where a fault may be: 1, or 0
 *				where it is not defined
 *	ENTRY_KEEPS_FRAME	defined where gort__entry has a stack frame
 *	struct gort__args	what the slow path hands to C
 *	gort__thread_pointer, gort__tls_is_static, gort__tls_word,
 *	gort__strip_pc
 */
#if defined(__x86_64__) && defined(_WIN32)
#include "cpu_win_amd64.h"
#elif defined(__x86_64__)
#include "cpu_amd64.h"
#elif defined(__i386__)
#include "cpu_386.h"
#elif defined(__aarch64__)
#include "cpu_arm64.h"
#else
#error "gort: no cpu_*.h for this machine"
#endif

#ifndef EXACT_IS_HARD
#define EXACT_IS_HARD 0
#endif
#ifndef REGS_MORE
#define REGS_MORE 0
#endif
#ifndef MORE_RULES
#define MORE_RULES 0
static inline int
gort__more_column(uint64_t dwarf)
{
	(void)dwarf;
	return -1;
}
#endif

/* The column of a DWARF register, or -1 if calls do not preserve it. */
static inline int
gort__kept_column(uint64_t dwarf)
{
	static const uint8_t numbers[REGS_KEPT] = KEPT_DWARF;
	int i;

	for (i = 0; i < REGS_KEPT; i++)
		if (numbers[i] == dwarf)
			return i;
	return -1;
}

/* The DWARF number of a column. */
static inline int
gort__kept_dwarf(int column)
{
	static const uint8_t numbers[REGS_KEPT] = KEPT_DWARF;

	return numbers[column];
}

#endif
