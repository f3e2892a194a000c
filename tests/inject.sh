#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Calls that fail, one after the other: test_inject, and the gort command.
. ./tests/env.sh

[ "$os" = linux ] && [ "$libc" = glibc ] && [ "$arch" = amd64 ] ||
	skip "failures are injected into glibc's calls on amd64 only"
[ "$have_link_elf" = yes ] || skip "objects are not linked"
[ -z "$EXEC_WRAPPER" ] || skip "the emulator's calls would fail, too"
[ "$sanitizers" = no ] || skip "sanitizers have a malloc of their own"
cd "$work" || exit 99
cat >mod.c <<'END'
#include <gort.h>
static _Thread_local int mine = NUMBER;
GORT_MODULE("injected", VERSION);
GORT_EXPORT(void, number, (void *arg)) { *(int *)arg = mine; }
END
cat >plain.c <<'END'
#include <stdio.h>
#include <stdlib.h>
static _Thread_local int two = 2;
static int *kept;
int other(int n);
__attribute__((constructor)) static void start(void) { kept = &two; }
int plain(int n) { return other(2 * n) + *kept; }
int answer(void) { return plain(20); }
__attribute__((destructor)) static void end(void) { fflush(stdout); }
END
echo 'int other(int n) { return n; }' >other.c
compile() { $CC -O1 -fPIC -I"$srcdir/include" -c "$@" || exit 99; }
compile plain.c
compile other.c
for n in 1 2; do
	compile -DNUMBER=$n "-DVERSION=\"$n.0\"" mod.c -o mod$n.o
done
$AR rc mod1.a mod1.o other.o
$AR rcT thin1.a mod1.o other.o
$AR rc plain.a plain.o other.o
$CC -r -nostdlib -o both.o plain.o other.o && mv both.o plain.o || exit 99
[ -e "$builddir/tests/.libs/test_inject" ] ||
	skip "the C library has no _dl_find_object"
export LINK_OBJECTS="$work"
inject=$builddir/tests/.libs/test_inject
export LD_LIBRARY_PATH="$builddir/.libs"

suite() {
	timeout -k 5 250 "$inject" >suite 2>&1
}
ok "whatever fails is said, leaves nothing, and does not last" suite
grep "fail" suite

# each_fails STATUSES COMMAND...: it ends in one of these, with a message where
# that is not 0, whatever fails
each_fails() {
	statuses=$1
	shift
	n=0
	while [ $n -lt 3000 ]; do
		n=$((n + 1))
		rm -f failed
		INJECT_AT=$n INJECT_LOG=$work/failed timeout -k 5 60 "$@" \
			>stdout 2>stderr </dev/null
		got=$?
		[ -s failed ] || break
		case " $statuses " in
		*" $got "*) [ $got = 0 ] || [ -s stderr ] && continue ;;
		esac
		echo "status $got after $(cat failed)${INJECT_ONWARDS:+ and all later}"
		cat stderr
		return 1
	done
	echo "$((n - 1)) failures"
	[ $n -gt 1 ] && [ $n -lt 3000 ] && [ $got = 0 ]
}
both_ways() {
	(each_fails "$@") && (INJECT_ONWARDS=1; export INJECT_ONWARDS
		each_fails "$@")
}
ok "from a process's first instruction on, too" both_ways 0 "$inject" life
cat "$work/out"

# 1: it failed; 2 is for wrong arguments
preloaded() {
	both_ways "0 1" env INJECT_MAIN=1 \
		LD_PRELOAD="$builddir/tests/.libs/inject.so" \
		"$builddir/.libs/gort" "$@"
}
echo 'int triple(int n) { return 3 * n; }' >triple.c
echo 'int triple(int n);' >triple.list
compile triple.c
for f in mod1.o mod1.a thin1.a "$GORT_PLUGINS/basic1.so"; do
	ok "gort inspect $(basename $f)" preloaded inspect "$f"
	ok "gort list $(basename $f)" preloaded list "$f"
done
ok "gort inspect --json" preloaded inspect --json plain.a
ok "gort call" preloaded call plain.a --symbol answer
ok "gort bind" preloaded bind --name three --version 1.0 --archive \
	-o three.a triple.list triple.o
[ "$have_ffi" = no ] ||
	ok "gort run" preloaded run "$GORT_PLUGINS/basic1.so" basic_add 40 2
done_testing
