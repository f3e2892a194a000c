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
 * - of libc and libm all functions are known: those that do not fit, that call
 *   back or have a list of arguments are refused by the names and patterns here,
 *   which tests/link_coff.sh holds against the prototypes in the system's
 *   headers;
 * - gort_panic() and what else has a list of arguments takes where those lie;
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
    "fputws*\0fgetws*\0open_wmemstream\0";
static const char leaves[] =
    "setjmp\0sigsetjmp\0longjmp*\0siglongjmp*\0setcontext\0swapcontext\0"
    "makecontext\0vfork\0";
static const char calls_back[] =
    "signal\0bsd_signal\0ssignal\0sysv_signal\0sigset\0sigvec\0sigaction\0"
    "pthread_create\0pthread_once\0pthread_key_create\0pthread_atfork\0"
    "register_atfork\0thrd_create\0tss_create\0call_once\0at_quick_exit\0"
    "on_exit\0cxa_at*\0cxa_thread_at*\0qsort_r\0tsearch\0tfind\0tdelete\0"
    "tdestroy\0twalk*\0lfind\0lsearch\0scandir*\0ftw*\0nftw*\0glob\0glob64\0"
    "fts_open\0fts64_open\0dl_iterate_phdr\0clone\0obstack_begin*\0"
    "register_printf_*\0timer_create\0mq_notify\0lio_listio*\0"
    "getaddrinfo_a\0argp_parse\0fopencookie\0";
static const char has_list[] =
    "syslog*\0vsyslog*\0err\0errx\0warn\0warnx\0verr*\0vwarn*\0error\0"
    "error_at_line\0execl\0execle\0execlp\0";
/*
 * Of the compilers' run-time: emulated thread-local variables, new, delete,
 * exceptions.
 */
static const char run_time[] =
    "__emutls_get_address\0_Znw*\0_Zna*\0_Zdl*\0_Zda*\0__cxa_g*\0"
    "__cxa_pure_virtual\0__dynamic_cast\0__cxa_al*\0__cxa_b*\0__cxa_c*\0"
    "__cxa_e*\0__cxa_f*\0__cxa_r*\0__cxa_throw_*\0_ZSt9terminatev\0"
    "_Unwind_Resume\0";
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
	if (listed(leaves, name, len))
		return LINK_NO_LEAVING;
	if (listed(calls_back, name, len))
		return "it calls back by another convention";
	/* printf and its like that there are, are found before (link_crt.h) */
	if (listed(has_list, name, len) || ends_with(name, "printf") ||
	    ends_with(name, "printf_chk") || ends_with(name, "scanf"))
		return "its argument list is of another convention";
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
