/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * malloc and free through an argument frame: see gort/cmalloc.h. Memory is
 * the one thing that such callers cannot look after themselves, so its want
 * is a panic here.
 */
#include "runtime.h"

#include <gort/cmalloc.h>
#include <inttypes.h>
#include <stdlib.h>

_Static_assert(offsetof(struct gort_cmalloc_frame, result) == 8,
    "generated code has this offset on all targets");

_Noreturn static void
no_memory(uint64_t size, struct gort__regs *regs)
{
	struct g *gp = gort__needm();
	struct panic *p;

	if (!gp)
		gort__throw(
		    "gort_cmalloc: no memory for %" PRIu64 " bytes", size);
	p = gort__panic_new(gp);
	p->err.code = GORT_ENOMEM;
	snprintf(p->err.message, sizeof(p->err.message),
	    "gort_cmalloc: no memory for %" PRIu64 " bytes", size);
	gort__panic_raise_caller(gp, p, regs);
}

void
gort_cmalloc(struct gort_cmalloc_frame *frame)
{
	uint64_t size = frame->size;
	struct gort__regs regs;
	void *p = NULL;

	if (size <= SIZE_MAX)
		p = malloc(size ? (size_t)size : 1);
	if (!p) {
		gort__getregs(&regs);
		no_memory(size, &regs);
	}
	frame->result = p;
}

void
gort_cfree(struct gort_cfree_frame *frame)
{
	free(frame->p);
}
