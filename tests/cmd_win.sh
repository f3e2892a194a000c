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
ok "bind: what is no list is refused" status 1 "$gort" bind --name demo \
	--version 1.2 --target $target -o bad.o nothere
ok "bind: then nothing is written" status 1 test -e bad.o
done_testing
