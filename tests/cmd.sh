#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort list, run, version, and what is wrong use.
. ./tests/env.sh

p=$GORT_PLUGINS
ok "--help" says 'usage: gort COMMAND' "$gort" --help
ok "no command is wrong use" status 64 "$gort"
ok "an unknown command is wrong use" status 64 "$gort" frobnicate
for c in inspect list run serve version; do
	ok "$c --help" says "usage: gort $c" "$gort" $c --help
	ok "$c --help succeeds" status 0 "$gort" $c --help
	ok "$c refuses unknown options" status 64 "$gort" $c --frobnicate
done
ok "version" says 'libgort 0.1.0' "$gort" version

ok "list shows name and version" says 'basic 1.0' "$gort" list "$p/basic1.so"
ok "list shows prototypes" says 'int basic_add(int a, int b)' \
	"$gort" list "$p/basic1.so"
ok "list shows needs" says 'needs   basic' "$gort" list "$p/needy.so"
ok "list shows another ABI" says 'ABI 98 to 99' "$gort" list "$p/badabi.so"
ok "list refuses other files" status 1 "$gort" list /bin/ls
ok "and says why" says 'no .note.gort' "$gort" list /bin/ls
ok "list says what is missing" says 'No such file' "$gort" list /nowhere
ok "list goes on after a bad file" says 'basic 1.0' \
	"$gort" list /nowhere "$p/basic1.so"
json_is_valid() {
	"$gort" list --json "$p/basic1.so" "$p/needy.so" | python3 -c '
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
	$CC -I"$srcdir/include" -fPIC -shared -o "$work/touch.so" \
		"$work/touch.c" -L"$builddir/.libs" -lgort $GORT_LDFLAGS
}
lists_without_running() {
	"$gort" list "$work/touch.so" && ! [ -e "$work/ran" ]
}
ok "a plugin builds with one compiler call" build_touch
ok "list runs no code of the file" lists_without_running

ok "run converts integers" says 42 "$gort" run "$p/basic1.so" basic_add 40 2
ok "run shows long results" says 42 "$gort" run "$p/slowinit.so" basic_add 0x28 2
ok "run refuses text for integers" status 64 \
	"$gort" run "$p/basic1.so" basic_add 1 x
ok "run refuses too large integers" status 64 \
	"$gort" run "$p/basic1.so" basic_add 1 4294967296
ok "run refuses a wrong number of arguments" \
	says 'takes 2 arguments, not 1' "$gort" run "$p/basic1.so" basic_add 1
ok "run names types it cannot make" says 'void *arg' \
	"$gort" run "$p/basic1.so" boom x
ok "run names results it cannot show" says 'struct big' \
	"$gort" run "$p/basic1.so" make_big 1
ok "run refuses handlers" says 'use gort serve' \
	"$gort" run "$examples/greet1.so" hello
ok "run names a missing export" says 'no export nope' \
	"$gort" run "$p/basic1.so" nope
ok "run names a failing init" says 'returned 7' \
	"$gort" run "$p/failinit.so" basic_add 1 2

cat >"$work/fails.c" <<-EOF
#include <gort.h>
GORT_MODULE("fails", "1.0");
GORT_EXPORT(const char *, greet, (const char *name, double x, bool b))
{
	(void)x;
	return b ? name : "no";
}
GORT_EXPORT(void, panics, (void)) { gort_panic("as asked"); }
GORT_EXPORT(int, faults, (long at)) { return *(volatile int *)at; }
EOF
sed -i 's/<gort.h>/<stdbool.h>\n#include <gort.h>/' "$work/fails.c"
build_fails() {
	$CC -I"$srcdir/include" -fPIC -shared -o "$work/fails.so" \
		"$work/fails.c" -L"$builddir/.libs" -lgort $GORT_LDFLAGS
}
ok "a plugin with other types builds" build_fails
ok "run passes strings, doubles, bools" says Ada \
	"$gort" run "$work/fails.so" greet Ada 1.5 true
ok "a panic fails the run" status 1 "$gort" run "$work/fails.so" panics
ok "and is shown" says 'panic: as asked' "$gort" run "$work/fails.so" panics
ok "a fault is caught on request" says 'SIGSEGV' \
	"$gort" run --catch-faults "$work/fails.so" faults 8
done_testing
