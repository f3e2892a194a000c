#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort list, version, and what is wrong use.
. ./tests/env.sh

p=$GORT_PLUGINS
ok "--help" says 'usage: gort COMMAND' "$gort" --help
ok "no command is wrong use" status 64 "$gort"
ok "an unknown command is wrong use" status 64 "$gort" frobnicate
commands="bind inspect list version"
[ "$have_stacks" = no ] || commands="$commands selftest"
[ "$have_ffi" = no ] || commands="$commands run"
[ "$have_mhd" = no ] || commands="$commands serve"
# lacks COMMAND HAVE LIBRARY: what is not built says so, and is not listed
lacks() {
	[ "$2" = no ] || return
	ok "$1 says what it lacks" says "$3" "$gort" $1 x
	ok "$1 fails then" status 1 "$gort" $1 x
	ok "help does not list $1" status 1 says "  $1 " "$gort" --help
}
lacks run $have_ffi 'not in this build: it needs libffi'
lacks serve $have_mhd 'not in this build: it needs libmicrohttpd'
for c in $commands; do
	ok "$c --help" says "usage: gort $c" "$gort" $c --help
	ok "$c --help succeeds" status 0 "$gort" $c --help
	ok "$c refuses unknown options" status 64 "$gort" $c --frobnicate
done
[ "$have_stacks" = no ] || [ "$sanitizers" != no ] ||
	ok "selftest runs the machine level, and all is well" \
		says " passed, 0 failed" "$gort" selftest
# Routines of abi/ that the command cannot reach, and the tests that do.
elsewhere='__morestack tests/test_abi_split.c
__morestack_non_split tests/test_abi_split.c
__wrap_pthread_create tests/test_abi_split.c
gort__morestack_non_split tests/test_abi_split.c
gort__morestack_split tests/test_abi_split.c
gort__split_limit tests/test_abi_split.c
gort__alloca tests/test_link_coff.c
gort__chkstk tests/test_link_coff.c
gort__msbridge tests/test_link_coff.c
__stack_chk_fail_local tests/hardening.sh
gort__keysearch tests/test_keysearch.c
gort__call_from tests/test_panic.c
gort__unwound tests/test_panic.c'
all_routines() {
	{
		grep -hE '^[A-Z_]*FUNC\(' "$srcdir"/abi/*.S |
			sed 's/.*(//; s/).*//'
		grep -hoE '^gort__[a-z_0-9]+\(' "$srcdir"/abi/*.c | tr -d '('
	} | sort -u >"$work/routines"
	"$gort" selftest --routines >"$work/lines" || return 1
	{
		sed 's/^[^:]*://' "$work/lines" | tr -s ' ' '\n'
		echo "$elsewhere" | cut -d ' ' -f 1
	} | sed '/^$/d' | sort >"$work/known"
	for f in $(echo "$elsewhere" | cut -d ' ' -f 2); do
		[ -e "$srcdir/$f" ] || { echo "no $f"; return 1; }
	done
	[ -s "$work/routines" ] && diff "$work/routines" "$work/known"
}
[ "$have_stacks" = no ] ||
	ok "each routine of abi/ has a line in selftest, or a test named here" \
		all_routines
selftest_fails() {
	echo 'void gort__crosscall(void) {}' >"$work/broken.c"
	$CC -shared -fPIC -o "$work/broken.so" "$work/broken.c" || return 1
	# of the program itself: libtool's wrapper is another system's maybe
	prog=$builddir/.libs/gort
	export LD_LIBRARY_PATH="$builddir/.libs"
	status 1 env LD_PRELOAD="$work/broken.so" "$prog" selftest &&
		says ' FAILED' env LD_PRELOAD="$work/broken.so" "$prog" selftest
}
[ "$sanitizers" != no ] || [ "$have_stacks" = no ] || [ -n "$EXEC_WRAPPER" ] ||
	ok "selftest fails with 1 where a routine does not work" selftest_fails
ok "version" says 'libgort 0.1.0' "$gort" version

ok "list shows name and version" says 'basic 1.0' "$gort" list "$p/basic1$so"
ok "list shows prototypes" says 'int basic_add(int a, int b)' \
	"$gort" list "$p/basic1$so"
ok "list shows needs" says 'needs   basic' "$gort" list "$p/needy$so"
ok "list shows another ABI" says 'ABI 98 to 99' "$gort" list "$p/badabi$so"
other=$builddir/.libs/libgort$so section=.note.gort
[ "$os" != windows ] || section=.gort
ok "list refuses other files" status 1 "$gort" list "$other"
ok "and says why" says "no $section" "$gort" list "$other"
ok "list refuses a folder" says 'not a regular file' "$gort" list .
ok "list says what is missing" says 'No such file' "$gort" list /nowhere
ok "list goes on after a bad file" says 'basic 1.0' \
	"$gort" list /nowhere "$p/basic1$so"
json_is_valid() {
	"$gort" list --json "$p/basic1$so" "$p/needy$so" | python3 -c '
import json, sys
d = json.load(sys.stdin)
assert [m["name"] for m in d] == ["basic", "needy"], d
assert d[1]["needs"] == ["basic"], d'
}
ok "list --json is valid" json_is_valid

cat >"$work/touch.c" <<-EOF
#include <gort.h>
#include <stdio.h>
GORT_MODULE("touch", "1.0");
__attribute__((constructor)) static void
touch(void)
{
	fclose(fopen("$work/ran", "w"));
}
EOF
build_touch() {
	$CC -I"$srcdir/include" -fPIC -shared -o "$work/touch$so" \
		"$work/touch.c" -L"$builddir/.libs" -lgort $GORT_LDFLAGS
}
lists_without_running() {
	"$gort" list "$work/touch$so" && ! [ -e "$work/ran" ]
}
ok "a plugin builds with one compiler call" build_touch
ok "list runs no code of the file" lists_without_running
done_testing
