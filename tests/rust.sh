#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Panics cross Rust frames, and Rust's panics come to a boundary.
. ./tests/env.sh

[ "$sanitizers" = no ] || skip "not with sanitizers"
[ -z "$EXEC_WRAPPER" ] || skip "no Rust for another machine"
rustc=$(command -v rustc || ls ~/.cargo/bin/rustc 2>/dev/null) ||
	skip "no rustc"
"$rustc" -V >/dev/null 2>&1 || skip "rustc does not run here"
case $libc-$arch in
glibc-amd64) ;;
*) skip "no Rust library for this target" ;;
esac

# one with Rust's library in it, at each kind of optimisation
make_one() {
	"$rustc" --edition 2021 --crate-type staticlib $1 -o "$work/libcross.a" \
		"$srcdir/tests/cross_rust.rs" &&
		$CC -std=gnu11 -O2 -Wall -Wextra -Werror -fexceptions \
			-I"$srcdir/include" $GORT_LDFLAGS -o "$work/$2" \
			"$srcdir/tests/cross_rust.c" "$work/libcross.a" \
			-L"$builddir/.libs" -lgort -lgcc_s -lpthread -lm -ldl \
			-Wl,-rpath,"$builddir/.libs"
}
ends_with() {
	want=$1
	shift
	timeout -k 5 60 "$@" >"$work/said" 2>&1
	got=$?
	[ "$got" = "$want" ] || {
		echo "exit status $got, not $want"
		cat "$work/said"
		return 1
	}
}
for opt in "-C opt-level=0" "-C opt-level=3"; do
	ok "it builds, $opt" make_one "$opt" cross
	ok "drops run when a panic passes Rust frames, $opt" \
		ends_with 0 "$work/cross" drops
	ok "two thousand times, $opt" ends_with 0 "$work/cross" loop
	ok "Rust panics end at the boundary, time and again, $opt" \
		ends_with 0 "$work/cross" in
	ok "Rust catches its own between panics, $opt" \
		ends_with 0 "$work/cross" own
	# 134: SIGABRT
	ok "extern \"C\" frames end the process, as Rust has it, $opt" \
		ends_with 134 "$work/cross" closed
done
done_testing
