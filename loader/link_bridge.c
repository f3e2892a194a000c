/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which functions of the process code of Windows' calling convention may call
 * through gort__msbridge.
 *
 * Note [What the bridge may call]
 * Windows' convention numbers all arguments together: f(double, int) has them
 * in xmm0 and rdx, f(int, int) in rcx and rdx. System V numbers integers and
 * floating-point apart: xmm0 and rdi there. So rdi is rdx for the one and rcx
 * for the other, and nothing in the registers tells which: a bridge that does
 * not know the parameters is right only where all are of one kind. It gives
 * both kinds their places, integers up to the twelfth and floating-point up to
 * the eighth argument, and this file sees to the rest:
 *
 * - of libc and libm all functions are known: those that do not fit are refused
 *   by the names and patterns here, which
 *   tests/link_coff.sh holds against the prototypes in the system's headers;
 * - gort_panic() is written for the other convention as well;
 * - exports of open plugins say what their parameters are;
 * - of any other function nothing is known, so it is refused. gort_link_define()
 *   gives such code functions of its own convention.
 *
 * long has 32 bits there and wchar_t 16, and long double and complex numbers
 * are passed by address: functions that take those do not fit either.
 */
#include "../include/small.h"
#include "link_crt.h"

#include "../include/gort_err.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* In lists, '*' stands for all that begin so. */
static const char mixes[] =
    "sincos\0frexp\0ldexp\0modf\0jn\0yn\0lgamma_r\0gamma_r\0scalbn\0scalbln\0"
    "remquo\0fromfp\0ufromfp\0fromfpx\0ufromfpx\0setpayload\0setpayloadsig\0"
    "strfrom*\0ecvt\0fcvt\0gcvt\0ecvt_r\0fcvt_r\0strfmon\0strfmon_l\0";
static const char wide[] =
    "ldiv\0imaxdiv\0lldiv\0lseek\0ftruncate\0truncate\0srand48\0seekdir\0"
    "l64a\0nexttoward*\0frexpl\0ldexpl\0modfl\0scalbnl\0copysignl\0finitel\0"
    "isinfl\0isnanl\0signbitl\0fpclassifyl\0qecvt*\0qfcvt*\0qgcvt\0strtold*"
    "\0strtof64x*\0"
    "strtof128*\0wcs*\0wmem*\0wcp*\0mbs*\0mbrtowc\0mbtowc\0wcrtomb\0wctomb\0"
    "swprintf\0fputws*\0fgetws*\0";
/* Of the compilers' run-time: emulated thread-local variables, new, delete. */
static const char run_time[] =
    "__emutls_get_address\0_Znw*\0_Zna*\0_Zdl*\0_Zda*\0__cxa_guard_*\0"
    "__cxa_pure_virtual\0__dynamic_cast\0";
/* Of libm, what begins with c and is not complex. */
static const char plain[] =
    "ceil\0ceilf\0cbrt*\0cos*\0copysign*\0canonicalize*\0";

static const char mixed[] = "its parameters mix integers and floating-point";

static bool
listed(const char *list, const char *name, size_t len)
{
	for (; *list; list += strlen(list) + 1) {
		size_t n = strlen(list);
		bool open = list[n - 1] == '*';

		n -= open;
		if ((open ? len >= n : len == n) && memcmp(list, name, n) == 0)
			return true;
	}
	return false;
}

/* Bytes of a function's name that say nothing of its type: sincosf32x. */
static size_t
without_type(const char *name)
{
	static const char types[][5] = {"f32x", "f32", "f64", "f"};
	size_t len = strlen(name), n, i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		n = strlen(types[i]);
		if (len > n && strcmp(name + len - n, types[i]) == 0)
			return len - n;
	}
	return len;
}

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len >= n && strcmp(name + len - n, end) == 0;
}

/* One of the system's functions. */
static const char *
unfit(const char *name, bool math)
{
	size_t len;

	while (*name == '_')
		name++;
	len = strlen(name);
	if (listed(mixes, name, len) ||
	    listed(mixes, name, without_type(name)) ||
	    (strncmp(name, "lgamma", 6) == 0 && ends_with(name, "_r")))
		return mixed;
	if (listed(wide, name, len))
		return "long, wchar_t and long double are other types there";
	if (strstr(name, "f64x") || strstr(name, "f128") ||
	    (math && ((*name == 'c' && !listed(plain, name, len)) ||
			 (ends_with(name, "l") && strcmp(name, "ceil") != 0))))
		return "long double and complex are passed otherwise there";
	return NULL;
}

/* Has a library that is loaded a symbol of that name? */
static bool
has(const char *file, const char *name)
{
	void *lib = dlopen(file, RTLD_NOW | RTLD_NOLOAD), *found = NULL;

	if (lib) {
		found = dlsym(lib, name);
		dlclose(lib);
	}
	return found != NULL;
}

/* libc, whatever its file is called: nobody else defines this. */
static bool
libc_has(const char *name)
{
	const void *code = dlsym(RTLD_DEFAULT, "__errno_location");
	Dl_info in;

	return code && dladdr(code, &in) && in.dli_fname &&
	       has(in.dli_fname, name);
}

/* One parameter, as it is spelled: 'i', 'f', or '?' for what does not fit. */
static char
kind_of(const char *from, const char *end)
{
	static const struct {
		char word[12];
		char kind;
	} words[] = {{"long double", '?'}, {"_Complex", '?'}, {"wchar_t", '?'},
	    {"double", 'f'}, {"float", 'f'}};
	char text[64];
	unsigned i;

	if (end - from >= (ptrdiff_t)sizeof(text))
		return '?';
	if (memchr(from, '*', (size_t)(end - from)) ||
	    memchr(from, '[', (size_t)(end - from)))
		return 'i';
	memcpy(text, from, (size_t)(end - from));
	text[end - from] = '\0';
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(text, words[i].word))
			return words[i].kind;
	/* 32 bits there: what is above them is not told */
	if (strstr(text, "long") && !strstr(text, "long long"))
		return '?';
	return 'i';
}

/* "(int a, double b)" */
static const char *
unfit_args(const char *args)
{
	const char *end;
	char first = 0, kind;
	unsigned n = 0;

	if (*args != '(' || !ends_with(args, ")") || strstr(args, "..."))
		return "its parameters are not known";
	for (args++; *args; args = end + 1) {
		end = args + strcspn(args, ",)");
		kind = kind_of(args, end);
		if (*end == '(' || kind == '?')
			return "its parameters are of types that are passed "
			       "otherwise there";
		if (first && kind != first)
			return mixed;
		first = kind;
		n++;
	}
	return n > (first == 'f' ? 8 : 12) ? "it has too many parameters"
					   : NULL;
}

const char *
gort__link_unbridged(const char *name, const char *args)
{
	if (args)
		return unfit_args(args);
	if (listed(run_time, name, strlen(name)))
		return NULL;
	if (libc_has(name))
		return unfit(name, false);
	if (has("libm.so.6", name))
		return unfit(name, true);
	return "whether its parameters are integers or floating-point is not "
	       "known: gort_link_define() one for it";
}
