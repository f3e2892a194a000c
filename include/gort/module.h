/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a module (a plugin) says about itself.
 *
 *	GORT_MODULE("greet", "1.0", .init = greet_init);
 *	GORT_EXPORT(int, add, (int a, int b)) { return a + b; }
 *
 * GORT_MODULE stands once in a shared object; GORT_EXPORT once a function, in
 * any of its C files. In C++ put them inside extern "C" { }. Link the object
 * with -lgort. The same facts stand in the note section .note.gort (of a DLL:
 * .gort), so that they can be read without running the file
 * (Note [Module note]).
 */
#ifndef GORT_MODULE_H
#define GORT_MODULE_H

#ifndef GORT_H
#error "include <gort.h>, not <gort/module.h>"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* "GORT" and a layout number: changes only when the fields below move. */
#define GORT_MAGIC UINT64_C(0x0001444d54524f47)

/* The ABI range a module accepts; a module may narrow or widen it. */
#ifndef GORT_MODULE_ABI_MIN
#define GORT_MODULE_ABI_MIN 1
#endif
#ifndef GORT_MODULE_ABI_MAX
#define GORT_MODULE_ABI_MAX GORT_ABI
#endif

struct gort__image; /* the runtime's record of a loaded module version */

/* Where an exported call goes: one body in one loaded version. */
struct gort__target {
	struct gort__image *image; /* set when the module is registered */
	void (*body)(void);        /* the function, by its own signature */
};

/*
 * One export. The stub of the function loads its address into a scratch
 * register and jumps to gort__entry, which reads only `target`.
 */
struct gort__export {
	struct gort__target *target; /* &self */
	uint32_t flags;              /* GORT__EX_... */
	struct gort__target self;
	const char *name;
	const char *ret;  /* the return type as written */
	const char *args; /* the parameter list as written */
};

/* The result is returned in memory that the caller gave. */
#define GORT__EX_SRET 1u
/* The result is returned on top of the x87 stack. */
#define GORT__EX_ST0 2u
/* Bits 8 to 15: words of arguments on the stack, where gort__entry copies */
/* them (Note [Entered calls on Windows]); 255: not known. */
#define GORT__EX_WORDS_MASK 0xff00u
#define GORT__EX_UNKNOWN GORT__EX_WORDS_MASK

/* A module that must be initialised before this one. */
struct gort__need {
	const char *name;
};

/*
 * Its calls may be uncounted (gort bind --resident): it is never unmapped, and
 * its fini does not run.
 */
#define GORT_MODULE_RESIDENT 1u

/*
 * Module data: what the constructor registers. Static, in the module's data;
 * the hooks run on the thread that opens, reloads or closes the module (or on
 * the runtime-init thread when the host used dlopen), below a boundary.
 */
struct gort_moduledata {
	uint64_t magic;      /* GORT_MAGIC */
	uint32_t size;       /* sizeof this struct when the module was built */
	uint32_t abi_min;    /* lowest runtime ABI the module accepts */
	uint32_t abi_max;    /* highest */
	uint32_t flags;      /* GORT_MODULE_RESIDENT, or 0 */
	const char *name;    /* [A-Za-z0-9_.-], at most 63 bytes */
	const char *version; /* at most 31 bytes */
	struct gort__export *const *exports; /* section bounds */
	struct gort__export *const *exports_end;
	const struct gort__need *const *needs;
	const struct gort__need *const *needs_end;

	/* 0, or anything else to refuse (gort_panic() for a message) */
	int (*init)(void);
	/* after the last call has left, before the code is unmapped */
	void (*fini)(void);
	/*
	 * Reload: the old version gives a malloc()ed block (0 and NULL for
	 * none), while it still serves calls; the new one, after its init,
	 * takes it over. The runtime frees the block. Non-zero from either
	 * rolls the reload back.
	 */
	int (*save)(void **state, size_t *size);
	int (*restore)(
	    const void *state, size_t size, const char *from_version);

	struct gort_moduledata *next; /* runtime: the list of modules */
	struct gort__image *image;    /* runtime: its record */
};

/*
 * What a module's constructor and destructor call, by GORT_MODULE or gort bind:
 * md becomes known and its init due; or its calls are waited for, fini runs, and
 * md is forgotten. md stays the module's, in its writable data. On any thread;
 * data without GORT_MAGIC is left alone.
 */
GORT_API void gort__addmoduledata(struct gort_moduledata *md);
GORT_API void gort__removemoduledata(struct gort_moduledata *md);

#ifdef __cplusplus
}
#endif

/*
 * How a refused call returns zero of a type: GORT__EX_... A structure's or a
 * complex number's bytes are not set. On i386 a function that takes its arguments
 * off the stack (stdcall, fastcall) is called below a boundary where it may be
 * refused: then that is a panic, while a return would leave them there.
 * GORT__CLASS: gcc's type class: 8 real, 9 complex, 12 struct, 13 union.
 * GORT__SIZE: in bytes; of void 1. GORT__IS_X87: long double, and no other type
 * of that size.
 */
#ifdef __cplusplus
extern "C++" {
template <class T> struct gort__class {
	enum { value = __builtin_classify_type(*(T *)0) };
};
template <> struct gort__class<void> {
	enum { value = 0 };
};
template <class T> struct gort__size {
	enum { value = sizeof(T) };
};
template <> struct gort__size<void> {
	enum { value = 1 };
};
template <class T> struct gort__is_x87 {
	enum { value = 0 };
};
template <> struct gort__is_x87<long double> {
	enum { value = 1 };
};
}
#define GORT__CLASS(t) ((int)gort__class<t>::value)
#define GORT__SIZE(t) ((int)gort__size<t>::value)
#define GORT__IS_X87(t) ((int)gort__is_x87<t>::value)
#else
#define GORT__CLASS(t) \
	__builtin_classify_type(*_Generic((t(*)(void))0, void (*)(void) \
					  : (int *)0, default \
					  : (t *)0))
#define GORT__SIZE(t) ((int)__extension__ sizeof(t))
#define GORT__IS_X87(t) \
	_Generic((t(*)(void))0, long double (*)(void) : 1, default : 0)
#endif
/* _Float16 is in a vector register, __float128 in memory */
#define GORT__EX_REAL_386(t) \
	(GORT__CLASS(t) != 8 || GORT__SIZE(t) == 2 ? 0 \
	    : GORT__SIZE(t) > 12                   ? GORT__EX_SRET \
						   : GORT__EX_ST0)
#if defined(_WIN32)
/* Microsoft, "x64 calling convention", "Return values"; gcc's on 386 */
#define GORT__EX_OF(t) \
	(GORT__SIZE(t) == 1 || GORT__SIZE(t) == 2 || GORT__SIZE(t) == 4 || \
		    GORT__SIZE(t) == 8 \
		? GORT__EX_REAL(t) \
	    : GORT__CLASS(t) == 8 && sizeof(void *) == 4 ? GORT__EX_ST0 \
							 : GORT__EX_SRET)
#define GORT__EX_REAL(t) (sizeof(void *) == 4 ? GORT__EX_REAL_386(t) : 0)
#elif defined(__i386__)
/* psABI i386 2.2.3.3 */
#define GORT__EX_OF(t) \
	(GORT__CLASS(t) >= 12 || (GORT__CLASS(t) == 9 && GORT__SIZE(t) > 8) \
		? GORT__EX_SRET \
		: GORT__EX_REAL_386(t))
#elif defined(__x86_64__)
/* psABI amd64 3.2.3 */
#define GORT__EX_OF(t) \
	(GORT__IS_X87(t)         ? GORT__EX_ST0 \
	    : GORT__SIZE(t) > 16 ? GORT__EX_SRET \
				 : 0)
#else
#define GORT__EX_OF(t) (GORT__SIZE(t) > 16 ? GORT__EX_SRET : 0)
#endif

#define GORT__STR(x) #x
#define GORT__XSTR(x) GORT__STR(x)

/*
 * Note [Module note]
 * .note.gort is a SHT_NOTE section of ELF notes (gABI, "Note Section"), owner
 * "GORT", each padded to 4 bytes; the section .gort of a PE image holds the
 * same:
 *   type 1, module: u32 abi_min, u32 abi_max, then "name\0version\0"
 *   type 2, export: "name\0return type\0(parameters)\0"
 *   type 3, need:   "name\0"
 * One module note an object; the other two in any number and order.
 */
#define GORT_NOTE_MODULE 1
#define GORT_NOTE_EXPORT 2
#define GORT_NOTE_NEED 3

#include <gort/stub.h>

/* C++ compilers warn of hooks that are not given (-Wextra), C's do not. */
#ifdef __cplusplus
#define GORT__SOME_FIELDS \
	_Pragma("GCC diagnostic push") \
	    _Pragma("GCC diagnostic ignored \"-Wmissing-field-initializers\"")
#define GORT__ALL_FIELDS _Pragma("GCC diagnostic pop")
#else
#define GORT__SOME_FIELDS
#define GORT__ALL_FIELDS
#endif

/*
 * name and version: one string literal each, or a macro that is one; then
 * initialisers of the hooks.
 */
#define GORT_MODULE(name_, version_, ...) \
	GORT__NOTE_OF_MODULE(name_, version_); \
	GORT__BOUNDS \
	GORT__SOME_FIELDS \
	GORT__HIDDEN struct gort_moduledata gort__moduledata = { \
	    .magic = GORT_MAGIC, \
	    .size = sizeof(struct gort_moduledata), \
	    .abi_min = GORT_MODULE_ABI_MIN, \
	    .abi_max = GORT_MODULE_ABI_MAX, \
	    .name = name_, \
	    .version = version_, \
	    .exports = GORT__EXPORTS, \
	    .exports_end = GORT__EXPORTS_END, \
	    .needs = GORT__NEEDS_BEGIN, \
	    .needs_end = GORT__NEEDS_END, \
	    __VA_ARGS__}; \
	GORT__ALL_FIELDS \
	GORT__CONSTRUCTOR static void gort__module_ctor(void) \
	{ \
		gort__addmoduledata(&gort__moduledata); \
	} \
	GORT__DESTRUCTOR static void gort__module_dtor(void) \
	{ \
		gort__removemoduledata(&gort__moduledata); \
	} \
	extern struct gort_moduledata gort__moduledata

/*
 * Define an exported function: GORT_EXPORT(int, add, (int a, int b)) { ... }
 * The symbol is a plain C function of that type. A call waits until the
 * module is initialised, binds the thread to the runtime, keeps the module
 * mapped while it runs, and is free to panic. It costs about 2 ns more than
 * a plain call. Where the runtime or the module's init failed, the body does
 * not run: below a boundary the reason is raised as a panic, elsewhere the
 * call returns zero and gort_errmsg() holds the reason. (Zero of types that are
 * returned in registers by themselves: a structure or complex number is not
 * written.)
 */
#define GORT_EXPORT(ret_, fn, args_) \
	GORT__HIDDEN ret_ gort__body_##fn args_; \
	GORT_VISIBLE ret_ fn args_; \
	GORT__HIDDEN struct gort__export gort__export_##fn = { \
	    .target = &gort__export_##fn.self, \
	    .flags = GORT__EX_OF(ret_) | GORT__EX_WORDS(ret_, args_), \
	    .self = {GORT__COLD, (void (*)(void)) & gort__body_##fn}, \
	    .name = #fn, \
	    .ret = #ret_, \
	    .args = #args_, \
	}; \
	GORT__IN_EXPORTS static struct gort__export \
	    *const gort__exportp_##fn = &gort__export_##fn; \
	GORT__NOTE_OF_EXPORT(gort__export_##fn, #fn, #ret_, #args_); \
	GORT__STUB(ret_, fn, args_); \
	ret_ gort__body_##fn args_

/* This module needs the module `name` (a string literal) initialised first. */
#define GORT_NEEDS(name_) GORT__NEEDS1(name_, __COUNTER__)
#define GORT__NEEDS1(name_, n) GORT__NEEDS2(name_, n)
#define GORT__NEEDS2(name_, n) \
	GORT__NOTE_OF_NEED(n, name_); \
	static const struct gort__need gort__need_##n = {name_}; \
	GORT__IN_NEEDS static const struct gort__need *const gort__needp_##n = \
	    &gort__need_##n

#endif
