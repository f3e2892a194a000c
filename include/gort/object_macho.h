/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mach-O: a section is named by its segment too, with at most 16 bytes each;
 * the linker defines section$start$SEGMENT$SECTION and section$end$... for any
 * section, also for one that no object has. Included by <gort/object.h>.
 */
#ifndef GORT_OBJECT_MACHO_H
#define GORT_OBJECT_MACHO_H

#define GORT_API __attribute__((visibility("default")))
#define GORT_VISIBLE __attribute__((visibility("default")))
#define GORT__HIDDEN __attribute__((visibility("hidden"), used))
#define GORT__INTERNAL __attribute__((visibility("hidden")))

#define GORT__PRINTF_KIND printf

#define GORT__CONSTRUCTOR __attribute__((constructor))
#define GORT__DESTRUCTOR __attribute__((destructor))

/* Padding between notes is zero; readers go on at the next multiple of 4. */
#define GORT__NOTE_DATA \
	__attribute__((section("__TEXT,__gort"), used, aligned(4)))
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

#define GORT__IN_EXPORTS __attribute__((section("__DATA,__gort_exports"), used))
#define GORT__IN_NEEDS __attribute__((section("__DATA,__gort_needs"), used))

#define GORT__EXPORTS gort__exports_begin
#define GORT__EXPORTS_END gort__exports_end
#define GORT__NEEDS_BEGIN gort__needs_begin
#define GORT__NEEDS_END gort__needs_end
#define GORT__BOUNDS

#define GORT__COLD (&gort__cold_image)

struct gort__image;
struct gort__export;
struct gort__need;

#ifdef __cplusplus
extern "C" {
#endif

GORT_API extern struct gort__image gort__cold_image;

extern struct gort__export *const gort__exports_begin[] __asm__(
    "section$start$__DATA$__gort_exports");
extern struct gort__export *const gort__exports_end[] __asm__(
    "section$end$__DATA$__gort_exports");
extern const struct gort__need *const gort__needs_begin[] __asm__(
    "section$start$__DATA$__gort_needs");
extern const struct gort__need *const gort__needs_end[] __asm__(
    "section$end$__DATA$__gort_needs");

#ifdef __cplusplus
}
#endif

#endif
