#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Exceptions of C++ in objects of compilers for Windows, on Linux x86-64, where
# those keep registers that no unwinder of the process gives back.
. ./tests/env.sh

[ "$have_link_coff" = yes ] && [ $os-$arch = linux-amd64 ] ||
	skip "objects of another convention are not linked on $os $arch"
[ "$sanitizers" = no ] || skip "compiled objects know nothing of sanitizers"
[ -z "$EXEC_WRAPPER" ] || skip "slow under $EXEC_WRAPPER"
. "$srcdir/tests/link_calls.sh"
t=$srcdir/tests
objdump=$(command -v x86_64-w64-mingw32-objdump || echo "$OBJDUMP")

cat >uncaught.cc <<'END'
struct thing { int v; ~thing() { v = 0; } };
extern "C" int number(void) { throw 42; }
extern "C" int object(void) { throw thing{3}; }
extern "C" int nothrow(void) noexcept { throw 42; }
END
# says STATUS TEXT NAME: what becomes of what NAME throws
says() {
	$call uncaught.obj --symbol "$3" >"$work/said" 2>&1
	[ $? = "$1" ] && grep -qF -- "$2" "$work/said" || {
		cat "$work/said"
		return 1
	}
}
# the test is of little use where compilers keep nothing in them
has_all_registers() {
	for r in xmm6 xmm15 rdi rsi; do
		"$objdump" -dr eh.obj | grep -q "%$r" || {
			echo "no $r"
			return 1
		}
	done
}

compilers=0
# by CXX CC NAME
by() {
	for o in -O0 -O1 -O2 -O3 -Os "-O2 -fno-omit-frame-pointer"; do
		$1 $o -w -c "$t/link_coff_eh.cc" -o eh.obj &&
			$2 $o -w -fexceptions -c "$t/link_coff_eh_c.c" -o eh_c.obj &&
			$2 $o -w -c "$t/link_coff_eh_call.c" -o eh_call.obj &&
			$1 $o -w -c uncaught.cc -o uncaught.obj || {
			ok "$3 $o compiles" false
			continue
		}
		ok "$3 $o has values in all registers" has_all_registers
		ok "$3 $o throws and catches" env LINK_OBJECTS="$work" \
			timeout -k 5 100 "$builddir/tests/test_link_eh"
		ok "$3 $o, an int that nobody catches" says 1 int number
		ok "$3 $o, an object that nobody catches" says 1 thing object
		ok "$3 $o, noexcept ends the program" says 134 terminate nothrow
	done
	compilers=$((compilers + 1))
}
m=x86_64-w64-mingw32
command -v $m-g++ >/dev/null && by $m-g++ $m-gcc g++
clang="-target x86_64-w64-windows-gnu"
command -v clang++ >/dev/null && by "clang++ $clang" "clang $clang" clang
[ $compilers -gt 0 ] || skip "no compiler for Windows"
[ $compilers = 2 ] || skip_part "one of g++ and clang is missing"
done_testing
