#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Facts about the built library.
. ./tests/env.sh

lib=$builddir/.libs/libgort.so
dynamic() { readelf -dW "$lib"; }

needs_only_libc() {
	readelf -dW "$lib" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vE '^(libc\.so(\.6)?|ld-linux.*\.so\.[0-9])$' >"$work/n"
	! [ -s "$work/n" ] || { cat "$work/n"; return 1; }
}
always='\( # linux\)\?'
[ "$have_stacks" = no ] || always='\( # linux\| # stacks\)\?'
exports_the_map() {
	sed -n '/global:/,/local:/p' "$srcdir/libgort.map" |
		sed -n "s/^\t\(gort.*\);$always$/\1/p" | sort >"$work/map"
	# those that only some machines have
	sed -n 's/^\t\([a-z_].*\); #.*/\1/p' "$srcdir/libgort.map" |
		grep -vxFf "$work/map" >"$work/some"
	nm -D --defined-only "$lib" | awk '$2 != "A" { print $3 }' |
		sed 's/@.*//' | grep -vxFf "$work/some" | sort >"$work/nm"
	diff "$work/map" "$work/nm"
}
declares_what_it_exports() {
	for f in $(grep -v gort__ "$work/map"); do
		cat "$srcdir/include/gort.h" "$srcdir"/include/gort/*.h |
			grep -qE "\<$f\(" || {
			echo "no header has $f"
			return 1
		}
	done
}
no_text_relocations() { ! dynamic | grep -E 'TEXTREL'; }
no_static_tls() { ! dynamic | grep -E 'STATIC_TLS'; }
no_exec_stack() {
	readelf -lW "$lib" | grep GNU_STACK | grep -q 'RW  '
}
small() {
	$STRIP -o "$work/stripped.so" "$lib" &&
		[ "$(stat -c %s "$work/stripped.so")" -lt $((limit * 1024)) ]
}
# every routine of abi/ and C function has unwind data
has_unwind_data() {
	readelf -wF "$lib" 2>/dev/null | grep -q FDE
}

ok "the soname is libgort.so.0" says 'soname: [libgort.so.0]' dynamic
ok "it is bound at load time and never unloaded" says 'NODELETE' dynamic
ok "it exports just what libgort.map lists" exports_the_map
ok "the headers declare what it exports" declares_what_it_exports
# modules in C++, by each compiler that is here
cat >"$work/module.cc" <<'END'
#include <gort.h>
GORT_NEEDS("other");
GORT_MODULE("cxx", "1.0");
GORT_EXPORT(void, nothing, (int n)) { (void)n; }
GORT_EXPORT(long double, half, (long double x)) { return x / 2; }
GORT_EXPORT(struct gort_error, error, (void)) { return gort_error(); }
END
module_in_cxx() {
	$1 -Wall -Wextra -Werror -I"$srcdir/include" -fPIC -c -o "$work/module.o" \
		"$work/module.cc"
}
for cxx in "$CXX" clang++; do
	[ "$have_cxx" = no ] || ! command -v "${cxx%% *}" >/dev/null ||
		ok "modules are C++, too: $cxx" module_in_cxx "$cxx"
done
ok "it has no text relocations" no_text_relocations
ok "it has no executable stack" no_exec_stack
ok "it demands no static TLS" no_static_tls
ok "it has unwind data" has_unwind_data
if [ "$sanitizers" = no ]; then
	ok "it needs no library but libc" needs_only_libc
	if $CC --version | grep -q clang; then
		skip_part "its size: clang has no pragma for cold files"
	else
		limit=256
		[ "$arch" = 386 ] && limit=320
		# its segments begin at 64 KiB, and zeros lie between them
		[ "$arch" = arm64 ] && limit=384
		ok "stripped it is smaller than $limit KiB" small
	fi
fi
done_testing
