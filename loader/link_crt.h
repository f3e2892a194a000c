/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What COFF objects expect of their C run-time and the process has not:
 * link_crt_*.c. Private to loader/link*.c.
 */
#ifndef GORT_LINK_CRT_H
#define GORT_LINK_CRT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct linkcrt {
	uintptr_t address;  /* of Windows' calling convention; or 0 and: */
	bool bridged;       /* the address is of a function of ours */
	const char *other;  /* what the process calls it; NULL: refused, */
	const char *reason; /* because */
	bool data;          /* what is there is no code */
	bool word;          /* what is there is a word with the address */
	bool image;         /* it is where the image of the link begins */
};

/* What is known of a name as in C; false: nothing. */
bool gort__link_crt(const char *name, struct linkcrt *c);

/* The same, of what only MSVC's compilers expect: link_msvc.c. */
bool gort__link_msvc(const char *name, struct linkcrt *c);

/*
 * Where gort__link_bridge is used: why it cannot call the process's function
 * of that name (Note [What the bridge may call]), or NULL. args: its
 * parameters as GORT_EXPORT has them, where they are known; else NULL.
 */
const char *gort__link_unbridged(const char *name, const char *args);

/* Windows' code in a process that is not its own: why not. */
#define LINK_NO_TLS \
	"thread-local variables of this kind need Windows: compile with " \
	"-femulated-tls"
#define LINK_NO_TLS_INIT \
	"thread_local variables with constructors, destructors or values " \
	"that code computes are not supported"
#define LINK_NO_LEAVING "it leaves frames of another convention"
#define LINK_NO_CLASS "the class's functions have another convention"

/*
 * Of C++: a virtual table or the type information of a class of the process,
 * through which its functions are called; not what types are made of.
 */
static inline bool
gort__link_is_class(const char *name)
{
	if (strncmp(name, "_ZTV", 4) == 0)
		return strncmp(name + 4, "N10__cxxabiv1", 13) != 0;
	return strncmp(name, "_ZTI", 4) == 0 &&
	       (name[4] == 'N' || name[4] == 'S' ||
		   (name[4] >= '1' && name[4] <= '9'));
}

/* abi/chkstk_*.S, abi/msbridge_*.S: not to be called from C. */
void gort__chkstk(void);
void gort__alloca(void);
/* What calls functions of the process by their convention; 0: need none. */
extern const uintptr_t gort__link_bridge;

/*
 * An exception's destructor, which has its object where functions of classes of
 * Windows' code have it.
 */
#if defined(__i386__)
typedef __attribute__((thiscall)) void gort__link_destructor(void *object);
#elif defined(__x86_64__)
typedef __attribute__((ms_abi)) void gort__link_destructor(void *object);
#else
typedef void gort__link_destructor(void *object);
#endif

/* What such code has for __cxa_throw(), in a process of the other kind. */
_Noreturn void gort__link_throw(
    void *object, void *type, gort__link_destructor *fn);

/*
 * atexit() of a linked object, by its convention and with the handle of its
 * link besides (relmachine.jump_handle). 0, or -1 without memory.
 */
#if defined(__i386__)
__attribute__((regparm(1))) int gort__link_atexit(
    void *handle, void (*fn)(void));
#else
#if defined(__x86_64__) && !defined(_WIN32)
__attribute__((ms_abi))
#endif
int
gort__link_atexit(void (*fn)(void), void *handle);
#endif

/*
 * relmachine.helper: a function that the compiler's static run-time has and a
 * linked object gets from libgort; 0: it is none. Needs nothing.
 */
uintptr_t gort__link_helper(const char *name);

/* The handle of a link for that; and: run what was registered. */
struct gort_link;
void *gort__link_exit_handle(struct gort_link *lk);
void gort__link_run_exits(struct gort_link *lk);

#endif
