#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The README's code blocks, pasted and built as it says, against an installed
# copy.
. ./tests/env.sh

[ "$sanitizers" = no ] || skip "not with sanitizers"
command -v pkg-config >/dev/null || skip "no pkg-config"

# block NAME: the code block that follows <!-- NAME -->
block() {
	awk -v name="<!-- $1 -->" '
		$0 == name { want = 1; next }
		want && /^```/ { if (in_block) exit; in_block = 1; next }
		in_block { print }' "$srcdir/README.md"
}
installs() {
	make -C "$builddir" install DESTDIR="$work/dest"
}
ok "make install works" installs
prefix=$(sed -n 's/^prefix=//p' "$builddir/gort.pc")
export PKG_CONFIG_PATH="$work/dest$prefix/lib/pkgconfig"
export PKG_CONFIG_SYSROOT_DIR="$work/dest"
export LD_LIBRARY_PATH="$work/dest$prefix/lib"
cd "$work" || exit 99
for f in host.c plugin.c build.sh run.txt plugin2.c; do
	block $f >"$work/$f"
	ok "the README has $f" test -s "$work/$f"
done
# cc is the compiler of the build; host runs where the build's programs do
mkdir "$work/bin"
printf '#!/bin/sh\nexec %s "$@"\n' "$CC $GORT_LDFLAGS" >"$work/bin/cc"
chmod +x "$work/bin/cc"
PATH=$work/bin:$PATH
ok "its commands build host and plugin" sh -e "$work/build.sh"
if [ "$os" = windows ]; then
	export WINEPATH="Z:$work/dest$prefix/bin"
	# the system says what the access was, not why it failed
	sed -i 's/address not mapped/read/' "$work/run.txt"
fi
$EXEC_WRAPPER ./host$exe 2>&1 </dev/null | tr -d '\r' >"$work/got"
ok "the host prints what the README says" diff "$work/run.txt" "$work/got"
# what it installs finds its library here
for f in legacy.c legacy.txt bind.sh; do
	block $f >"$work/$f"
	ok "the README has $f" test -s "$work/$f"
done
if [ "$os" = windows ]; then
	skip_part "the README binds plain C on Linux"
else
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$EXEC_WRAPPER" \
		"$work/dest$prefix/bin/gort" >"$work/bin/gort"
	chmod +x "$work/bin/gort"
	ok "its commands bind plain C" says 'export  int add(int a, int b)' \
		sh -e "$work/bind.sh"
	ok "the header that it makes is C" $CC -fsyntax-only -Wall -Werror legacy.h
	[ "$have_ffi" = no ] || ok "gort run calls what was bound" says 42 \
		gort run ./legacy.so add 40 2
fi
# the installed copy: its links lead somewhere, and its man pages' code builds
doc=$(dirname "$(find "$work/dest" -path '*/gort/README.md')")
linked() {
	grep -oE '\]\([A-Za-z][A-Za-z_./]*\)' "$doc/README.md" |
		sed 's/^](//; s/)$//' >"$work/links"
	[ "$(wc -l <"$work/links")" -gt 5 ] || return 1
	for f in $(cat "$work/links"); do
		[ -e "$doc/$f" ] || [ -e "$work/dest$prefix/$f" ] ||
			{ echo "no $f"; return 1; }
	done
}
ok "what the installed README leads to is installed" linked
ok "and the licence" test -s "$doc/LICENSE"
man_example() {
	page=$work/dest$prefix/share/man/man3/gort_http.3
	sed -n '/^#include <gort\/http.h>/,/^\.Ed/p' "$page" | sed '$d; s/\\e/\\/g' \
		>greet.c
	cc -fPIC -shared -o greet$so greet.c \
		$(pkg-config --cflags --libs gort) &&
		says 'export  void hello(' "$gort" list "greet$so"
}
ok "the handler of gort_http(3) builds" man_example
short() { [ "$(wc -l <"$1")" -le "$2" ]; }
ok "the host has about 15 lines" short "$work/host.c" 22
ok "the plugin has about 10 lines" short "$work/plugin.c" 13
done_testing
