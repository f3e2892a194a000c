/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a loaded object lies, by dl_iterate_phdr: musl, glibc before 2.35.
 */
#include "objbounds.h"
#include "linked.h"

#include <link.h>
#include <stddef.h>

bool
gort__object_is_linker(uintptr_t pc)
{
	(void)pc;
	return false;
}

struct query {
	uintptr_t addr;   /* asked for */
	const char *base; /* found */
	const char *end;
	const void *hdr; /* PT_GNU_EH_FRAME */
};

static int
visit(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct query *q = arg;
	uintptr_t lo = UINTPTR_MAX, hi = 0;
	const void *hdr = NULL;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_GNU_EH_FRAME)
			hdr = (const void *)at;
		if (ph->p_type != PT_LOAD)
			continue;
		lo = at < lo ? at : lo;
		hi = at + ph->p_memsz > hi ? at + ph->p_memsz : hi;
	}
	if (q->addr < lo || q->addr >= hi)
		return 0;
	q->base = (const char *)lo;
	q->end = (const char *)hi;
	q->hdr = hdr;
	return 1;
}

bool
gort__object_bounds(const void *addr, const char **base, const char **end)
{
	struct query q = {.addr = (uintptr_t)addr};
	bool found = dl_iterate_phdr(visit, &q) != 0;

	*base = q.base;
	*end = q.end;
	return found || gort__linked_bounds(addr, base, end);
}

const void *
gort__object_eh_frame_hdr(const void *addr)
{
	struct query q = {.addr = (uintptr_t)addr};

	return dl_iterate_phdr(visit, &q) ? q.hdr
					  : gort__linked_eh_frame_hdr(addr);
}
