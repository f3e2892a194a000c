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

# link_one PROGRAM [WHAT IT LINKS...]
link_one() {
	to=$1
	shift
	$CC -std=gnu11 -O2 -Wall -Wextra -Werror -fexceptions \
		-I"$srcdir/include" $GORT_LDFLAGS -o "$work/$to" \
		"$srcdir/tests/cross_rust.c" "$@" \
		-L"$builddir/.libs" -lgort -lgcc_s -lpthread -lm -ldl \
		-Wl,-rpath,"$builddir/.libs" -Wl,-rpath,"$work"
}
# compile KIND OPTIMISATION FILE
compile() {
	"$rustc" --edition 2021 --crate-type "$1" $2 -o "$work/$3" \
		"$srcdir/tests/cross_rust.rs"
}
# one with Rust's library in it, at each kind of optimisation
make_one() {
	compile staticlib "$1" libcross.a && link_one "$2" "$work/libcross.a"
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
	ok "the error says what the panic said, $opt" \
		ends_with 0 "$work/cross" says
	ok "without gort_rust_catch a panic's box stays, and all goes on, $opt" \
		ends_with 0 "$work/cross" stays
	sed -n 's/^/    /; /stay of each/p' "$work/said"
	ok "Rust catches its own between panics, $opt" \
		ends_with 0 "$work/cross" own
	# 134: SIGABRT
	ok "extern \"C\" frames end the process, as Rust has it, $opt" \
		ends_with 134 "$work/cross" closed
done
make_library() {
	compile cdylib "-C opt-level=3" libcrossrust.so &&
		link_one cross_so -L"$work" -lcrossrust
}
ok "it builds with Rust in a library" make_library
ok "it builds with Rust in a program that exports" \
	link_one cross_export "$work/libcross.a" -rdynamic
make_plugin() {
	$CC -std=gnu11 -O2 -Wall -Wextra -Werror -fexceptions -fPIC -shared \
		-I"$srcdir/include" -o "$work/rusty.so" \
		"$srcdir/tests/plug_rust.c" "$work/libcross.a" \
		-L"$builddir/.libs" -lgort -lgcc_s
}
ok "it builds as a plugin" make_plugin
ok "a thousand panics in a plugin leave it serving" \
	ends_with 0 "$work/cross_so" plugin "$work/rusty.so"
# as gort_plugin(3) has it
cat >"$work/work.rs" <<'END'
use std::ffi::c_void;
#[no_mangle]
pub extern "C-unwind" fn rust_work(arg: *mut c_void) {
    let n = arg as *mut i32;
    unsafe {
        if *n < 0 { panic!("{} is below zero", *n) }
        *n += 2
    }
}
END
cat >"$work/works.c" <<'END'
#include <gort.h>
#include <stdio.h>
int main(int argc, char **argv)
{
	struct gort_plugin *p = gort_open(argv[argc - 1], 0);
	struct gort_error err;
	int good = 40, bad = -1;
	void *work = p ? gort_sym(p, "work") : NULL;

	if (!work)
		return puts(gort_errmsg()), 1;
	if (!gort_call(work, &good, &err) && gort_call(work, &bad, &err))
		printf("%d, %s, in %s\n", good, err.message, err.module);
	return gort_close(p, 1000);
}
END
make_bound() {
	"$rustc" --edition 2021 --crate-type staticlib -o "$work/libwork.a" \
		"$work/work.rs" &&
		"$gort" bind --name bound --version 1.0 \
		-o "$work/work-gort.o" \
		--export 'void work(void *arg) = rust_work' "$work/libwork.a" &&
		$CC -shared -o "$work/work.so" "$work/work-gort.o" \
		"$work/libwork.a" -L"$builddir/.libs" -lgort -lgcc_s \
		-Wl,-rpath,"$builddir/.libs" &&
		$CC -I"$srcdir/include" -o "$work/works" "$work/works.c" \
		-L"$builddir/.libs" -lgort -Wl,-rpath,"$builddir/.libs"
}
ok "a plugin of Rust alone is bound" make_bound
ok "its panic ends at the boundary" \
	says '42, Rust panic: -1 is below zero, in bound' "$work/works" "$work/work.so"
for one in cross_so cross_export; do
	ok "$one: the error says what the panic said" \
		ends_with 0 "$work/$one" says
	ok "$one: a thousand panics leave nothing behind on their thread" \
		ends_with 0 "$work/$one" ends
	ok "$one: a payload may panic when it is dropped" \
		ends_with 0 "$work/$one" again
	ok "$one: Rust panics end at the boundary, time and again" \
		ends_with 0 "$work/$one" in
done
done_testing
