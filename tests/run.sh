#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# gort run: arguments from text, results, failures.
. ./tests/env.sh

[ "$have_ffi" != no ] || skip "gort run is not built (no libffi)"
p=$GORT_PLUGINS
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

ok "run takes -- before its plugin" says 42 \
	"$gort" run -- "$p/basic1.so" basic_add 40 2

cat >"$work/fails.c" <<-EOF
#include <gort.h>
GORT_MODULE("fails", "1.0");
GORT_EXPORT(const char *, greet, (const char *name, double x, bool b))
{
	(void)x;
	return b ? name : "no";
}
GORT_EXPORT(float, same, (float x)) { return x; }
GORT_EXPORT(double _Complex, turned, (double x)) { return x * 1.0i; }
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
ok "run refuses numbers that are too large" status 64 \
	"$gort" run "$work/fails.so" same 1e39
ok "and takes infinity" says inf "$gort" run "$work/fails.so" same inf
ok "a complex number is not its real part" says 'type double _Complex' \
	"$gort" run "$work/fails.so" turned 1
ok "a panic fails the run" status 1 "$gort" run "$work/fails.so" panics
ok "and is shown" says 'panic: as asked' "$gort" run "$work/fails.so" panics
ok "a fault is caught on request" says 'SIGSEGV' \
	"$gort" run --catch-faults "$work/fails.so" faults 8
done_testing
