/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host that knows nothing of gort: what main.c has of a system.
 */
#ifndef GORT_TEST_MAIN_H
#define GORT_TEST_MAIN_H

#include "check.h"

/* Run the part called name in this process, which is fresh; its status. */
int host_part(const char *name);

/* This system's own tests, and how many. */
extern const struct test host_tests[];
extern const unsigned host_ntests;

/* This program. */
extern const char *self;

typedef int add_fn(int a, int b);

/* Load a plugin and find its basic_add; NULL, with a message printed. */
add_fn *load_add(const char *name);

#endif
