/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which objects are linked into a process here: the system's.
 */
#include "link.h"

const struct linkformat *const gort__link_formats[] = {&gort__link_elf, NULL};
