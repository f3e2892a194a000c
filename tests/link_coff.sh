#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Objects of compilers for Windows linked into the process: gort call.
. ./tests/env.sh

[ "$have_link_coff" = yes ] && [ $os = linux ] || skip "COFF objects are not linked on $os $arch"
[ "$sanitizers" = no ] || skip "compiled objects know nothing of sanitizers"
[ -z "$EXEC_WRAPPER" ] || skip "slow under ${EXEC_WRAPPER%% *}"
case $arch in
amd64) mingw=x86_64-w64-mingw32 target=x86_64 machine=i386:x86-64 ;;
386) mingw=i686-w64-mingw32 target=i686 machine=i386 ;;
*) skip "COFF objects are not linked on $arch" ;;
esac
command -v $mingw-gcc >/dev/null || skip "no $mingw-gcc"
. "$srcdir/tests/link_calls.sh"
wcc="$mingw-gcc -w"

# ---- every way to compile ---------------------------------------------------
echo '#include "common.h"
int run(void) { int n = common(); return n ? n : 42; }' >kinds.c
models="small"
[ $arch = 386 ] || models="small medium large"
for o in -O0 -O1 -O2 -O3 -Os; do
	for model in $models; do
		m=
		[ $arch = 386 ] || m=-mcmodel=$model
		made_by kinds.c $mingw-gcc $o $m
	done
	made_by kinds.c $mingw-gcc $o -fcommon -ffunction-sections \
		-fdata-sections -g
	command -v clang >/dev/null || continue
	for env in gnu msvc; do
		for model in $models; do
			m=
			[ $arch = 386 ] || m=-mcmodel=$model
			made_by kinds.c clang -target $target-pc-windows-$env $o $m
		done
		made_by kinds.c clang -target $target-pc-windows-$env $o -g \
			-ffunction-sections -fdata-sections
	done
done
ok "few of these ways are unknown to the compilers" test $made -gt 10
command -v clang >/dev/null || skip_part "no clang"

# ---- the C library, by the other convention ---------------------------------
cat >lib.c <<'END'
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int order(const void *a, const void *b) { return *(int *)a - *(int *)b; }
__thread int counter = 4;
int run(void)
{
	int v[5] = {5, 1, 4, 2, 3}, i, n = 3, *p; char buf[64]; long l; double d;
	qsort(v, 5, sizeof(v[0]), order);
	for (i = 0; i < 5; i++) if (v[i] != i + 1) return 100 + i;
	p = bsearch(&n, v, 5, sizeof(v[0]), order);
	if (p != &v[2]) return 105;
	snprintf(buf, sizeof(buf), "%d %ld %.2f %s %lld %5.1f %c %x", 1, -2L, 3.25,
	    "four", 5LL, 6.5, '7', 8);
	if (strcmp(buf, "1 -2 3.25 four 5   6.5 7 8")) { puts(buf); return 106; }
	if (sscanf("7 8.5", "%ld %lf", &l, &d) != 2 || l != 7 || d != 8.5) return 107;
	d = ldexp(1.5, 3); if (d != 12) return 108;
	d = pow(2, 10) + frexp(8, &n); if (d != 1024.5 || n != 4) return 109;
	if (strtol("123", 0, 10) != 123 || atoi("77") != 77) return 110;
	errno = 0; fopen("/nowhere/at/all", "r"); if (errno != ENOENT) return 111;
	counter += 2; if (counter != 6) return 112;
	if (printf("%s", "") != 0 || fprintf(stderr, "%s", "") != 0) return 113;
	return 42;
}
END
if [ $arch = amd64 ]; then
	for o in -O0 -O2; do
		$wcc $o -c lib.c -o lib.obj
		ok "libc is called by its own convention, $o" calls 42 lib.obj
	done
	echo 'int setjmp(void *); int run(void) { int b[99]; return setjmp(b); }' >sj.c
	$wcc -fno-builtin -c sj.c -o sj.obj
	ok "what cannot be called is refused" refuses "setjmp is not for this code" sj.obj
	# what the bridge to functions of the process may call
	cat >args.c <<'END'
long long host12(long long, long long, long long, long long, long long,
    long long, long long, long long, long long, long long, long long, long long);
double host8(double, double, double, double, double, double, double, double);
void host_panics(void);
int run(void)
{
	return (int)host12(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12) +
	    (int)host8(1, 2, 3, 4, 5, 6, 7, 8);
}
int hurt(void) { volatile char frame[5000]; frame[7] = 1; host_panics(); return frame[7]; }
END
	cat >host.c <<'END'
#include <gort.h>
GORT_MODULE("host", "1.0");
GORT_EXPORT(long long, host12, (long long a, long long b, long long c, long long d,
    long long e, long long f, long long g, long long h, long long i, long long j,
    long long k, long long l))
{
	return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h + 9*i + 10*j + 11*k + 12*l;
}
GORT_EXPORT(double, host8, (double a, double b, double c, double d, double e, double f,
    double g, double h))
{
	return a + 2*b + 3*c + 4*d + 5*e + 6*f + 7*g + 8*h;
}
GORT_EXPORT(double, host_mixed, (double a, int b)) { return a * b; }
GORT_EXPORT(long, host_long, (long a)) { return a; }
GORT_EXPORT(void, host_panics, (void)) { gort_panic("by an export"); }
int unknown(int a) { return a; }
END
	$wcc -O1 -c args.c -o args.obj
	for f in mixed:double,int long:long; do
		echo "void host_${f%:*}(${f#*:}); int run(void) { host_${f%:*}(1$(
			[ $f = long:long ] || echo ', 2')); return 0; }" >h.c
		$wcc -c h.c -o ${f%:*}.obj
	done
	echo 'int unknown(int); int run(void) { return unknown(1); }' >unknown.c
	$wcc -c unknown.c -o unknown.obj
	$CC -O2 -shared -fPIC -I"$srcdir/include" host.c -o host.so \
		-L"$builddir/.libs" -lgort
	ok "a function of unknown parameters is refused" refuses \
		"unknown is not for this code here: whether its parameters" \
		unknown.obj ./host.so
	# every function of libc and libm whose prototype does not fit
	grep -h '^#include' "$srcdir/tests/link_coff_headers.h" >headers.c
	$CC -D_GNU_SOURCE -fsyntax-only -aux-info prototypes headers.c
	$CC -D_GNU_SOURCE -E -P headers.c >headers.i
	refuses_unfit() {
		python3 "$srcdir/tests/link_coff_unfit.py" "$gort" prototypes \
			headers.i
	}
	if [ -s prototypes ] && command -v python3 >/dev/null; then
		ok "what of libc and libm does not fit is refused" refuses_unfit
		tail -n 1 "$work/out"
	else
		skip_part "no gcc -aux-info: prototypes not looked at"
	fi
	cat >fits.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
int fma_(void);
int run(void)
{
	FILE *f = tmpfile(); volatile long n = -3; volatile double two = 2;
	if (!f || fputs("0123456789", f) < 0) return 100;
	if (fseek(f, n, SEEK_CUR) || fgetc(f) != '7') return 101;
	fclose(f);
	if (labs(n) != 3) return 102;
	if (fma(two, 3, 4) != 10 || ceil(two / 3) != 1 || (int)cbrt(27 * two / 2) != 3 ||
	    copysign(two, -1) != -2 || hypot(3, two * 2) != 5) return 103;
	return lround(two * 21);
}
END
	$wcc -fno-builtin -O1 -c fits.c -o fits.obj
	ok "what fits is called right, also with negative longs" calls 42 fits.obj
fi

# ---- symbols ----------------------------------------------------------------
cat >a.c <<'END'
__attribute__((weak)) int f(void) { return 1; }
int run(void) { return f(); }
END
echo 'int f(void) { return 42; }' >b.c
echo '__declspec(dllimport) int f(void); int run(void) { return f(); }' >imp.c
echo '__attribute__((weak)) int f(void) { return 2; }' >c.c
echo '#include <stdlib.h>
static int n = 40; __attribute__((constructor)) static void up(void) { n += 2; }
int run(void) { return n; }' >ctor.c
for f in a b c imp ctor; do $wcc -O1 -c $f.c -o $f.obj; done
$mingw-ar rc libb.a b.obj
ok "a weak function stands where there is no other" calls 1 a.obj
ok "a strong one is taken, after" calls 42 a.obj b.obj
ok "and before" calls 42 b.obj a.obj
ok "of two weak ones the first" calls 1 a.obj c.obj
ok "a pointer to what the load defines" calls 42 imp.obj b.obj
ok "also from an archive" calls 42 imp.obj libb.a
cp b.obj twice.obj
ok "two definitions name both objects" refuses "twice.obj: f is defined here and in b.obj" a.obj b.obj twice.obj
ok "constructors run" calls 42 ctor.obj
cat >order.c <<'END'
static int n, good = 1;
#define AT(p, k) __attribute__((constructor(p))) static void c##p(void) { if (n++ != k) good = 0; }
AT(300, 2) AT(200, 1) AT(150, 0)
__attribute__((constructor)) static void last(void) { if (n++ != 3) good = 0; }
int run(void) { return good ? 38 + n : n; }
END
$wcc -O1 -c order.c -o order.obj
ok ".ctors run in the order of their priorities" calls 42 order.obj
cat >crt.c <<'END'
static int n, good = 1; typedef void fn(void);
static void a(void) { if (n++ != 0) good = 0; }
static void b(void) { if (n++ != 1) good = 0; }
static void z(void) { if (n++ != 2) good = 0; }
__attribute__((section(".CRT$XCU"), used)) fn *pb = b;
__attribute__((section(".CRT$XCX"), used)) fn *pz = z;
__attribute__((section(".CRT$XCL"), used)) fn *pa = a;
__attribute__((section("lst$m"), used)) int lm = 38;
__attribute__((section("lst$a"), used)) int la = 1;
__attribute__((section("lst$z"), used)) int lz = 3;
int run(void)
{
	int s = 0, *p;
	for (p = &la; p <= &lz; p++) s += *p;
	return good && n == 3 ? s : n;
}
END
$wcc -O0 -c crt.c -o crt.obj
ok ".CRT\$XC* and lists lie in the order of their names" calls 42 crt.obj
if [ $arch = amd64 ]; then
	cat >exit.c <<'END'
#include <stdio.h>
#include <stdlib.h>
static void bye(void) { puts("bye"); fflush(stdout); }
__attribute__((destructor)) static void dtor(void) { puts("dtor"); fflush(stdout); }
int run(void) { return atexit(bye); }
END
	$wcc -O1 -c exit.c -o exit.obj
	said_at_end() {
		[ "$($call exit.obj --symbol run | tr '\n' ' ')" = "0 bye dtor " ] || {
			$call exit.obj --symbol run
			return 1
		}
	}
	ok "destructors and atexit run at the end" said_at_end
fi
ok "an undefined symbol is named" refuses "undefined symbol" imp.obj

# ---- import libraries -------------------------------------------------------
cat >il.c <<'END'
__declspec(dllimport) unsigned long strlen(const char *); int abs(int);
int run(void) { return abs(-38) + (int)strlen("four"); }
END
$wcc -O1 -fno-builtin -c il.c -o il.obj
printf 'LIBRARY "nothere.dll"\nEXPORTS\nabs\nstrlen\nnobody_has_this\n' >il.def
$mingw-dlltool -d il.def -l libgnu.a
libs=libgnu.a
if command -v llvm-dlltool >/dev/null; then
	llvm-dlltool -m ${machine##*:} -d il.def -l libms.lib 2>/dev/null ||
		llvm-dlltool -m $machine -d il.def -l libms.lib
	libs="$libs libms.lib"
else
	skip_part "no llvm-dlltool"
fi
echo '__declspec(dllimport) int nobody_has_this(void); int run(void) { return nobody_has_this(); }' >none.c
$wcc -O1 -c none.c -o none.obj
for l in $libs; do
	ok "$l: the process has what it names" calls 42 il.obj $l
	ok "$l, all of it" calls 42 --whole il.obj $l
	ok "$l: what is nowhere names the library" refuses nothere.dll none.obj $l
done
k=$($mingw-gcc -print-file-name=libkernel32.a)
echo '__declspec(dllimport) unsigned long __stdcall GetTickCount(void); int run(void) { return GetTickCount(); }' >tick.c
$wcc -O1 -c tick.c -o tick.obj
ok "mingw's own import library names KERNEL32.dll" refuses "of KERNEL32.dll, which is not here" tick.obj "$k"

# ---- objects of two formats -------------------------------------------------
echo 'int elf(void) { return 1; }' >elf.c
$CC -c elf.c -o elf.o
ok "ELF and COFF do not mix" refuses "in a link that has" a.obj elf.o

# ---- mingw's own objects ----------------------------------------------------
m=$($mingw-gcc -print-file-name=libmingwex.a)
if [ -e "$m" ] && [ $arch = amd64 ]; then
	echo 'double cbrt(double); char *__strtok_r(char *, const char *, char **); double log1p(double);
int lrint_(void); double fdim(double, double);
int run(void) { return (int)(cbrt(27.0) * 10 + fdim(13.0, 1.0)); }' >mex.c
	$wcc -O1 -fno-builtin -c mex.c -o mex.obj
	ok "functions of libmingwex.a" calls 42 mex.obj "$m"
fi

# ---- panics -----------------------------------------------------------------
if [ $arch = amd64 ]; then
	cat >deep.c <<'END'
void gort_panic(const char *, ...);
typedef void thrower(int);
__attribute__((noinline)) int deep(int n, thrower *t)
{
	volatile char frame[n * 16 + 16];
	frame[0] = (char)n;
	if (!n) t(7);
	else return deep(n - 1, t) + frame[0];
	return 0;
}
__attribute__((noinline)) int deep_process(int n, thrower *t)
{
	volatile char frame[5000];
	frame[n] = 1;
	if (!n) gort_panic("by the process's own name");
	else return deep_process(n - 1, t) + frame[n];
	return 0;
}
END
	for o in -O0 -O1 -O2; do
		$wcc $o -c deep.c -o deep.obj
		ok "panics, mingw gcc $o" env LINK_OBJECTS="$work" \
			timeout -k 5 100 "$builddir/tests/test_link_bridge"
		command -v clang >/dev/null || continue
		clang -target x86_64-pc-windows-msvc $o -w -c deep.c -o deep.obj
		ok "panics, clang $o" env LINK_OBJECTS="$work" \
			timeout -k 5 100 "$builddir/tests/test_link_bridge"
	done
fi
done_testing
