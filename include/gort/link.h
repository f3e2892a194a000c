/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Linking object files into the running process: no linker, no temporary
 * file. A link is a set of relocatable objects and archives of them that is
 * resolved, laid out, relocated and initialised as one: of ELF, or of COFF
 * (from mingw, MSVC or clang), also where the process is not Windows'.
 *
 *	struct gort_link *lk = gort_link_new();
 *
 *	if (gort_link_add(lk, "x.o", 0) || gort_link_load(lk))
 *		fprintf(stderr, "%s\n", gort_errmsg());
 *	int (*f)(void) = (int (*)(void))gort_link_sym(lk, "f");
 *	...
 *	gort_link_free(lk);
 *
 * One thread at a time may use a link. All return 0 or -GORT_E... with the
 * reason in gort_errmsg(): file, offset, and what is wrong there. Systems
 * that this is not built for answer ENOTSUP.
 */
#ifndef GORT_LINK_H
#define GORT_LINK_H

#include <gort.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gort_link;

/* For gort_link_add(): take every object of an archive. */
#define GORT_LINK_WHOLE 1u

/* An empty link. NULL: ENOMEM; ENOTSUP where objects cannot be linked. */
GORT_API struct gort_link *gort_link_new(void);

/*
 * Add the object or archive in the file at path, which is read now and may be
 * changed afterwards. Of an archive, the members that define what is still
 * undefined are taken, in any order and through cycles between archives; with
 * GORT_LINK_WHOLE all. Without that an archive may stay open, and its members
 * be read later, until the link is resolved: it may be replaced and removed,
 * but not written to; what of it was changed in place may be an error. A shared
 * library is opened with dlopen() for its symbols, which come before those of
 * the process. A failure leaves the link as it was. Errors: ENOENT, ESYS,
 * EFORMAT, EARCH, ENOMEM, EINVAL (flags); ENOTSUP for objects of another format
 * than those before; for a shared library ELOAD, with what dlopen() said, and
 * ELIMIT beyond 64; ESTATE once the link is resolved.
 */
GORT_API int gort_link_add(
    struct gort_link *link, const char *path, unsigned flags);

/*
 * The same for size bytes, which are copied; name is for messages. ENOTSUP for
 * a shared library: the dynamic linker opens files only.
 */
GORT_API int gort_link_add_memory(struct gort_link *link, const char *name,
    const void *data, size_t size, unsigned flags);

/*
 * A symbol of the caller's: it comes before those of gort modules and of the
 * process. Its name is copied. Errors: EEXIST, ENOMEM, ESTATE.
 */
GORT_API int gort_link_define(
    struct gort_link *link, const char *name, void *address);

/*
 * Want a symbol, so that an archive member that defines it is taken. Its name
 * is copied. Errors: ENOMEM, ESTATE.
 */
GORT_API int gort_link_need(struct gort_link *link, const char *name);

/*
 * Find all symbols that are wanted, without loading anything: archive members
 * are taken; what no member defines is looked for among the symbols of
 * gort_link_define(), the exports of open plugins (which must stay open as
 * long as the link), the symbols of the process, and libm, libgcc_s and
 * libstdc++, which are opened for that. Called by
 * gort_link_load() if it was not before. Errors: ENOSYM naming an undefined
 * symbol and who wants it, EEXIST naming both definitions of another, and
 * those of gort_link_add() for the members. After a failure the link can only
 * be freed.
 */
GORT_API int gort_link_resolve(struct gort_link *link);

/*
 * Map and relocate the code, write-protect what is not data, register its
 * unwind tables, thread-local variables and, for gdb, its debug information,
 * then run its constructors. If GORT_PERF_MAP is set in the environment,
 * /tmp/perf-PID.map gets its functions. On failure the process is as it was
 * and the link can only be freed. Errors: as gort_link_resolve(), and ENOTSUP
 * for what an object may ask for but this loader has not.
 */
GORT_API int gort_link_load(struct gort_link *link);

/*
 * The address of a global symbol of the loaded objects, valid until
 * gort_link_free(). NULL with ENOSYM: there is none of that name that others
 * may see (hidden ones are not), or it is thread-local. NULL with ESTATE: the
 * link is not loaded.
 */
GORT_API void *gort_link_sym(struct gort_link *link, const char *name);

/*
 * The calling convention of the functions that gort_link_sym() gives, and of
 * those that gort_link_define() is given: the process's own; or that of
 * Windows amd64, where objects for Windows are linked into a process of
 * another system, and a pointer to them is declared with
 * __attribute__((ms_abi)). Known once an object was added.
 */
#define GORT_ABI_HOST 0
#define GORT_ABI_MS 1
GORT_API int gort_link_abi(const struct gort_link *link);

/*
 * Run the destructors and take all out of the process; no call may be inside,
 * and no thread may use its code any more. NULL is ignored. -GORT_EPINNED, with
 * the reason: something still points into the code (a signal handler, a
 * destructor of another thread's variable). Its memory then stays mapped for
 * good; the link itself is gone all the same.
 */
GORT_API int gort_link_free(struct gort_link *link);

#ifdef __cplusplus
}
#endif

#endif
