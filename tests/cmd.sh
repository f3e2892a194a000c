#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort list, version, and what is wrong use.
. ./tests/env.sh

p=$GORT_PLUGINS
ok "--help" says 'usage: gort COMMAND' "$gort" --help
ok "no command is wrong use" status 64 "$gort"
ok "an unknown command is wrong use" status 64 "$gort" frobnicate
commands="bind call inspect list version"
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
# gort(1) has each as ".It Fl -name", or in its synopsis
in_the_man_page() {
	for c in $commands; do
		"$gort" $c --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' |
			sed 's/.*--/--/' >"$work/options"
		grep -q help "$work/options" || [ $c = version ] ||
			[ $c = selftest ] || { echo "$c has none"; return 1; }
		for o in $(cat "$work/options"); do
			grep -qE "Fl ${o#-}( |\$)" "$srcdir/man/gort.1" ||
				{ echo "$c $o"; return 1; }
		done
	done
}
ok "gort(1) has each option that --help has" in_the_man_page
ok "an option of call without its value is named" \
	says '--symbol needs a value' "$gort" call a.o --symbol
ok "call takes no option for a file" status 64 "$gort" call -x --symbol run
[ "$have_link" = no ] ||
	ok "call takes no file for an option" says 'gort call: -x: ' \
	"$gort" call --symbol run -- -x
calls_no_data() {
	echo 'int data = 5; const int constant = 6; int zeros[9999];
int run(void) { return data + constant + zeros[0]; }' >"$work/data.c"
	$CC -c -o "$work/data.o" "$work/data.c" || return 1
	got=$("$gort" call "$work/data.o" --symbol run) &&
		[ "$got" = 11 ] || return 1
	for s in data constant zeros; do
		"$gort" call "$work/data.o" --symbol $s 2>"$work/err"
		[ $? = 1 ] && grep -q "^gort call: $s is no function" \
			"$work/err" || { cat "$work/err"; return 1; }
	done
}
# an emulator's pages of code are not so for the kernel
case $have_link$EXEC_WRAPPER in
no* | yesqemu*) ;;
*) ok "call calls no data" calls_no_data ;;
esac
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
gort__msguard_check tests/link_msvc.sh
gort__msguard_dispatch tests/link_msvc.sh
gort__msguard_icall tests/link_msvc.sh
__stack_chk_fail_local tests/hardening.sh
gort__keysearch tests/test_keysearch.c
gort__call_from tests/test_panic.c
gort__unwound tests/test_panic.c
entry_copied tests/test_call.c
entry_wake tests/test_call_wide.c
pc_to_eax tests/test_call.c
vectors_load tests/test_call_wide.c
vectors_save tests/test_call_wide.c'
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
	status 0 "$gort" list --json "$p/basic1$so" "$p/needy$so" >"$work/json" || {
		cat "$work/json"
		return 1
	}
	python3 <"$work/json" -c '
import json, sys
d = json.load(sys.stdin)
assert [m["name"] for m in d] == ["basic", "needy"], d
assert d[1]["needs"] == ["basic"], d'
}
ok "list --json is valid" json_is_valid
# An export whose prototype would paint the terminal; é is no Latin-1 in JSON.
hostile_note() {
	cat >"$work/evil.c" <<-'EOF'
	#include <gort.h>
	GORT_MODULE("evil", "1.0");
	GORT_EXPORT(int, evil, (int quot)) { return quot; }
	EOF
	$CC -I"$srcdir/include" -fPIC -c -o "$work/evil.o" "$work/evil.c" &&
		python3 - "$work" <<-'EOF' || return 1
	import sys
	at = sys.argv[1] + "/evil.o"
	data = open(at, "rb").read()
	assert b"(int quot)" in data and b"\0evil\0int\0" in data
	data = data.replace(b"(int quot)", b"(int \xc3\xa9\x1b[)")
	open(at, "wb").write(data.replace(b"\0evil\0int\0", b"\0evil\0\x1b\"t\0"))
	EOF
	"$gort" list "$work/evil.o" >"$work/said" &&
		grep -F '\x1b"t evil' "$work/said" &&
		! grep -q "$(printf '\033')" "$work/said" &&
		"$gort" list --json "$work/evil.o" | python3 -c '
import json, sys
d = json.load(sys.stdin)[0]["exports"][0]
assert d["returns"] == "\x1b\"t", d
assert "\u00e9" in d["parameters"], d'
}
ok "what a note says cannot steer the terminal, and is valid JSON" hostile_note

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
