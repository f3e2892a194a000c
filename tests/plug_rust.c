/* SPDX-License-Identifier: BSD-3-Clause */
/* A plugin with Rust in it: cross_rust.rs. Built by rust.sh. */
#include <gort.h>
#include <gort/module.h>

GORT_MODULE("rusty", "1.0");

void rust_panics_as(void *n);
int rust_is_panicking(void);

GORT_EXPORT(void, panics_as, (void *n))
{
	rust_panics_as(n);
}

GORT_EXPORT(int, is_panicking, (void))
{
	return rust_is_panicking();
}
