/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C run-time that code of Windows' calling convention finds in a Linux
 * process. Most functions of libc it calls through gort__msbridge, which fits
 * those whose arguments are all integers and pointers, or all floating-point.
 * Here are the others: mixed and variable arguments, callbacks, mingw's own.
 *
 * long has 32 bits there, so formats are rewritten. A long double is passed by
 * address there: neither printf nor scanf can do %Lf. wchar_t has 16 bits.
 */
#include "link_crt.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS __attribute__((ms_abi))

#define MAX_FORMAT 4096

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
	qsort_r(base, n, size, call_order, &order);
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
	return ldexp(x, n);
}

static MS float
ms_ldexpf(float x, int n)
{
	return ldexpf(x, n);
}

static MS double
ms_frexp(double x, int *n)
{
	return frexp(x, n);
}

static MS float
ms_frexpf(float x, int *n)
{
	return frexpf(x, n);
}

static MS double
ms_modf(double x, double *whole)
{
	return modf(x, whole);
}

static MS float
ms_modff(float x, float *whole)
{
	return modff(x, whole);
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

#define HERE(name, fn) \
	{ \
		name, (uintptr_t)(fn), NULL, NULL \
	}
#define BOTH(name, fn) HERE(name, fn), HERE("__mingw_" name, fn)
#define CALLED(name, other) \
	{ \
		name, 0, other, NULL \
	}
#define NOT(name, reason) \
	{ \
		name, 0, NULL, reason \
	}
static const char frames[] = "it leaves frames of another convention";
static const char callbacks[] = "it calls back by another convention";
static const char lists[] = "its argument list is of another convention";

static const struct linkcrt all[] = {
    HERE("___chkstk_ms", gort__chkstk),
    HERE("__chkstk", gort__chkstk),
    HERE("__main", ms_main),
    HERE("_fltused", &fltused),
    HERE("__acrt_iob_func", ms_iob),
    BOTH("printf", ms_printf),
    BOTH("fprintf", ms_fprintf),
    BOTH("sprintf", ms_sprintf),
    BOTH("snprintf", ms_snprintf),
    BOTH("vprintf", ms_vprintf),
    BOTH("vfprintf", ms_vfprintf),
    BOTH("vsprintf", ms_vsprintf),
    BOTH("vsnprintf", ms_vsnprintf),
    BOTH("scanf", ms_scanf),
    BOTH("fscanf", ms_fscanf),
    BOTH("sscanf", ms_sscanf),
    BOTH("vfscanf", ms_vfscanf),
    BOTH("vsscanf", ms_vsscanf),
    HERE("qsort", ms_qsort),
    HERE("bsearch", ms_bsearch),
    HERE("ldexp", ms_ldexp),
    HERE("ldexpf", ms_ldexpf),
    HERE("scalbn", ms_ldexp),
    HERE("scalbnf", ms_ldexpf),
    HERE("frexp", ms_frexp),
    HERE("frexpf", ms_frexpf),
    HERE("modf", ms_modf),
    HERE("modff", ms_modff),
    CALLED("_errno", "__errno_location"),
    CALLED("_strdup", "strdup"),
    CALLED("_stricmp", "strcasecmp"),
    CALLED("_strnicmp", "strncasecmp"),
    NOT("setjmp", frames),
    NOT("_setjmp", frames),
    NOT("longjmp", frames),
    NOT("__intrinsic_setjmpex", frames),
    NOT("setcontext", frames),
    NOT("signal", callbacks),
    NOT("sigaction", callbacks),
    NOT("pthread_create", callbacks),
    NOT("pthread_once", callbacks),
    NOT("pthread_key_create", callbacks),
    NOT("thrd_create", callbacks),
    NOT("call_once", callbacks),
    NOT("at_quick_exit", callbacks),
    NOT("qsort_r", callbacks),
    NOT("tsearch", callbacks),
    NOT("lfind", callbacks),
    NOT("lsearch", callbacks),
    NOT("scandir", callbacks),
    NOT("ftw", callbacks),
    NOT("nftw", callbacks),
    NOT("glob", callbacks),
    NOT("dl_iterate_phdr", callbacks),
    NOT("vasprintf", lists),
    NOT("asprintf", lists),
    NOT("vsyslog", lists),
    NOT("syslog", lists),
    NOT("vscanf", lists),
    NOT("_tls_index", "thread-local variables need Windows"),
    NOT("__gxx_personality_seh0", "C++ with exceptions needs Windows"),
};

const struct linkcrt *
gort__link_crt(const char *name)
{
	unsigned i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].name, name) == 0)
			return &all[i];
	return NULL;
}
