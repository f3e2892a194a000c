/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What differs between object formats in <gort.h> and <gort/module.h>: who
 * sees a symbol, and how the exports and needs of all files of a module come
 * together in one array. One variant a format:
 *
 *	GORT_API		a function of the runtime
 *	GORT_VISIBLE		a plain function or object of a module or host
 *				that dlsym and gort_sym() can find
 *	GORT__HIDDEN		seen by the other files of the module only
 *	GORT__INTERNAL		the same for the runtime's own declarations
 *	GORT__PRINTF_KIND	whose format strings the library takes
 *	GORT__CONSTRUCTOR, GORT__DESTRUCTOR	attributes of the module's
 *	GORT__NOTE_OF_MODULE, GORT__NOTE_OF_EXPORT, GORT__NOTE_OF_NEED
 *				notes (Note [Module note]); id is an identifier
 *	GORT__IN_EXPORTS, GORT__IN_NEEDS	attributes of their entries
 *	GORT__EXPORTS, GORT__EXPORTS_END	the bounds of the entries, and
 *	GORT__NEEDS_BEGIN, GORT__NEEDS_END	of these. NULL entries between
 *				are padding
 *	GORT__BOUNDS		definitions that GORT_MODULE adds, each ended
 *	GORT__COLD		the image of an unregistered export; not open
 */
#ifndef GORT_OBJECT_H
#define GORT_OBJECT_H

#if defined(_WIN32)
#include <gort/object_pe.h>
#elif defined(__APPLE__)
#include <gort/object_macho.h>
#else
#include <gort/object_elf.h>
#endif

#endif
