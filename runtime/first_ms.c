/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first threads' records. By their alignment a file of their own: tables.c.
 */
#include "runtime.h"

struct m gort__ms[GORT_FIRST_MS];
