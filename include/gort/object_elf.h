/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ELF. Included by <gort/object.h>.
 */
#ifndef GORT_OBJECT_ELF_H
#define GORT_OBJECT_ELF_H

#define GORT_API __attribute__((visibility("default")))
#define GORT_VISIBLE __attribute__((visibility("default")))
#define GORT__HIDDEN __attribute__((visibility("hidden"), used))
#define GORT__INTERNAL __attribute__((visibility("hidden")))

#define GORT__PRINTF_KIND printf

#define GORT__CONSTRUCTOR __attribute__((constructor))
#define GORT__DESTRUCTOR __attribute__((destructor))

#define GORT__NOTE(type, body) \
	__asm__( \
	    ".pushsection .note.gort,\"a\",@note\n\t" \
	    ".balign 4\n\t" \
	    ".long 5, 7712f - 7711f, " GORT__XSTR(type) "\n\t" \
							".asciz \"GORT\"\n\t" \
							".balign 4\n" \
							"7711:\n\t" body "\n" \
							"7712:\n\t" \
							".balign 4\n\t" \
							".popsection")
#define GORT__NOTE_OF_MODULE(name, version) \
	GORT__NOTE(GORT_NOTE_MODULE, \
	    ".long " GORT__XSTR(GORT_MODULE_ABI_MIN) ", " GORT__XSTR( \
		GORT_MODULE_ABI_MAX) "\n\t" \
				     ".asciz " GORT__XSTR( \
					 name) "\n\t." \
					       "asciz" \
					       " " GORT__XSTR(version))
#define GORT__NOTE_OF_EXPORT(id, name, ret, args) \
	GORT__NOTE(GORT_NOTE_EXPORT, \
	    ".asciz " GORT__STR(name) "\n\t.asciz " GORT__STR( \
		ret) "\n\t.asciz " GORT__STR(args))
#define GORT__NOTE_OF_NEED(id, name) \
	GORT__NOTE(GORT_NOTE_NEED, ".asciz " GORT__XSTR(name))

/*
 * Only the section bounds refer to the entries, which does not keep them for
 * lld with --gc-sections (-z start-stop-gc): gcc 11 and clang 13 tell it to.
 */
#ifdef __has_attribute
#if __has_attribute(retain)
#define GORT__RETAIN , retain
#endif
#endif
#ifndef GORT__RETAIN
#define GORT__RETAIN
#endif
#define GORT__IN_EXPORTS \
	__attribute__((section("gort_exports"), used GORT__RETAIN))
#define GORT__IN_NEEDS __attribute__((section("gort_needs"), used GORT__RETAIN))

/* The section bounds that the linker defines for a C-named section. */
#define GORT__EXPORTS __start_gort_exports
#define GORT__EXPORTS_END __stop_gort_exports
#define GORT__NEEDS_BEGIN __start_gort_needs
#define GORT__NEEDS_END __stop_gort_needs
#define GORT__BOUNDS

#define GORT__COLD (&gort__cold_image)

struct gort__image;
struct gort__export;
struct gort__need;

#ifdef __cplusplus
extern "C" {
#endif

GORT_API extern struct gort__image gort__cold_image;

extern struct gort__export *const __start_gort_exports[]
    __attribute__((weak, visibility("hidden")));
extern struct gort__export *const __stop_gort_exports[]
    __attribute__((weak, visibility("hidden")));
extern const struct gort__need *const __start_gort_needs[]
    __attribute__((weak, visibility("hidden")));
extern const struct gort__need *const __stop_gort_needs[]
    __attribute__((weak, visibility("hidden")));

#ifdef __cplusplus
}
#endif

#endif
