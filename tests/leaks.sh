#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# valgrind over the suites: no error, nothing lost.
. ./tests/env.sh
export LD_LIBRARY_PATH="$builddir/.libs" GORT_UNDER_VALGRIND=1

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
# Those that neither fault on purpose nor count what the process holds.
for t in test_call test_gate_races test_defer test_defer_goexit \
	test_defer_nested test_defer_recover test_defer_results \
	test_defer_values test_nobarrier test_bind test_unload_rows \
	test_abi_crosscall test_abi_stack test_switch test_backtrace_context \
	test_defer_cxx test_panic_cxx; do
	[ -e "$builddir/tests/.libs/$t" ] || {
		skip_part "$t is not built"
		continue
	}
	case $arch-$t in
	386-test_abi_stack | 386-test_switch | 386-test_backtrace_context)
		skip_part "$t: on 386 valgrind loses track of stacks in it"
		continue
		;;
	esac
	ok "$t is clean" clean "$builddir/tests/.libs/$t"
done
done_testing
