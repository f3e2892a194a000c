#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort call, inspect and bind run on Windows, on what mingw's compiler makes.
. ./tests/env.sh

[ "$os" = windows ] || skip "for Windows; link_coff.sh, inspect.sh and bind.sh here"
cd "$work" || exit 99
tool=${CC%% *}
prefix=${tool%gcc}
ar=${prefix}ar

# calls WANT FILE...: int run(void) of the files gives WANT
calls() {
	want=$1
	shift
	got=$("$gort" call "$@" --symbol run 2>err | tail -n 1)
	[ "$got" = "$want" ] || {
		echo "$got, not $want"
		cat err
		return 1
	}
}
refuses() {
	text=$1
	shift
	status 1 "$gort" call "$@" --symbol run >out 2>said || return 1
	grep -qF -- "$text" said || {
		cat said
		return 1
	}
}

# ---- call -------------------------------------------------------------------
cat >number.c <<'END'
#define __USE_MINGW_ANSI_STDIO 0
#include <stdio.h>
#include <string.h>
int run(void)
{
	char buf[64]; double x = 0;
	sprintf(buf, "%.1f %s", 2.5, "x");
	if (strcmp(buf, "2.5 x")) return 100;
	return sscanf("1.5", "%lf", &x) == 1 && x == 1.5 ? 42 : 101;
}
END
$CC -c number.c || exit 99
ok "call: functions of C are the C library's, not ntdll's" calls 42 number.o
# as cl.exe compiles: buffers are guarded (/GS), and indirect calls (/guard:cf)
overruns() {
	"$gort" call "$@" --symbol overrun >said 2>&1
	[ $? != 0 ] && grep -q 'overrun (/GS) in _*keeps+' said || {
		cat said
		return 1
	}
}
machine=x86_64
[ "$arch" = amd64 ] || machine=i686
for how in -Od -O2 "-O2 -guard:cf"; do
	command -v clang >/dev/null || break
	clang --driver-mode=cl --target=$machine-pc-windows-msvc $how -c \
		-o guard.obj -- "$srcdir/tests/linked_guard.c"
	ok "call: guarded code runs, clang-cl $how" calls 42 guard.obj
	ok "call: a buffer that is overrun ends it, clang-cl $how" \
		overruns guard.obj
done
cat >crt.c <<'END'
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
static int order(const void *a, const void *b) { return *(int *)a - *(int *)b; }
static int n = 1;
__attribute__((constructor)) static void up(void) { n++; }
int run(void)
{
	int v[3] = {3, 1, 2}; char buf[64]; volatile double two = 2;
	qsort(v, 3, sizeof(v[0]), order);
	snprintf(buf, sizeof(buf), "%d%d%d %.1f", v[0], v[1], v[2], two);
	if (strcmp(buf, "123 2.0") || ldexp(two, 3) != 16) return 100;
	if (GetCurrentThreadId() == 0) return 101;
	return n == 2 ? 42 : n;
}
END
echo 'int other(void); int run(void) { return other(); }' >a.c
echo 'int other(void) { return 42; }' >b.c
echo 'int nowhere(void); int run(void) { return nowhere(); }' >lost.c
# what mingw puts before the C library is in archives of its own
mingwex=$($CC -print-file-name=libmingwex.a)
for o in -O0 -O2; do
	$CC $o -c crt.c -o crt.obj || exit 99
	ok "call: the C library, Windows, a constructor, $o" calls 42 crt.obj \
		"$mingwex"
done
for f in a b lost; do $CC -c $f.c || exit 99; done
"$ar" rc libb.a b.o
"$ar" rcT libthin.a b.o
ok "call: an archive's member" calls 42 a.o libb.a
ok "call: a thin archive's member" calls 42 a.o libthin.a
ok "call: an import library beside it" calls 42 crt.obj "$mingwex" \
	"$($CC -print-file-name=libkernel32.a)"
ok "call: an undefined symbol is named" refuses "nowhere" lost.o
ok "call: a missing file is named" refuses "nothere.o" nothere.o
head -c 300 crt.obj >cut.obj
ok "call: a cut object is refused with its place" refuses "cut.obj: offset 0x" cut.obj
ok "call: what is no object is refused" refuses "a.c" a.c

# NAME BYTES...: code whose unwind data they are
unwinds() {
	name=$1
	shift
	cat >"$name.s" <<-END
		.text
		.globl run
	run:	xorl %eax, %eax
		ret
	end:
		.section .xdata, "dr"
		.p2align 2
	info:	$1
		.section .pdata, "dr"
		.rva run, end, info
	END
	$CC -c "$name.s"
}
[ "$arch" != amd64 ] || {
	unwinds good '.byte 1, 0, 0, 0' && unwinds self \
		'.byte 0x21, 0, 0, 0; .rva run, end, info' && unwinds chained \
		'.byte 0x21, 0, 0, 0; .rva run, end, 1f; 1: .byte 1, 0, 0, 0' &&
		unwinds away '.byte 0x21, 0, 0, 0; .rva run, end; .long 0x7ffffff0' &&
		unwinds handler '.byte 9, 0, 0, 0; .long 0x7ffffff0' || exit 99
	ok "call: unwind data" calls 0 good.o
	ok "call: unwind data that goes on elsewhere" calls 0 chained.o
	for f in self away handler; do
		ok "call: unwind data is refused: $f" refuses \
			".pdata: an entry is of what lies outside" $f.o
	done
}

# ---- inspect ----------------------------------------------------------------
dll=$builddir/.libs/libgort.dll
ok "inspect: a DLL" says "shared object for" "$gort" inspect "$dll"
ok "inspect: its imports as cgo has them" \
	says 'TlsAlloc TlsAlloc "kernel32.dll"' "$gort" inspect --imports "$dll"
ok "inspect: an archive" says "libb.a(b.o)" "$gort" inspect libb.a
ok "inspect: a thin archive" says "other" "$gort" inspect libthin.a
ok "inspect: JSON" json crt.obj libb.a "$dll" -- '
assert d[0]["format"] == "COFF" and d[1]["kind"] == "archive", d
assert any(s["name"].lstrip("_") == "run" for s in d[0]["symbols"])
assert any(i["name"].lstrip("_") == "other" for i in d[1]["index"])
assert "gort_open" in [e["name"] for e in d[2]["exports"]]'
# what it prints is what the same command prints elsewhere
elsewhere() {
	[ -x "${GORT_NATIVE-}" ] || return 0
	for f in crt.obj libb.a libthin.a; do
		"$GORT_NATIVE" inspect --json "$f" >native.json
		"$gort" inspect --json "$f" | cmp - native.json || return 1
	done
}
ok "inspect: the same as on another system, if GORT_NATIVE is one" elsewhere

# ---- bind -------------------------------------------------------------------
cat >plain.c <<'END'
int impl_add(int a, int b) { return a + b; }
int twice(int x) { return 2 * x; }
END
printf 'int add(int a, int b) = impl_add\r\nint twice(int x)\r\n' >list
$CC -O1 -c plain.c || exit 99
target=windows-$arch
ok "bind writes an object" "$gort" bind --name demo --version 1.2 \
	--target $target -o bound.o list
ok "bind: the same again is the same, byte for byte" sh -c \
	"'$gort' bind --name demo --version 1.2 --target $target -o again.o list &&
	cmp bound.o again.o"
ok "bind: a DLL of plain C and that" $CC -shared -o demo.dll plain.o bound.o \
	-L"$builddir/.libs" -lgort $GORT_LDFLAGS
ok "bind: it is a module" says 'int add(int a, int b)' "$gort" list demo.dll
ok "bind: an archive of objects and that" "$gort" bind --name demo \
	--version 1.2 --target $target --archive -o libdemo.a list plain.o
ok "bind: whose members are there" says 'impl_add' "$gort" inspect libdemo.a
ok "bind: a header for hosts" "$gort" bind --name demo --version 1.2 \
	--target $target --header demo.h -o bound.o list
ok "bind: which declares the functions" grep -q 'int add(int a, int b)' demo.h
ok "bind: without a target, objects for Windows" says "COFF relocatable" sh -c \
	"'$gort' bind --name demo --version 1.2 -o host.o list &&
	'$gort' inspect host.o"
ok "bind: on standard output it is the same" sh -c \
	"'$gort' bind --name demo --version 1.2 -o host.o --header - list |
	tr -d '\r' >out.h && tr -d '\r' <demo.h | cmp - out.h"
ok "bind: nothing is read and then overwritten" status 64 "$gort" bind \
	--name demo --version 1.2 -o plain.o plain.o
ok "bind: what is no list is refused" status 1 "$gort" bind --name demo \
	--version 1.2 --target $target -o bad.o nothere
ok "bind: then nothing is written" status 1 test -e bad.o

# ---- a module by the other compiler of the target
# On i386 clang takes no call frame directives in a function without tables.
if [ "$arch" = amd64 ] && command -v clang >/dev/null; then
	cat >byclang.c <<'END'
#include <gort.h>
GORT_MODULE("byclang", "1.0");
GORT_EXPORT(int, sum, (int a, int b, int c, int d, int e, int f))
{
	return a + b + c + d + e + f;
}
GORT_EXPORT(int, first, (int a, ...)) { return a; }
END
	cat >host.c <<'END'
int sum(int, int, int, int, int, int), first(int, ...);
int main(void) { return sum(1, 2, 3, 4, 5, 6) + first(21, 0) == 42 ? 0 : 1; }
END
	by_clang() {
		clang --target=x86_64-w64-mingw32 -Wall -Wextra -Werror -O1 \
			-I"$srcdir/include" -c -o byclang.o byclang.c &&
			$CC -shared -o byclang.dll byclang.o \
				-L"$builddir/.libs" -lgort &&
			$CC -o host.exe host.c byclang.dll
	}
	ok "clang compiles a module" by_clang
	ok "whose exports run" $EXEC_WRAPPER "$work/host.exe"
	ok "and say that they are variadic" says '(int a, ...)' \
		"$gort" list byclang.dll
fi

done_testing
