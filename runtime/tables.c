/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first records of images. This file comes late in the link, and after it
 * those that have larger variables, too: so the small ones of all others lie
 * together with the first image, and a process that loads the library touches
 * as few of its pages as it can, and maps no more for a while.
 */
#include "runtime.h"

struct gort__image gort__images[GORT_FIRST_IMAGES];
