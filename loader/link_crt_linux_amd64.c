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

/*
 * All arguments on the stack, eight bytes each, is what a list there is. The
 * bridge gives where those of a call lie, behind twelve arguments.
 */
#define UNUSED(n) __attribute__((unused)) uintptr_t unused##n
#define LAST_9 \
	UNUSED(4), UNUSED(5), UNUSED(6), UNUSED(7), UNUSED(8), UNUSED(9), \
	    UNUSED(10), UNUSED(11), UNUSED(12), void **args
#define LAST_10 UNUSED(3), LAST_9
#define LAST_11 UNUSED(2), LAST_10

struct list {
	unsigned gp_offset, fp_offset; /* past the registers */
	void *overflow_area, *save_area;
};

static void
convert(va_list to, void *from)
{
	struct list l = {48, 176, from, NULL};

	_Static_assert(sizeof(l) == sizeof(va_list), "psABI 3.5.7");
	memcpy(to, &l, sizeof(l));
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static int
list_fprintf(FILE *fp, const char *f, void *ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vfprintf(fp, format(f, buf), ap);
}

static int
list_snprintf(char *to, size_t n, const char *f, void *ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vsnprintf(to, n, format(f, buf), ap);
}

static int
list_fscanf(FILE *fp, const char *f, void *ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vfscanf(fp, format(f, buf), ap);
}

static int
list_sscanf(const char *from, const char *f, void *ms)
{
	char buf[MAX_FORMAT];
	va_list ap;

	convert(ap, ms);
	return vsscanf(from, format(f, buf), ap);
}

static int
list_printf(const char *f, void *ms)
{
	return list_fprintf(stdout, f, ms);
}

static int
list_sprintf(char *to, const char *f, void *ms)
{
	return list_snprintf(to, (size_t)1 << 30, f, ms);
}

static int
call_printf(const char *f, LAST_11)
{
	return list_printf(f, args + 1);
}

static int
call_fprintf(FILE *fp, const char *f, LAST_10)
{
	return list_fprintf(fp, f, args + 2);
}

static int
call_sprintf(char *to, const char *f, LAST_10)
{
	return list_sprintf(to, f, args + 2);
}

static int
call_snprintf(char *to, size_t n, const char *f, LAST_9)
{
	return list_snprintf(to, n, f, args + 3);
}

static int
call_scanf(const char *f, LAST_11)
{
	return list_fscanf(stdin, f, args + 1);
}

static int
call_fscanf(FILE *fp, const char *f, LAST_10)
{
	return list_fscanf(fp, f, args + 2);
}

static int
call_sscanf(const char *from, const char *f, LAST_10)
{
	return list_sscanf(from, f, args + 2);
}

static void
call_panic(const char *f, LAST_11)
{
	char text[512];

	list_snprintf(text, sizeof(text), f, args + 1);
	gort_panic("%s", text);
}

static FILE *
iob(unsigned i)
{
	return i == 0 ? stdin : i == 1 ? stdout : i == 2 ? stderr : NULL;
}

typedef MS int ms_order(const void *a, const void *b);

static int
call_order(const void *a, const void *b, void *order)
{
	return (*(ms_order **)order)(a, b);
}

static void
call_qsort(void *base, size_t n, size_t size, ms_order *order)
{
	LIBC(qsort_r)(base, n, size, call_order, &order);
}

static void *
call_bsearch(
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
static int
call_fseek(FILE *fp, int to, int whence)
{
	return LIBC(fseek)(fp, to, whence);
}

static int
call_labs(int n)
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
static void
crt_main(void)
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

/*
 * Names behind each other, so that they need no relocations each. First what is
 * of Windows' convention, as its arguments mix, or is not called at all.
 */
static const char here[] =
    "__chkstk\0_fltused\0ldexp\0ldexpf\0"
    "frexp\0frexpf\0modf\0modff\0"
    /* Note [No handlers of other compilers] */
    "__gxx_personality_seh0\0__gcc_personality_seh0\0"
    /* through the bridge */
    "__main\0__acrt_iob_func\0printf\0fprintf\0sprintf\0snprintf\0"
    "vprintf\0vfprintf\0vsprintf\0vsnprintf\0scanf\0fscanf\0sscanf\0"
    "vfscanf\0vsscanf\0qsort\0bsearch\0fseek\0labs\0gort_panic\0"
    "__cxa_throw\0";
#define NOT_BRIDGED 10
static const void *const functions[] = {gort__chkstk, &fltused, ms_ldexp,
    ms_ldexpf, ms_frexp, ms_frexpf, ms_modf, ms_modff, gort__msframe_cxx,
    gort__msframe_c, crt_main, iob, call_printf, call_fprintf, call_sprintf,
    call_snprintf, list_printf, list_fprintf, list_sprintf, list_snprintf,
    call_scanf, call_fscanf, call_sscanf, list_fscanf, list_sscanf, call_qsort,
    call_bsearch, call_fseek, call_labs, call_panic, gort__link_throw};

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

/* Note [No handlers of other compilers] */
static const char handles[] =
    "__C_specific_handler\0__CxxFrameHandler3\0__CxxFrameHandler4\0"
    "_CxxThrowException\0";
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
	if (strcmp(name, "__intrinsic_setjmpex") == 0)
		return LINK_NO_LEAVING;
	if (strcmp(name, "_tls_index") == 0)
		return LINK_NO_TLS;
	if (index_of(handles, name) >= 0)
		return "handlers of this kind need Windows: compile with "
		       "-fno-exceptions, or for mingw";
	return gort__link_is_class(name) ? LINK_NO_CLASS : NULL;
}

bool
gort__link_crt(const char *name, struct linkcrt *c)
{
	const char *own = name;
	const char *p = other;
	int i;

	memset(c, 0, sizeof(*c));
	if (strncmp(name, "__mingw_", 8) == 0)
		own += 8;
	/* the same, as the base is 2 */
	if (strncmp(own, "scalbn", 6) == 0 && !own[6 + (own[6] == 'f')])
		own = own[6] ? "ldexpf" : "ldexp";
	if (strcmp(own, "___chkstk_ms") == 0)
		own = "__chkstk";
	i = index_of(here, own);
	if (i >= 0) {
		c->address = (uintptr_t)functions[i];
		c->bridged = i >= NOT_BRIDGED;
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
