/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The formats that the command reads. Leaf.
 */
#include "obj.h"

const struct objfmt *const gort__obj_formats[] = {&gort__objelf, &gort__objar,
    &gort__objmacho, &gort__objfat, &gort__objpe, &gort__objimport,
    &gort__objcoff, NULL};
