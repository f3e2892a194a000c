#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# valgrind over the suites: no error, nothing lost.
. ./tests/env.sh
export LD_LIBRARY_PATH="$builddir/.libs"

[ -n "$VALGRIND" ] || skip "no valgrind"
[ "$libc" != musl ] || skip "valgrind cannot follow musl's malloc"
[ -z "$EXEC_WRAPPER" ] || skip "valgrind runs this machine's own programs only"
[ "$sanitizers" = no ] || skip "not together with sanitizers"
$CC --version | grep -q clang &&
	skip "Debian 12's valgrind cannot read clang's debug information"

clean() {
	"$VALGRIND" -q --error-exitcode=50 --leak-check=full \
		--errors-for-leak-kinds=definite \
		--show-leak-kinds=definite "$@"
}
[ "$have_ffi" = no ] || ok "gort run is clean" clean "$builddir/.libs/gort" run \
	"$GORT_PLUGINS/basic1.so" basic_add 40 2
ok "gort list is clean" clean "$builddir/.libs/gort" list \
	"$GORT_PLUGINS/basic1.so" "$GORT_PLUGINS/needy.so"
ok "opening, reloading and closing is clean" clean \
	"$builddir/tests/.libs/leaks"
done_testing
