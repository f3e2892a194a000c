/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The address range of a loaded image, by dladdr and its own load commands:
 * macOS (Mach-O Programming Topics; mach-o/loader.h). Images that dyld mapped
 * are trusted as their code is.
 */
#include "objbounds.h"
#include "os.h"

#include <dlfcn.h>
#include <mach-o/dyld.h>
#include <mach-o/loader.h>
#include <stdatomic.h>
#include <string.h>

/* The image that holds addr; NULL: none. */
static const struct mach_header_64 *
image_of(const void *addr)
{
	Dl_info dl;

	return dladdr(addr, &dl) ? dl.dli_fbase : NULL;
}

static const struct segment_command_64 *
next_segment(const struct mach_header_64 *mh, const struct load_command **lc,
    uint32_t *i)
{
	const struct load_command *at = *lc;

	for (; *i < mh->ncmds; at = *lc) {
		*lc = (const void *)((const char *)at + at->cmdsize);
		++*i;
		if (at->cmd == LC_SEGMENT_64)
			return (const void *)at;
	}
	return NULL;
}

/* How far the image lies from where it was linked for. */
static uintptr_t
slide_of(const struct mach_header_64 *mh)
{
	const struct load_command *lc = (const void *)(mh + 1);
	const struct segment_command_64 *sg;
	uint32_t i = 0;

	while ((sg = next_segment(mh, &lc, &i)) != NULL)
		if (strcmp(sg->segname, SEG_TEXT) == 0)
			return (uintptr_t)mh - (uintptr_t)sg->vmaddr;
	return 0;
}

/* Those of the system's shared cache are far apart: up to the one with addr. */
bool
gort__object_bounds(const void *addr, const char **base, const char **end)
{
	const struct mach_header_64 *mh = image_of(addr);
	const struct segment_command_64 *sg;
	const struct load_command *lc;
	uintptr_t slide, at;
	uint32_t i = 0;

	*base = *end = NULL;
	if (!mh)
		return false;
	slide = slide_of(mh);
	lc = (const void *)(mh + 1);
	*base = (const char *)mh;
	while ((sg = next_segment(mh, &lc, &i)) != NULL) {
		at = (uintptr_t)sg->vmaddr + slide + (uintptr_t)sg->vmsize;
		if (sg->initprot && at > (uintptr_t)*end &&
		    strcmp(sg->segname, SEG_LINKEDIT) != 0)
			*end = (const char *)at;
	}
	return *end != NULL;
}

bool
gort__object_is_code(const void *addr)
{
	const struct mach_header_64 *mh = image_of(addr);
	const struct segment_command_64 *sg;
	const struct load_command *lc;
	uintptr_t slide, at;
	uint32_t i = 0;

	if (!mh)
		return false;
	slide = slide_of(mh);
	lc = (const void *)(mh + 1);
	while ((sg = next_segment(mh, &lc, &i)) != NULL) {
		at = (uintptr_t)sg->vmaddr + slide;
		if ((sg->initprot & VM_PROT_EXECUTE) && (uintptr_t)addr >= at &&
		    (uintptr_t)addr - at < (uintptr_t)sg->vmsize)
			return true;
	}
	return false;
}

static _Atomic uint64_t removed;

static void
on_remove(const struct mach_header *mh, intptr_t slide)
{
	(void)mh;
	(void)slide;
	atomic_fetch_add(&removed, 1);
}

static void
watch_removals(void)
{
	_dyld_register_func_for_remove_image(on_remove);
}

/* dyld calls for ever: this library is not unmapped. */
uint64_t
gort__code_generation(void)
{
	static struct gort__once once = GORT__ONCE_INIT;

	gort__once(&once, watch_removals);
	return atomic_load(&removed);
}

/* By name: dladdr may take dyld's lock, so not in handlers here. */
bool
gort__object_is_linker(uintptr_t pc)
{
	Dl_info info;

	return dladdr((void *)pc, &info) && info.dli_fname &&
	       strcmp(info.dli_fname, "/usr/lib/dyld") == 0;
}
