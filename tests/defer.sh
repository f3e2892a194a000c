#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The table of deferred calls, tests/test_defer.c, as other compilers and other
# optimisations make it. A plugin needs no flag for it.
. ./tests/env.sh

[ "$sanitizers" = no ] || skip "not with sanitizers"
[ -z "$EXEC_WRAPPER" ] || skip "one build is enough in an emulator"

libs=
grep -q 'define HAVE_CUNIT 1' "$builddir/config.h" && libs=-lcunit
# table COMPILER FLAG...: built so, all its rows hold
table() {
	"$@" -std=gnu11 -Wall -Wextra -Wshadow -Werror -D_GNU_SOURCE \
		-I"$builddir" -I"$srcdir/include" -I"$srcdir/tests" \
		$GORT_LDFLAGS -o "$work/table" "$srcdir/tests/test_defer.c" \
		-L"$builddir/.libs" -lgort $libs -pthread \
		-Wl,-rpath,"$builddir/.libs" &&
		timeout -k 5 120 "$work/table" >"$work/rows" 2>&1 &&
		grep -q "eight threads" "$work/rows"
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
