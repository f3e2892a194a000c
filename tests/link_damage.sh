#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Damaged objects: linked but not run (test_link_damage), and loaded.
. ./tests/env.sh

[ "$have_link_elf" = yes ] || skip "objects are not linked on $os $arch"
cd "$work" || exit 99

cat >c.c <<'END'
#include <stdio.h>
#include <string.h>
static const char *const names[] = {"a", "b"};
int data[4] = {1}, zeros[8], common_one;
__attribute__((weak)) int weak_none(void);
static int three(void) { return 3; }
static int (*resolve(void))(void) { return three; }
int indirect(void) __attribute__((ifunc("resolve")));
__attribute__((constructor)) static void first(void) { data[2] = 3; }
__attribute__((destructor)) static void last(void) { data[2] = 4; }
int run(int i)
{
	fprintf(stderr, "%d", data[1]);
	return (int)strlen(names[i & 1]) + zeros[1] + indirect() +
		(weak_none ? weak_none() : common_one);
}
END
cat >tls.c <<'END'
__thread int a = 3, b;
static __thread char c[100];
int run(void) { return a + b++ + c[3]; }
END
cat >cxx.cc <<'END'
#include <stdexcept>
#include <string>
static int counter;
struct early { early() { counter = 30; } ~early() { counter--; } } one;
inline int shared_one() { static int n; return ++n; }
extern "C" int run(int x)
{
	try {
		std::string s("x");
		if (x) throw std::runtime_error(s + "y");
	} catch (const std::exception &e) {
		return shared_one() + e.what()[0];
	}
	return counter;
}
END
objects="c.o tls.o"
$CC -O1 -fPIC -fcommon -g0 -c c.c || exit 99
$CC -O1 -fPIC -c tls.c || exit 99
if [ "$have_cxx" = yes ] && $CXX -O1 -fPIC -g0 -c cxx.cc; then
	objects="$objects cxx.o"
fi
case $arch in
386) machine=i686 ;;
*) machine=x86_64 ;;
esac
if [ "$have_link_coff" = no ]; then
	skip_part "COFF objects are not linked on $os $arch"
elif command -v $machine-w64-mingw32-gcc >/dev/null; then
	cat >coff.c <<'END'
#include <string.h>
static const char *const names[] = {"a", "b"};
int data[4] = {1}, zeros[8], common_one;
__declspec(dllimport) int abs(int);
__attribute__((weak)) int weak_own(void) { return 1; }
__attribute__((constructor)) static void first(void) { data[2] = 3; }
__attribute__((destructor)) static void last(void) { data[2] = 4; }
int run(int i)
{
	volatile char frame[9000];
	frame[i] = 1;
	return (int)strlen(names[i & 1]) + zeros[1] + weak_own() + abs(i) +
		common_one + frame[8999];
}
END
	cat >coff.cc <<'END'
struct base { virtual int f() { return 1; } };
template <class T> struct v : base { T n; int f() override { return (int)n; } };
inline int shared_one() { static int n; return ++n; }
extern "C" int run(int x)
{
	v<int> a; v<long> b; a.n = x; b.n = 2;
	base *p = x ? (base *)&a : (base *)&b;
	return p->f() + shared_one();
}
END
	$machine-w64-mingw32-gcc -O1 -fno-builtin -fcommon -w -c coff.c \
		-o coff.obj && objects="$objects coff.obj"
	command -v $machine-w64-mingw32-g++ >/dev/null &&
		$machine-w64-mingw32-g++ -O1 -fno-exceptions -fno-rtti \
			-fno-threadsafe-statics -w -c coff.cc -o coffcc.obj &&
		objects="$objects coffcc.obj"
else
	skip_part "no $machine-w64-mingw32-gcc"
fi
if [ "$have_link_coff" = no ]; then
	: # said above
elif command -v clang >/dev/null; then
	clang -target $machine-pc-windows-msvc -O1 -w -fno-builtin \
		-Dstrlen=__builtin_strlen -c -o msvc.obj -x c - <<'END'
int data[4] = {1}, zeros[8];
__attribute__((weak)) int weak_own(void) { return 1; }
__attribute__((selectany)) int any = 5;
static const char *const names[] = {"a", "b"};
double half(double x) { return x * 0.5; }
int run(int i)
{
	volatile char frame[9000];
	frame[i] = 1;
	return names[i & 1][0] + any + weak_own() + data[i] + zeros[i];
}
END
	[ -e msvc.obj ] && objects="$objects msvc.obj"
else
	skip_part "no clang"
fi
suite() {
	timeout -k 5 280 $(built tests/test_link_damage) $objects \
		>"$work/suite" 2>&1 || { cat "$work/suite"; return 1; }
}
if [ "$have_archive" = no ]; then
	skip_part "test_link_damage is linked with libgort.a"
else
	ok "test_link_damage" suite
	grep refused "$work/suite"
fi

# ---- refused, each for its reason -----------------------------------------------
[ "$sanitizers" = no ] || {
	skip_part "compiled objects know nothing of sanitizers"
	done_testing
}
refuses() {
	text=$1
	shift
	timeout -k 5 60 $gort call "$@" --symbol run >"$work/said" 2>&1
	[ $? = 1 ] && grep -qF -- "$text" "$work/said" || {
		cat "$work/said"
		return 1
	}
}
cat >list.c <<'END'
int somewhere;
__attribute__((section(".init_array"), used)) static const void *const entry = WHAT;
int run(void) { return 1; }
END
for what in '(void *)16' '&somewhere' '(char *)&entry + 1'; do
	$CC -O1 -fPIC -w -DWHAT="$what" -c list.c
	ok "a constructor at $what is refused" \
		refuses "entry 0 of .init_array is not the address of code" list.o
done
sed 's/init_array/fini_array/' list.c >fini.c
$CC -O1 -fPIC -w '-DWHAT=&somewhere' -c fini.c
ok "a destructor in data is refused" \
	refuses "entry 0 of .fini_array is not the address of code" fini.o
[ $arch = 386 ] && half=.short || half=.long
cat >short.s <<END
	.section .init_array,"aw",@init_array
	$half 0
	.text
	.globl run
run:	ret
END
$CC -c short.s
ok "half an address in a list of constructors is refused" \
	refuses "not a number of addresses" short.o
# what assembly says for each machine; where the first FDE lies
case $arch in
386) jump="call here@PLT" length="24, R_386_32, run" unwind=@progbits ;;
amd64) jump="call here@PLT" length="24, R_X86_64_32, 40" unwind=@unwind ;;
arm64) jump="bl here" length="20, R_AARCH64_ABS32, 40" unwind=@progbits ;;
esac
cat >ifunc.s <<END
	.data
	.globl here
	.type here, @gnu_indirect_function
here:	.quad 0
	.text
	.globl run
run:	$jump
	ret
END
$CC -c ifunc.s
ok "a resolver in data is refused" \
	refuses "the resolver of here, an indirect function, is not in code" ifunc.o
cat >cfi.s <<END
	.text
	.globl run
run:	.cfi_startproc
	ret
	.cfi_endproc
	.section .eh_frame,"a",$unwind
	.reloc $length
END
$CC -c cfi.s
ok "a relocation of an unwind record's length is refused" \
	refuses "a relocation changes a record's length or CIE" cfi.o
cat >range.s <<'END'
	.text
	.globl run
run:	ret
	.section .eh_frame,"a",@progbits
0:	.long 2f - 1f
1:	.long 0
	.byte 1
	.asciz "zR"
	.uleb128 1
	.sleb128 -8
	.byte 16
	.uleb128 1
	.byte 0x1b
	.balign 4, 0
2:	.long 4f - 3f
3:	.long 3b - 0b
	.long run - .
	.long 0x10000000
5:	.byte 0, 0
6:	.byte 0, 0
4:
END
$CC -c range.s
ok "unwind data of others' code is refused" \
	refuses "a record is of code outside of the image" range.o
cat >zeros.s <<'END'
	.text
	.globl run
run:	ret
	.section .eh_frame,"a",@progbits
	.skip 0x2000000
	.dc.a run
END
$CC -c zeros.s
ok "a relocation of unwind data that has no record changes nothing" \
	$gort call zeros.o --symbol run
# a field that begins in the last record, which has 4 bytes from 5 on, and
# reaches into the end mark
case $arch in
386) across="6b, R_386_32, one" ;;
amd64) across="5b, R_X86_64_64, 0x7ffffff000000000" ;;
arm64) across="5b, R_AARCH64_ABS64, 0x7ffffff000000000" ;;
esac
{
	sed 's/run/one/; s/0x10000000/1/' range.s
	printf '\t.long 0, 0\n\t.reloc %s\n' "$across"
} >across.s
cat >find.c <<'END'
extern int one(void);
extern const void *_Unwind_Find_FDE(void *, void *);
int run(void)
{
	void *bases[8];
	return _Unwind_Find_FDE((char *)&one, bases) ? 42 : 1;
}
END
$CC -c across.s
$CC -O1 -fPIC -w -c find.c
finds() { [ "$($gort call find.o across.o --symbol run)" = 42 ]; }
ok "nor does one that reaches behind the last record" finds
awk 'BEGIN {
	print "\t.data"
	for (i = 0; i < 40000; i++) print "\t.dc.a __start_x" i
	for (i = 0; i < 60000; i++) print "\t.section y" i ",\"a\""
	print "\t.text\n\t.globl run\nrun:\tret"
}' >bounds.s
$CC -c bounds.s
bounds() {
	(ulimit -t 3; $gort call bounds.o --symbol run) >"$work/said" 2>&1
	grep -F 'undefined symbol __start_x0 (and 39999 more)' "$work/said"
}
ok "many bounds of many sections take no more than 3 s" bounds
done_testing
