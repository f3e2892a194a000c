/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PE: the linker sorts the parts of a section by what follows the "$" in
 * their names (PE Format, "Grouped Sections") and drops it; the names of
 * sections of an image have eight bytes. Functions of the runtime are reached
 * through the import library, so they need no attribute; data of the runtime
 * is not imported, since its address would be no constant.
 * Included by <gort/object.h>.
 */
#ifndef GORT_OBJECT_PE_H
#define GORT_OBJECT_PE_H

#define GORT_API
#define GORT_VISIBLE __attribute__((dllexport))
#define GORT__HIDDEN __attribute__((used))
#define GORT__INTERNAL

/* the library formats as C does, not as msvcrt */
#ifdef __clang__
#define GORT__PRINTF_KIND printf
#else
#define GORT__PRINTF_KIND gnu_printf
#endif

/* constructors without a priority run backwards: before and after them all */
#define GORT__CONSTRUCTOR __attribute__((constructor(101)))
#define GORT__DESTRUCTOR __attribute__((destructor(101)))

/* Data, not assembly: gas for COFF cannot go back to the section before. */
#define GORT__NOTE_DATA __attribute__((section(".gort"), used, aligned(4)))
#define GORT__NOTE_OF_MODULE(name_, version_) \
	GORT__NOTE_DATA static const struct { \
		uint32_t namesz, descsz, type; \
		char owner[8]; \
		uint32_t abi_min, abi_max; \
		char text[sizeof(name_ "\0" version_)]; \
	} gort__note_module = {5, 8 + sizeof(name_ "\0" version_), \
	    GORT_NOTE_MODULE, "GORT", GORT_MODULE_ABI_MIN, \
	    GORT_MODULE_ABI_MAX, name_ "\0" version_}
#define GORT__NOTE_OF_EXPORT(id, name, ret, args) \
	GORT__NOTE_OF(id, GORT_NOTE_EXPORT, name "\0" ret "\0" args)
#define GORT__NOTE_OF_NEED(id, name) GORT__NOTE_OF(id, GORT_NOTE_NEED, name)
#define GORT__NOTE_OF(id, type_, text_) \
	GORT__NOTE_DATA static const struct { \
		uint32_t namesz, descsz, type; \
		char owner[8]; \
		char text[sizeof(text_)]; \
	} gort__note_##id = {5, sizeof(text_), type_, "GORT", text_}

#define GORT__IN_EXPORTS __attribute__((section(".gortex$m"), used))
#define GORT__IN_NEEDS __attribute__((section(".gortnd$m"), used))

#define GORT__EXPORTS gort__exports_begin
#define GORT__EXPORTS_END gort__exports_end
#define GORT__NEEDS_BEGIN gort__needs_begin
#define GORT__NEEDS_END gort__needs_end
#define GORT__BOUNDS \
	__attribute__((section(".gortex$a"), used)) static struct gort__export \
	    *const gort__exports_begin[1] = {0}; \
	__attribute__((section(".gortex$z"), \
	    used)) static struct gort__export *const gort__exports_end[1] = { \
	    0}; \
	__attribute__(( \
	    section(".gortnd$a"), used)) static const struct gort__need \
	    *const gort__needs_begin[1] = {0}; \
	__attribute__((section(".gortnd$z"), \
	    used)) static const struct gort__need *const gort__needs_end[1] = \
	    {0};

struct gort__image;

/* The runtime's own; no module refers to it. */
extern struct gort__image gort__cold_image;

/* Zeros are a closed gate; the runtime knows its own images by address. */
static uint64_t gort__cold[2] __attribute__((unused));
#define GORT__COLD ((struct gort__image *)(void *)gort__cold)

#endif
