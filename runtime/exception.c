/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an exception of another runtime says: the type and what() of a C++
 * one, by the Itanium C++ ABI's own functions, found in the library that
 * threw; of a Rust panic its message (rustpanic.c). Neither libstdc++ nor
 * Rust's is linked or loaded from here.
 */
#include "../include/small.h"
#include "runtime.h"
#include "dynlib.h"

#include <stdlib.h>
#include <string.h>

/* Exception classes: the low byte tells dependent exceptions apart. */
#define CLASS_GNU_CXX UINT64_C(0x474e5543432b2b00)    /* "GNUCC++\0" */
#define CLASS_CLANG_CXX UINT64_C(0x434c4e47432b2b00)  /* "CLNGC++\0" */
#define CLASS_RUST UINT64_C(0x4d4f5a0052555354)       /* "MOZ\0RUST" */
#define CLASS_RUST_BYTES UINT64_C(0x54535552005a4f4d) /* in that order */

/*
 * std::exception_ptr: one word, returned in memory as every class with a
 * destructor is (Itanium C++ ABI 3.1.4). Larger here, so that C returns it in
 * memory too; only the first word is written.
 */
struct exception_ptr {
	void *object;
	void *unused[4];
};

/* How member functions take `this`: gcc for Windows 386 follows MSVC. */
#if defined(_WIN32) && defined(__i386__)
#define MEMBER __attribute__((thiscall))
#else
#define MEMBER
#endif

/* A C++ runtime's functions, from the object that holds its cleanup. */
struct cxx {
	void *(*begin_catch)(void *);
	void (*end_catch)(void);
	void *(*current_type)(void);
	char *(*demangle)(const char *, char *, size_t *, int *);
	struct exception_ptr (*current_exception)(void); /* std:: */
	MEMBER void (*exception_ptr_dtor)(void **);
	void *std_exception; /* typeid(std::exception) */
};

static bool
find_cxx(const struct _Unwind_Exception *ue, struct cxx *cxx)
{
	void *cleanup, *lib;

	memcpy(&cleanup, &ue->exception_cleanup, sizeof(cleanup));
	lib = cleanup ? gort__dl_holding(cleanup) : NULL;
	if (!lib)
		return false;
	gort__dl_function(lib, "__cxa_begin_catch", &cxx->begin_catch);
	gort__dl_function(lib, "__cxa_end_catch", &cxx->end_catch);
	gort__dl_function(
	    lib, "__cxa_current_exception_type", &cxx->current_type);
	gort__dl_function(lib, "__cxa_demangle", &cxx->demangle);
	gort__dl_function(
	    lib, "_ZSt17current_exceptionv", &cxx->current_exception);
	gort__dl_function(lib, "_ZNSt15__exception_ptr13exception_ptrD1Ev",
	    &cxx->exception_ptr_dtor);
	cxx->std_exception = gort__dl_symbol(lib, "_ZTISt9exception");
	gort__dl_close(lib); /* the exception's code keeps it loaded */
	return cxx->begin_catch && cxx->end_catch && cxx->current_type;
}

/* A virtual function of an object, by its place in the vtable. */
static void
vfunc(const void *object, unsigned i, void *fn)
{
	void *const *vtable = *(void *const *const *)object;

	memcpy(fn, &vtable[i], sizeof(void *));
}

/*
 * what() of the current exception, if its type derives from std::exception:
 * type_info's __do_catch (the fifth virtual function in the Itanium ABI's
 * layout) decides and finds the base; what() is the third of std::exception.
 * The object is what a std::exception_ptr points to, also for one that was
 * thrown again by std::rethrow_exception. GNU only: libc++ differs.
 */
static void
add_what(const struct cxx *cxx, const void *type, struct gort_error *err)
{
	MEMBER bool (*do_catch)(const void *, const void *, void **, unsigned);
	MEMBER const char *(*what)(const void *);
	size_t len = strlen(err->message);
	void *ptr = NULL, *object;

	if (!cxx->std_exception || !cxx->current_exception ||
	    !cxx->exception_ptr_dtor)
		return;
	ptr = cxx->current_exception().object;
	object = ptr;
	vfunc(cxx->std_exception, 4, &do_catch);
	if (object && do_catch(cxx->std_exception, type, &object, 1)) {
		vfunc(object, 2, &what);
		snprintf(err->message + len, sizeof(err->message) - len, ": %s",
		    what(object));
	}
	cxx->exception_ptr_dtor(&ptr);
}

static void
describe_cxx(struct _Unwind_Exception *ue, struct gort_error *err)
{
	bool gnu = (ue->exception_class & ~UINT64_C(0xff)) == CLASS_GNU_CXX;
	const char *mangled;
	struct cxx cxx = {0};
	const void *type;
	char *name = NULL;

	gort__copy(err->message, sizeof(err->message), "C++ exception");
	if (!find_cxx(ue, &cxx)) {
		/* a runtime of its own, without names: it frees the object */
		if (ue->exception_cleanup)
			ue->exception_cleanup(
			    _URC_FOREIGN_EXCEPTION_CAUGHT, ue);
		return;
	}
	cxx.begin_catch(ue);
	type = cxx.current_type();
	if (type) {
		/* type_info: vtable, then the name */
		mangled = ((const char *const *)type)[1];
		mangled += *mangled == '*';
		if (cxx.demangle)
			name = cxx.demangle(mangled, NULL, NULL, NULL);
		gort__copy(
		    err->message, sizeof(err->message), name ? name : mangled);
		free(name);
		if (gnu)
			add_what(&cxx, type, err);
	}
	cxx.end_catch();
}

/* The class as its vendor and language, four letters each, and in hex. */
static void
describe_unknown(struct _Unwind_Exception *ue, struct gort_error *err)
{
	uint64_t class = ue->exception_class;
	char name[9] = "";
	unsigned i, c;

	for (i = 0; i < 8; i++) {
		c = class >> (56 - 8 * i) & 0xff;
		name[i] = (char)(c >= ' ' && c < 0x7f ? c : '.');
	}
	snprintf(err->message, sizeof(err->message),
	    "exception of class \"%s\" (%016llx)", name,
	    (unsigned long long)class);
	if (ue->exception_cleanup)
		ue->exception_cleanup(_URC_FOREIGN_EXCEPTION_CAUGHT, ue);
}

void
gort__exception_describe(struct panic *p)
{
	struct _Unwind_Exception *ue = p->foreign;

	/* another may come to lie where it was */
	p->foreign = &p->ue;
	switch (ue->exception_class & ~UINT64_C(0xff)) {
	case CLASS_GNU_CXX:
	case CLASS_CLANG_CXX:
		describe_cxx(ue, &p->err);
		return;
	case CLASS_RUST & ~UINT64_C(0xff):
	case CLASS_RUST_BYTES & ~UINT64_C(0xff):
		gort__rust_describe(ue, p);
		return;
	default:
		describe_unknown(ue, &p->err);
		return;
	}
}
