/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which objects are linked into a process here: the system's, and Windows'.
 */
#include "link.h"

const struct linkformat *const gort__link_formats[] = {
    &gort__link_elf, &gort__link_coff, NULL};
