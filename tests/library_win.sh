#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Facts about libgort.dll: library.sh's, as PE has them.
. ./tests/env.sh

[ "$os" = windows ] || skip "libgort.dll is built for Windows"
lib=$builddir/.libs/libgort.dll
objdump=$($CC -print-prog-name=objdump)
headers() { "$objdump" -p "$lib"; }

needs_only_the_system() {
	headers | sed -n 's/^\tDLL Name: //p' | tr A-Z a-z | sort >"$work/n"
	printf 'kernel32.dll\nmsvcrt.dll\n' | diff - "$work/n"
}
# what needs a C++ runtime or libgcc's DLL would bring along more
static_programs_too() {
	"$objdump" -p "$builddir/tests/main_static.exe" |
		sed -n 's/^\tDLL Name: //p' | tr A-Z a-z | sort >"$work/n"
	printf 'kernel32.dll\nmsvcrt.dll\n' | diff - "$work/n"
}
# libgort.sym is made of libgort.map: what this target has of it
exports_the_map() {
	sort "$builddir/libgort.sym" >"$work/map"
	headers | sed -n '/Ordinal\/Name Pointer/,/^$/s/^\t\[ *[0-9]*\].* //p' |
		sort >"$work/exported"
	[ -s "$work/exported" ] && diff "$work/map" "$work/exported" &&
		grep -qx gort_open "$work/exported"
}
import_library_has() {
	"$("$CC" -print-prog-name=nm)" "$builddir/.libs/libgort.dll.a" |
		sed -n 's/.* T _\?//p' | sort -u >"$work/imports"
	while read -r f; do
		grep -qx "$f" "$work/imports" || { echo "not $f"; return 1; }
	done <"$work/map"
}
no_writable_code() {
	"$objdump" -h "$lib" | grep -B1 CODE | grep -q 'text' &&
		! "$objdump" -h "$lib" | grep CODE | grep -v READONLY
}
# PE Format, "DLL Characteristics": 0x40 dynamic base, 0x100 NX compatible
hardened() {
	flags=$(headers | sed -n 's/^DllCharacteristics\t*//p' | tr -d '\r')
	[ $((0x$flags & 0x140)) = $((0x140)) ] || { echo "$flags"; return 1; }
}
small() {
	$STRIP -o "$work/stripped.dll" "$lib" &&
		[ "$(stat -c %s "$work/stripped.dll")" -lt $((limit * 1024)) ]
}
ok "it needs only kernel32 and the C runtime" needs_only_the_system
ok "a program with the archive needs no more" static_programs_too
ok "it exports just what libgort.map lists for Windows" exports_the_map
ok "the import library has all of it" import_library_has
ok "no code is writable" no_writable_code
ok "it may be placed anywhere, and its data is not executable" hardened
limit=256
[ "$arch" = 386 ] && limit=320
ok "stripped it is smaller than $limit KiB" small
done_testing
