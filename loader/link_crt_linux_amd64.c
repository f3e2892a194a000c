/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C run-time that code of Windows' calling convention finds in a Linux
 * process. Most functions of libc it calls through gort__msbridge
 * (link_bridge.c). Here are others: mixed and variable arguments, callbacks,
 * mingw's own.
 *
 * long has 32 bits there, so formats are rewritten. A long double is passed by
 * address there: neither printf nor scanf can do %Lf. wchar_t has 16 bits.
 */
#include "../include/small.h"
#include "link_crt.h"
#include "../runtime/dynlib.h"
#include "../runtime/runtime.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS __attribute__((ms_abi))

#define MAX_FORMAT 4096

/*
 * A function of libc that nothing but code of Windows calls here: it is looked
 * up when that first does, not when a process loads the library.
 */
#ifdef PIC
static void *
libc_function(void **found, const char *name)
{
	void *p = __atomic_load_n(found, __ATOMIC_RELAXED);

	if (!p) {
		p = gort__dl_symbol(NULL, name);
		__atomic_store_n(found, p, __ATOMIC_RELAXED);
	}
	return p;
}

#define LIBC(fn) \
	({ \
		static void *found; \
		void *p = libc_function(&found, #fn); \
		__typeof__(&(fn)) f; \
		memcpy(&f, &p, sizeof(p)); \
		f; \
	})
#else
#define LIBC(fn) (fn)
#endif

/*
 * A format of Windows in C99's: I64, I32, I; l is no length. The format itself
 * where it needs no change; what is too long for buf stays as it is.
 */
static const char *
format(const char *f, char buf[MAX_FORMAT])
{
	size_t n = 0;
	const char *p = f;

	if (strlen(f) > MAX_FORMAT / 2)
		return f;
	while (*p) {
		buf[n++] = *p;
		if (*p++ != '%')
			continue;
		while (*p && strchr("-+ #0123456789.*'", *p))
			buf[n++] = *p++;
		if (strncmp(p, "I64", 3) == 0) {
			buf[n++] = 'l';
			buf[n++] = 'l';
			p += 3;
		} else if (strncmp(p, "I32", 3) == 0) {
			p += 3;
		} else if (*p == 'I') {
			buf[n++] = 'z';
			p++;
		} else if (*p == 'l' && p[1] && strchr("diouxXn", p[1])) {
			p++;
		}
		if (*p)
			buf[n++] = *p++;
		if (p[-1] == 'l' && *p == 'l')
			buf[n++] = *p++; /* ll */
	}
	buf[n] = '\0';
	return buf;
}

/* All arguments on the stack, eight bytes each, is what a list there is. */
struct list {
	unsigned gp_offset, fp_offset; /* past the registers */
	void *overflow_area, *save_area;
};

static void
convert(va_list to, __builtin_ms_va_list from)
{
	struct list l = {48, 176, from, NULL};

	_Static_assert(sizeof(l) == sizeof(va_list), "psABI 3.5.7");
	memcpy(to, &l, sizeof(l));
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static MS int
ms_vfprintf(FILE *fp, const char *f, __builtin_ms_va_list ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vfprintf(fp, format(f, buf), ap);
}

static MS int
ms_vsnprintf(char *to, size_t n, const char *f, __builtin_ms_va_list ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vsnprintf(to, n, format(f, buf), ap);
}

static MS int
ms_vprintf(const char *f, __builtin_ms_va_list ms)
{
	return ms_vfprintf(stdout, f, ms);
}

static MS int
ms_vsprintf(char *to, const char *f, __builtin_ms_va_list ms)
{
	return ms_vsnprintf(to, (size_t)1 << 30, f, ms);
}

static MS int
ms_vfscanf(FILE *fp, const char *f, __builtin_ms_va_list ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vfscanf(fp, format(f, buf), ap);
}

static MS int
ms_vsscanf(const char *from, const char *f, __builtin_ms_va_list ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vsscanf(from, format(f, buf), ap);
}

/* name(fixed..., f, ...) by vname(fixed..., f, list) */
#define VARIADIC(name, call, ...) \
	static MS int ms_##name(__VA_ARGS__, const char *f, ...) \
	{ \
		__builtin_ms_va_list ms; \
		int n; \
\
		__builtin_ms_va_start(ms, f); \
		n = call; \
		__builtin_ms_va_end(ms); \
		return n; \
	}
VARIADIC(fprintf, ms_vfprintf(fp, f, ms), FILE *fp)
VARIADIC(sprintf, ms_vsprintf(to, f, ms), char *to)
VARIADIC(snprintf, ms_vsnprintf(to, size, f, ms), char *to, size_t size)
VARIADIC(fscanf, ms_vfscanf(fp, f, ms), FILE *fp)
VARIADIC(sscanf, ms_vsscanf(from, f, ms), const char *from)

static MS int
ms_printf(const char *f, ...)
{
	__builtin_ms_va_list ms;
	int n;

	__builtin_ms_va_start(ms, f);
	n = ms_vfprintf(stdout, f, ms);
	__builtin_ms_va_end(ms);
	return n;
}

static MS int
ms_scanf(const char *f, ...)
{
	__builtin_ms_va_list ms;
	int n;

	__builtin_ms_va_start(ms, f);
	n = ms_vfscanf(stdin, f, ms);
	__builtin_ms_va_end(ms);
	return n;
}

static MS void
ms_panic(const char *f, ...)
{
	char text[512];
	__builtin_ms_va_list ms;

	__builtin_ms_va_start(ms, f);
	ms_vsnprintf(text, sizeof(text), f, ms);
	__builtin_ms_va_end(ms);
	gort_panic("%s", text);
}

static MS FILE *
ms_iob(unsigned i)
{
	return i == 0 ? stdin : i == 1 ? stdout : i == 2 ? stderr : NULL;
}

typedef MS int ms_order(const void *a, const void *b);

static int
call_order(const void *a, const void *b, void *order)
{
	return (*(ms_order **)order)(a, b);
}

static MS void
ms_qsort(void *base, size_t n, size_t size, ms_order *order)
{
	LIBC(qsort_r)(base, n, size, call_order, &order);
}

static MS void *
ms_bsearch(
    const void *key, const void *base, size_t n, size_t size, ms_order *order)
{
	uintptr_t lo = (uintptr_t)base;

	while (n) {
		uintptr_t mid = lo + n / 2 * size;
		int c = order(key, (const void *)mid);

		if (c == 0)
			return (void *)mid;
		if (c > 0) {
			lo = mid + size;
			n--;
		}
		n /= 2;
	}
	return NULL;
}

static MS double
ms_ldexp(double x, int n)
{
	return LIBC(ldexp)(x, n);
}

static MS float
ms_ldexpf(float x, int n)
{
	return LIBC(ldexpf)(x, n);
}

static MS double
ms_frexp(double x, int *n)
{
	return LIBC(frexp)(x, n);
}

static MS float
ms_frexpf(float x, int *n)
{
	return LIBC(frexpf)(x, n);
}

/* long has 32 bits there, and what is above them in a register is not told */
static MS int
ms_fseek(FILE *fp, int to, int whence)
{
	return LIBC(fseek)(fp, to, whence);
}

static MS int
ms_labs(int n)
{
	return n < 0 ? -n : n;
}

static MS double
ms_modf(double x, double *whole)
{
	return LIBC(modf)(x, whole);
}

static MS float
ms_modff(float x, float *whole)
{
	return LIBC(modff)(x, whole);
}

/* mingw's main calls it for the constructors of a program. */
static MS void
ms_main(void)
{
}

/* What MSVC's linker looks for where floating-point is used. */
static const int fltused = 0x9875;

static void
call_at_exit(void *fn)
{
	((MS void (*)(void))(uintptr_t)fn)();
}

extern int __cxa_atexit(void (*fn)(void *), void *arg, void *handle);

MS int
gort__link_atexit(void (*fn)(void), void *handle)
{
	return __cxa_atexit(call_at_exit, (void *)(uintptr_t)fn, handle);
}

/* Names behind each other, so that they need no relocations each. */
static const char here[] = "___chkstk_ms\0__chkstk\0__main\0_fltused\0"
			   "__acrt_iob_func\0printf\0fprintf\0sprintf\0"
			   "snprintf\0vprintf\0vfprintf\0vsprintf\0"
			   "vsnprintf\0scanf\0fscanf\0sscanf\0vfscanf\0"
			   "vsscanf\0qsort\0bsearch\0ldexp\0ldexpf\0"
			   "scalbn\0scalbnf\0frexp\0frexpf\0modf\0modff\0"
			   "fseek\0labs\0gort_panic\0";
static const void *const functions[] = {gort__chkstk, gort__chkstk, ms_main,
    &fltused, ms_iob, ms_printf, ms_fprintf, ms_sprintf, ms_snprintf,
    ms_vprintf, ms_vfprintf, ms_vsprintf, ms_vsnprintf, ms_scanf, ms_fscanf,
    ms_sscanf, ms_vfscanf, ms_vsscanf, ms_qsort, ms_bsearch, ms_ldexp,
    ms_ldexpf, ms_ldexp, ms_ldexpf, ms_frexp, ms_frexpf, ms_modf, ms_modff,
    ms_fseek, ms_labs, ms_panic};

/* Pairs: what Windows' run-time calls it, and what libc does. */
static const char other[] = "_errno\0__errno_location\0_strdup\0strdup\0"
			    "_stricmp\0strcasecmp\0_strnicmp\0strncasecmp\0"
			    /* size_t is another type, so a letter differs */
			    "_Znwy\0_Znwm\0_Znay\0_Znam\0"
			    "_ZdlPvy\0_ZdlPvm\0_ZdaPvy\0_ZdaPvm\0"
			    /* new and delete, as MSVC has them */
			    "??2@YAPEAX_K@Z\0_Znwm\0??_U@YAPEAX_K@Z\0_Znam\0"
			    "??3@YAXPEAX@Z\0_ZdlPv\0??_V@YAXPEAX@Z\0_ZdaPv\0"
			    "??3@YAXPEAX_K@Z\0_ZdlPvm\0"
			    "??_V@YAXPEAX_K@Z\0_ZdaPvm\0";

static const char leaves[] = "setjmp\0_setjmp\0longjmp\0setcontext\0"
			     "__intrinsic_setjmpex\0";
static const char calls_back[] =
    "signal\0sigaction\0pthread_create\0pthread_once\0pthread_key_create\0"
    "thrd_create\0call_once\0at_quick_exit\0qsort_r\0tsearch\0lfind\0"
    "lsearch\0scandir\0ftw\0nftw\0glob\0dl_iterate_phdr\0";
/* Note [No handlers in Windows' frames] */
static const char handles[] =
    "__gxx_personality_seh0\0__gcc_personality_seh0\0_Unwind_Resume\0"
    "__C_specific_handler\0__CxxFrameHandler3\0__CxxFrameHandler4\0"
    "_CxxThrowException\0__cxa_allocate_exception\0__cxa_begin_catch\0";
static const char has_list[] =
    "asprintf\0vasprintf\0syslog\0vsyslog\0vscanf\0dprintf\0vdprintf\0";

/* Which of the names it is, or -1. */
static int
index_of(const char *names, const char *name)
{
	int i;

	for (i = 0; *names; i++, names += strlen(names) + 1)
		if (strcmp(names, name) == 0)
			return i;
	return -1;
}

static const char *
reason(const char *name)
{
	if (index_of(leaves, name) >= 0)
		return "it leaves frames of another convention";
	if (index_of(calls_back, name) >= 0)
		return "it calls back by another convention";
	if (index_of(has_list, name) >= 0)
		return "its argument list is of another convention";
	if (strcmp(name, "_tls_index") == 0)
		return LINK_NO_TLS;
	if (index_of(handles, name) >= 0)
		return "handlers of exceptions need Windows: compile with "
		       "-fno-exceptions";
	return gort__link_is_class(name) ? LINK_NO_CLASS : NULL;
}

bool
gort__link_crt(const char *name, struct linkcrt *c)
{
	const char *p = other;
	int i;

	memset(c, 0, sizeof(*c));
	i = index_of(here, strncmp(name, "__mingw_", 8) ? name : name + 8);
	if (i >= 0) {
		c->address = (uintptr_t)functions[i];
		return true;
	}
	i = index_of(other, name);
	if (i >= 0 && i % 2 == 0) {
		for (i++; i; i--)
			p += strlen(p) + 1;
		c->other = p;
		return true;
	}
	c->reason = reason(name);
	return c->reason != NULL;
}

const uintptr_t gort__link_bridge = (uintptr_t)gort__msbridge;
