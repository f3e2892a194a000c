#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The table of deferred calls, tests/test_defer*.c, as other compilers and other
# optimisations make it. A plugin needs no flag for it.
. ./tests/env.sh

[ "$sanitizers" = no ] || skip "not with sanitizers"
[ -z "$EXEC_WRAPPER" ] || skip "one build is enough in an emulator"

libs=
grep -q 'define HAVE_CUNIT 1' "$builddir/config.h" && libs=-lcunit
suites=$(cd "$srcdir/tests" && ls test_defer*.c)
# all_said SUITE: each of its rows is in the output
all_said() {
	sed -n 's/^    {"\(.*\)", [a-z_]*},$/\1/p' "$srcdir/tests/$1" \
		>"$work/names"
	[ -s "$work/names" ] || return 1
	while read -r row; do
		grep -qF "$row" "$work/rows" || {
			echo "no row: $row"
			return 1
		}
	done <"$work/names"
}
# table COMPILER FLAG...: built so, all rows of all suites hold
table() {
	for suite in $suites; do
		"$@" -std=gnu11 -Wall -Wextra -Wshadow -Werror -D_GNU_SOURCE \
			-I"$builddir" -I"$srcdir/include" -I"$srcdir/tests" \
			$GORT_LDFLAGS -o "$work/table" "$srcdir/tests/$suite" \
			-L"$builddir/.libs" -lgort $libs -pthread \
			-Wl,-rpath,"$builddir/.libs" &&
			timeout -k 5 120 "$work/table" >"$work/rows" 2>&1 &&
			all_said "$suite" || {
			cat "$work/rows"
			return 1
		}
	done
}
all_of() {
	for flags in -O0 -O1 -O2 -O3 -Os "-O2 -fexceptions" \
		"-O2 -fPIC -fomit-frame-pointer" "-O1 -fno-omit-frame-pointer"
	do
		case $libc$flags in
		musl*-fexceptions*) continue ;; # no unwinder to link with
		esac
		ok "$1 $flags" table $1 $flags
	done
}
all_of "$CC"
ok "$CC -O3 -flto" table $CC -O3 -flto
case $libc-$arch in
glibc-amd64)
	if command -v clang >/dev/null; then
		all_of clang
		command -v ld.lld >/dev/null &&
			ok "clang -O3 -flto" table clang -O3 -flto -fuse-ld=lld
	fi
	;;
esac
done_testing
