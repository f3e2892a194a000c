/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the C library will call by itself of code that is to be unmapped, and
 * libraries that go with a plugin: not looked for. musl unmaps no shared object;
 * its timers are threads.
 */
#include "../include/small.h"
#include "inuse.h"

bool
gort__timers_in(const char *base, const char *end, char *why, size_t n)
{
	(void)base;
	(void)end;
	(void)why;
	(void)n;
	return false;
}

bool
gort__keys_in(const char *base, const char *end)
{
	(void)base;
	(void)end;
	return false;
}

bool
gort__keys_delete(struct gort__keys **held, const char *base, const char *end,
    bool *lost, char *why, size_t n)
{
	(void)held;
	(void)lost;
	(void)why;
	(void)n;
	return !gort__keys_in(base, end);
}

void
gort__keys_release(struct gort__keys **held)
{
	(void)held;
}

void
gort__keep_used_libs(void *dso)
{
	(void)dso;
}
