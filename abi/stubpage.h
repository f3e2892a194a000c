/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stubs made at run time: small functions, each of which hands the address
 * of its slot to gort__entry. One variant a calling convention.
 */
#ifndef GORT_ABI_STUBPAGE_H
#define GORT_ABI_STUBPAGE_H

#include "abi.h"

#define GORT_STUB_SIZE 32 /* bytes, also the alignment of a stub */

/*
 * Write the stub for a slot at code; both within 2 GiB of each other. entry
 * is a word that holds gort__entry's address, near as well. The caller makes
 * the page executable afterwards.
 */
void gort__stub_emit(uint8_t *code, const void *slot, void *const *entry);

#endif
