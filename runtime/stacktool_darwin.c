/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sanitizers are told of stacks by functions that are in the process only
 * where the program was built with one; Mach-O code that may lack them must be
 * linked in a special way. So they are not told on macOS.
 */
#include "runtime.h"

bool
gort__tool_watches(void)
{
	return false;
}

void
gort__tool_clean(struct gort__bounds b)
{
	(void)b;
}

void
gort__tool_new(struct gort_gobuf *buf)
{
	(void)buf;
}

void
gort__tool_free(struct gort_gobuf *buf)
{
	buf->aux = NULL;
}

void
gort__tool_new_segment(struct gort__segment *s)
{
	(void)s;
}

void
gort__tool_free_segment(struct gort__segment *s)
{
	(void)s;
}

void
gort__tool_enter_segment(struct gort__segment *s)
{
	(void)s;
}

void
gort__tool_leave_segment(struct gort__segment *s)
{
	(void)s;
}

void
gort__tool_leave(struct tool_state *st, struct gort_gobuf *from,
    const struct gort_gobuf *to, struct gort__bounds b)
{
	(void)st;
	(void)from;
	(void)to;
	(void)b;
}

void
gort__tool_arrive(const struct tool_state *st)
{
	(void)st;
}
