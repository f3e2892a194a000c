#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Fuzz each reader of object files for so many seconds, from files of the system
# and of all formats that the tools here make: fuzz.sh [SECONDS] [CORPUS
# [READER]...], a reader for each processor at a time; see fuzzing.sh.
. ./tests/env.sh
. "$srcdir/tests/fuzzing.sh"

# small files of each format, and what compilers here make
seed() { [ -s "$1" ] && cp "$1" "$seeds/$2"; }
echo 'extern int g(int); static int s; int v = 3, c;
__attribute__((constructor)) static void run(void) { s++; }
__attribute__((weak)) int w(void) { return s; }
int f(int a) { return g(a) + w() + v + c; }' >"$work/seed.c"
for t in x86_64-linux-gnu i386-linux-gnu aarch64-linux-gnu riscv64-linux-gnu \
	powerpc64-linux-gnu x86_64-pc-windows-msvc i686-pc-windows-gnu \
	aarch64-pc-windows-msvc x86_64-apple-macos11 arm64-apple-macos11; do
	clang --target=$t -ffunction-sections -c -o "$work/$t.o" \
		"$work/seed.c" 2>/dev/null && seed "$work/$t.o" $t
done
python3 "$srcdir/tests/crel.py" "$work/x86_64-linux-gnu.o" "$work/crel.o" \
	2>/dev/null && seed "$work/crel.o" crel
(cd "$work" && for f in gnu bsd darwin; do
	llvm-ar --format=$f rcs $f.a x86_64*.o i[36]86*.o
done) 2>/dev/null
for f in gnu bsd darwin; do seed "$work/$f.a" $f; done
for cc in gcc x86_64-w64-mingw32-gcc i686-w64-mingw32-gcc; do
	$cc -shared -nostdlib -s -Wl,--unresolved-symbols=ignore-all \
		-o "$work/$cc.so" "$work/seed.c" 2>/dev/null &&
		seed "$work/$cc.so" $cc
	$cc -shared -s -o "$work/$cc.so" -xc /dev/null 2>/dev/null &&
		seed "$work/$cc.so" $cc-lib
done
for lipo in llvm-lipo llvm-lipo-14; do
	$lipo -create "$work"/*-apple-macos11.o -output "$work/fat" \
		2>/dev/null && seed "$work/fat" fat
done
printf 'LIBRARY a.dll\nEXPORTS\nf\ng @3 NONAME\n' >"$work/a.def"
llvm-dlltool -m i386:x86-64 -d "$work/a.def" -l "$work/a.lib" 2>/dev/null
seed "$work/a.lib" short
for i in 1 2 3 4 5; do
	(cd "$work" && llvm-ar xN $i a.lib a.dll) 2>/dev/null &&
		seed "$work/a.dll" short$i
done
x86_64-w64-mingw32-dlltool -d "$work/a.def" -l "$work/b.lib" 2>/dev/null
seed "$work/b.lib" long
for ld in ld64.lld ld64.lld-14; do
	$ld -arch x86_64 -platform_version macos 11 11 -dylib \
		-undefined dynamic_lookup -o "$work/mac.dylib" \
		"$work/x86_64-apple-macos11.o" 2>/dev/null &&
		seed "$work/mac.dylib" dylib
done

seed_system 64 'o|obj' 'a|lib' 'dll|exe' 'so(\.[0-9]+)*'

if [ $# -gt 2 ]; then
	shift 2
else
	set -- elf ar coff import pe macho fat
fi
fuzz_library libgortobjall
jobs=$(nproc 2>/dev/null || echo 1)
running=0 failed=
for reader; do
	fuzz_target "$reader" fuzz_obj.c -DREADER="gort__obj$reader"
done
for reader; do
	(
		fuzz "$reader" 65536 >"$work/out-$reader"
		echo $? >"$work/status-$reader"
		cat "$work/out-$reader"
	) &
	running=$((running + 1))
	[ $((running % jobs)) -gt 0 ] || wait
done
wait
for reader; do
	[ "$(cat "$work/status-$reader")" = 0 ] || failed=yes
done
[ -z "$failed" ]
