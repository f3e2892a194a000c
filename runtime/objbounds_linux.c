/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What dl_iterate_phdr tells of loaded objects: code, and that some went.
 */
#include "../include/small.h"
#include "objbounds.h"
#include "linked.h"

#include <link.h>

static int
visit_code(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t addr = *(const uintptr_t *)arg;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type == PT_LOAD && (ph->p_flags & PF_X) &&
		    addr >= at && addr - at < ph->p_memsz)
			return 1;
	}
	return 0;
}

bool
gort__object_is_code(const void *addr)
{
	uintptr_t at = (uintptr_t)addr;
	struct gort__linked_at l;

	if (gort__linked_find(addr, &l))
		return (const char *)addr >= l.text &&
		       (const char *)addr < l.text_end;
	return dl_iterate_phdr(visit_code, &at) != 0;
}

static int
get_subs(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(uint64_t *)arg = info->dlpi_subs;
	return 1;
}

uint64_t
gort__code_generation(void)
{
	uint64_t subs = 0;

	dl_iterate_phdr(get_subs, &subs);
	return subs + gort__linked_removals();
}

bool
gort__object_eh_frame(
    const void *addr, const uint8_t **begin, const uint8_t **end)
{
	(void)addr;
	(void)begin;
	(void)end;
	return false;
}
