#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The table of deferred calls, tests/test_defer*.c, as other compilers and other
# optimisations make it. A plugin needs no flag for it. Where an emulator runs
# it two settings are tried; with GORT_DEFER_ALL=1 all are.
. ./tests/env.sh

[ "$sanitizers" = no ] || skip "not with sanitizers"
[ -z "$EXEC_WRAPPER" ] || [ $os = windows ] ||
	skip "one build is enough in an emulator"

libs=
grep -q 'define HAVE_CUNIT 1' "$builddir/config.h" && libs=-lcunit
suites=$(cd "$srcdir/tests" && ls test_defer*.c | grep -v _cxx)
# sources_of SUITE: with the assembly that one of them calls
sources_of() {
	echo "$srcdir/tests/$1"
	case $1-$os-$arch in
	test_defer_wreck.c-*-386) echo "$srcdir/tests/wreck_386.S" ;;
	test_defer_wreck.c-windows-*) echo "$srcdir/tests/wreck_win_$arch.S" ;;
	test_defer_wreck.c-*-*) echo "$srcdir/tests/wreck_sysv_$arch.S" ;;
	esac
}
[ "$have_stacks" = yes ] || { # wreck_*.S come with them
	skip_part "test_defer_wreck: this target has none of its assembly"
	suites=$(echo "$suites" | grep -v _wreck)
}
# all_said SUITE COMPILER FLAG...: each row that it has so is in the output
all_said() {
	file=$srcdir/tests/$1
	shift
	"$@" -E -I"$builddir" -I"$srcdir/include" "$file" |
		sed -n 's/^    {"\(.*\)", [a-z_]*},$/\1/p' >"$work/names"
	[ -s "$work/names" ] && awk '
		NR == FNR { rows = rows $0 "\n"; next }
		!index(rows, $0) { print "no row: " $0; bad = 1 }
		END { exit bad }' "$work/rows" "$work/names"
}
# how it is linked, and run
if [ $os = windows ]; then
	# where the wrapper, if it is a chroot, sees it
	exe=$builddir/tests/table-$$.exe
	trap 'rm -f "$exe"; cleanup' EXIT
	link="-L$builddir/.libs -lgort -lpthread"
	# cleanups there are the shared libgcc's business
	[ $arch = amd64 ] || link="$link -shared-libgcc"
	run() { sh "$srcdir/tests/exec_windows.sh" "$builddir" "$CC" \
		"$EXEC_WRAPPER" "$exe"; }
else
	exe=$work/table
	link="-L$builddir/.libs -lgort $libs -pthread
		-Wl,-rpath,$builddir/.libs"
	run() { timeout -k 5 120 "$exe"; }
fi
# table COMPILER FLAG...: built so, all rows of all suites hold
table() {
	for suite in $suites; do
		"$@" -std=gnu11 -Wall -Wextra -Wshadow -Werror -D_GNU_SOURCE \
			-I"$builddir" -I"$srcdir/include" -I"$srcdir/tests" \
			$GORT_LDFLAGS -o "$exe" $(sources_of "$suite") $link &&
			run >"$work/rows" 2>&1 &&
			all_said "$suite" "$@" || {
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
if [ -n "$EXEC_WRAPPER" ] && [ -z "$GORT_DEFER_ALL" ]; then
	ok "$CC -O0" table $CC -O0
	ok "$CC -O2 -fexceptions" table $CC -O2 -fexceptions
else
	all_of "$CC"
	ok "$CC -O3 -flto" table $CC -O3 -flto
fi
case $os-$libc-$arch in
linux-glibc-amd64)
	if command -v clang >/dev/null; then
		all_of clang
		command -v ld.lld >/dev/null &&
			ok "clang -O3 -flto" table clang -O3 -flto -fuse-ld=lld
	fi
	;;
esac
done_testing
