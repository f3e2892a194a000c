/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the system's dynamic linker knows of loaded objects. Private. One
 * variant of the .c file a system.
 */
#ifndef GORT_DYNLIB_H
#define GORT_DYNLIB_H

#include <stdbool.h>
#include <stdint.h>

struct gort__dlinfo {
	char file[160];        /* the object's name, without folders */
	const void *base;      /* where it is mapped */
	char symbol[128];      /* the nearest name before the address; "": */
			       /* none */
	const void *symbol_at; /* its address */
};

/*
 * Describe the object that holds addr; false: none does. Async-signal-safe with
 * glibc 2.35 and later, where the object has a table of the GNU kind.
 */
bool gort__dl_info(const void *addr, struct gort__dlinfo *info);

/*
 * The same without locks: dynsym_glibc.c. 1: described, 0: none holds addr, -1:
 * not possible so.
 */
int gort__dynsym(const void *addr, struct gort__dlinfo *info);

/*
 * A handle of the object that holds addr, to be closed. NULL: none does, or
 * (glibc) it is the program.
 */
void *gort__dl_holding(const void *addr);

/*
 * The address of a name that it, or a library that it needs, exports, or NULL.
 * lib is NULL: any object whose names all can see (Windows: none).
 */
void *gort__dl_symbol(void *lib, const char *name);
void gort__dl_close(void *lib);

/*
 * The same into *fn, a pointer to a function; false: there is none.
 *
 * Who keeps such pointers for the process looks without a lock or a once and
 * says when it has all of them. Threads that come at the same time each find
 * the same: the dynamic linker's lock is taken here, so whoever waited for one
 * that looks, in a constructor, which that lock is held for, would wait for
 * ever.
 */
static inline bool
gort__dl_function(void *lib, const char *name, void *fn)
{
	typedef uintptr_t __attribute__((may_alias)) word;
	word at = (word)gort__dl_symbol(lib, name);

	__atomic_store_n((word *)fn, at, __ATOMIC_RELAXED);
	return at != 0;
}

/*
 * The library whose _Unwind_* functions code with cleanups uses (a handle for
 * gort__dl_symbol, not to be closed); false: there is none.
 */
bool gort__dl_unwinder(void **lib);

/*
 * A module came: where unwinders are told of frames, tell one that came with
 * it of ours. Runs in constructors.
 */
void gort__join_unwinder(void);

#endif
