/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The big static tables. This file comes last in the link, so that the small
 * variables of all others lie together: a process that loads the library
 * touches as few of its pages as it can.
 */
#include "runtime.h"

struct gort__image gort__images[GORT_MAXIMAGES];
char gort__report[GORT_REPORT];
